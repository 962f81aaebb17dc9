package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// patience is how long a page may take to show what it should.
const patience = 12 * time.Second

// ErrNoBrowser is returned by [Find] where there is no browser.
var ErrNoBrowser = errors.New("e2e: no Chromium here: apt-get install chromium, or name one in USHER_CHROMIUM")

// Find returns the path of a browser.
func Find() (string, error) {
	for _, name := range []string{os.Getenv("USHER_CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "headless_shell"} {
		if name == "" {
			continue
		}
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", ErrNoBrowser
}

// Browser is a browser of its own, with its own store of cookies.
type Browser struct {
	ctx   context.Context
	close context.CancelFunc
}

// Open starts a browser with a fresh profile.
func Open(ctx context.Context) (*Browser, error) {
	path, err := Find()
	if err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("no-first-run", true), chromedp.Flag("force-color-profile", "srgb"),
		chromedp.Flag("font-render-hinting", "none"), chromedp.Flag("lang", "en-US"), chromedp.WindowSize(1360, 860),
		chromedp.Env("LANG=en_US.UTF-8"), chromedp.WSURLReadTimeout(40*time.Second),
	)
	alloc, stop := chromedp.NewExecAllocator(ctx, options...)
	tab, closeTab := chromedp.NewContext(alloc)
	b := &Browser{tab, func() { closeTab(); stop() }}
	if err := chromedp.Run(tab); err != nil {
		b.close()
		return nil, fmt.Errorf("e2e: start %s: %w", path, err)
	}
	return b, nil
}

// Close ends the browser.
func (b *Browser) Close() { b.close() }

// Person opens a tab for somebody with cookies of their own.
func (b *Browser) Person() (*Page, error) {
	var id target.ID
	err := chromedp.Run(b.ctx, chromedp.ActionFunc(func(ctx context.Context) error {
		// In the browser's own name: a tab cannot open another person's.
		ctx = cdp.WithExecutor(ctx, chromedp.FromContext(ctx).Browser)
		own, err := target.CreateBrowserContext().WithDisposeOnDetach(true).Do(ctx)
		if err != nil {
			return err
		}
		id, err = target.CreateTarget("about:blank").WithBrowserContextID(own).WithNewWindow(true).Do(ctx)
		return err
	}))
	if err != nil {
		return nil, err
	}
	return b.page(id)
}

func (b *Browser) page(id target.ID) (*Page, error) {
	ctx, stop := chromedp.NewContext(b.ctx, chromedp.WithTargetID(id))
	p := &Page{ctx: ctx, close: stop, browser: b}
	chromedp.ListenTarget(ctx, p.hear)
	return p, chromedp.Run(ctx)
}

// Page is one tab.
type Page struct {
	ctx     context.Context
	close   context.CancelFunc
	browser *Browser
	faults  []string
}

// hear collects what the page complains of, and says yes to its questions.
func (p *Page) hear(ev any) {
	switch e := ev.(type) {
	case *runtime.EventExceptionThrown:
		p.faults = append(p.faults, e.ExceptionDetails.Error())
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.APITypeError {
			var words []string
			for _, a := range e.Args {
				words = append(words, string(a.Value)+a.Description)
			}
			p.faults = append(p.faults, strings.Join(words, " "))
		}
	case *page.EventJavascriptDialogOpening:
		go func() { _ = chromedp.Run(p.ctx, page.HandleJavaScriptDialog(true)) }()
	}
}

// Faults are the errors that the page's own code threw so far.
func (p *Page) Faults() []string { return p.faults }

// Close closes the tab.
func (p *Page) Close() { p.close() }

// Beside opens another tab of the same person.
func (p *Page) Beside() (*Page, error) {
	var id target.ID
	err := chromedp.Run(p.ctx, chromedp.ActionFunc(func(ctx context.Context) error {
		x := chromedp.FromContext(ctx)
		ctx = cdp.WithExecutor(ctx, x.Browser)
		info, err := target.GetTargetInfo().WithTargetID(x.Target.TargetID).Do(ctx)
		if err != nil {
			return err
		}
		id, err = target.CreateTarget("about:blank").WithBrowserContextID(info.BrowserContextID).WithNewWindow(true).Do(ctx)
		return err
	}))
	if err != nil {
		return nil, err
	}
	return p.browser.page(id)
}

// Go opens an address.
func (p *Page) Go(url string) error { return p.run(chromedp.Navigate(url)) }

// Reload opens the same address again.
func (p *Page) Reload() error { return p.run(chromedp.Reload()) }

func (p *Page) run(actions ...chromedp.Action) error {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, actions...)
}

// Size makes the window so large, and dark or light.
func (p *Page) Size(width, height int64, dark bool) error {
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	return p.run(
		emulation.SetDeviceMetricsOverride(width, height, 1, width < 500),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}),
	)
}

// Eval evaluates an expression of JavaScript.
func (p *Page) Eval(js string, into any) error {
	return p.run(chromedp.Evaluate(js, into, func(e *runtime.EvaluateParams) *runtime.EvaluateParams { return e.WithAwaitPromise(true) }))
}

// Until waits for an expression to be true.
func (p *Page) Until(js string) error {
	end := time.Now().Add(patience)
	var last error
	for time.Now().Before(end) {
		var ok bool
		if last = p.Eval("!!("+js+")", &ok); last == nil && ok {
			return nil
		}
		if p.ctx.Err() != nil {
			return p.ctx.Err()
		}
		time.Sleep(40 * time.Millisecond) // a poll of a real browser
	}
	var text string
	_ = p.Eval("document.body.innerText.slice(0, 1500)", &text)
	return fmt.Errorf("e2e: it never came true: %s (%v)\nthe page complains: %q\nthe page shows:\n%s", js, last, p.faults, text)
}

// find is JavaScript for the first visible element that a person would call so: by its role
// or tag, and its label or text.
const find = `((kind, name) => { const norm = (s) => (s || '').replace(/\s+/g, ' ').trim();
  const seen = (e) => e.getClientRects().length > 0 && getComputedStyle(e).visibility !== 'hidden';
  const label = (e) => norm(e.getAttribute('aria-label') || (e.id && document.querySelector('label[for="' + CSS.escape(e.id) + '"]')?.innerText) || e.closest('label')?.innerText || e.placeholder || e.innerText);
  const all = [...document.querySelectorAll(kind)].filter(seen);
  return all.find((e) => label(e) === name || norm(e.innerText) === name) || all.find((e) => label(e).includes(name)); })`

func quote(s string) string {
	data, _ := json.Marshal(s)
	return string(data)
}

// Kinds of elements to name to [Page.Click] and others.
const (
	Button = `button, a.btn, a.navlink, [role="menuitem"], [role="menuitemradio"], [role="radio"], summary`
	Link   = `a`
	Field  = `input, textarea, select`
)

// Click clicks the element of a kind with a name, once it is there and can be clicked.
func (p *Page) Click(kind, name string) error {
	at := fmt.Sprintf("%s(%s, %s)", find, quote(kind), quote(name))
	// In one step: the page may draw the element again at any time.
	return p.Until(fmt.Sprintf("(() => { const e = %s; if (!e || e.disabled) return false; e.scrollIntoView({block: 'nearest'}); e.focus({preventScroll: true}); e.click(); return true; })()", at))
}

// Fill replaces what is in a field, by typing.
func (p *Page) Fill(name, text string) error {
	at := fmt.Sprintf("%s(%s, %s)", find, quote(Field), quote(name))
	if err := p.Until(at + " && !" + at + ".disabled"); err != nil {
		return err
	}
	if err := p.Eval(fmt.Sprintf("(() => { const e = %s; e.focus(); e.select?.(); })()", at), nil); err != nil {
		return err
	}
	return p.run(input.InsertText(text))
}

// Choose picks an option of a select by its text.
func (p *Page) Choose(name, option string) error {
	at := fmt.Sprintf("%s(%s, %s)", find, quote("select"), quote(name))
	pick := fmt.Sprintf("[...%s.options].find((o) => o.text.includes(%s))", at, quote(option))
	if err := p.Until(at + " && " + pick); err != nil {
		return err
	}
	return p.Eval(fmt.Sprintf("(() => { const e = %s; e.value = %s.value; e.dispatchEvent(new Event('input', {bubbles: true})); e.dispatchEvent(new Event('change', {bubbles: true})); })()", at, pick), nil)
}

// Press presses a key, such as "\r".
func (p *Page) Press(keys string) error { return p.run(chromedp.KeyEvent(keys)) }

// Shows waits until the page shows a text.
func (p *Page) Shows(text string) error {
	return p.Until("document.body.innerText.includes(" + quote(text) + ")")
}

// Hides waits until the page shows a text no more.
func (p *Page) Hides(text string) error {
	return p.Until("!document.body.innerText.includes(" + quote(text) + ")")
}

// Drag moves the pointer, pressed, from one place of an element to another, in shares of
// its width.
func (p *Page) Drag(selector string, from, to float64) error {
	var box struct{ X, Y, W, H float64 }
	js := fmt.Sprintf("(() => { const e = document.querySelector(%s); e.scrollIntoView({block: 'center'}); const r = e.getBoundingClientRect(); return {X: r.left, Y: r.top, W: r.width, H: r.height}; })()", quote(selector))
	if err := p.Eval(js, &box); err != nil {
		return err
	}
	y := box.Y + box.H/2
	mouse := func(kind input.MouseType, share float64) chromedp.Action {
		m := input.DispatchMouseEvent(kind, box.X+box.W*share, y).WithButton(input.Left)
		if kind != input.MouseMoved {
			m = m.WithClickCount(1)
		}
		return m.WithButtons(1)
	}
	return p.run(mouse(input.MousePressed, from), mouse(input.MouseMoved, (from+to)/2), mouse(input.MouseMoved, to), mouse(input.MouseReleased, to))
}

// Shot takes a picture of what is in the window.
func (p *Page) Shot() ([]byte, error) {
	var png []byte
	err := p.run(chromedp.CaptureScreenshot(&png))
	return png, err
}
