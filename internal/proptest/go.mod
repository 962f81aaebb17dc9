module github.com/usher-go/usher/internal/proptest

go 1.26

require (
	github.com/usher-go/usher v0.0.0
	pgregory.net/rapid v1.3.0
)

replace github.com/usher-go/usher => ../..
