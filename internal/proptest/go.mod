module github.com/usher-go/usher/internal/proptest

go 1.26.0

require (
	github.com/usher-go/usher v0.0.0
	pgregory.net/rapid v1.3.0
)

require go.yaml.in/yaml/v3 v3.0.6 // indirect

replace github.com/usher-go/usher => ../..
