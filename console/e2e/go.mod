module github.com/usher-go/usher/console/e2e

go 1.26

require (
	github.com/benbjohnson/clock v1.3.5
	github.com/chromedp/cdproto v0.159.0
	github.com/chromedp/chromedp v0.23.0
	github.com/usher-go/usher v0.0.0
	golang.org/x/sync v0.24.0
)

require github.com/go-json-experiment/json v0.0.0-20260213210345-44df1a37e875 // indirect

replace github.com/usher-go/usher => ../..
