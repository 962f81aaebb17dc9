// Package e2e drives the console in a real browser, as the people who use it do: it builds a
// small contact center with a phone page, opens pages in headless Chromium, and looks at
// what they show. Its tests need Debian's package chromium, and are skipped unless
// USHER_BROWSER=1; bash .ci/run browser runs them.
//
//	apt-get install chromium
//	USHER_BROWSER=1 go test ./console/e2e/...
//	go run ./console/e2e/screenshots -out DIR     every screen, light and dark, wide and narrow
package e2e
