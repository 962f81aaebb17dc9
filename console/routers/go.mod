module github.com/usher-go/usher/console/routers

go 1.26.0

require (
	github.com/go-chi/chi/v5 v5.2.3
	github.com/stretchr/testify v1.12.1
	github.com/usher-go/usher v0.0.0
)

require (
	github.com/benbjohnson/clock v1.3.5 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/sync v0.24.0 // indirect
)

replace github.com/usher-go/usher => ../..
