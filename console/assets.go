package console

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

// file is one file of the page.
type file struct {
	data   []byte
	packed []byte // the same by gzip
	kind   string
	tag    string
}

// kinds are the types of the files that the page may have, so that none depends on what
// the machine knows of file names.
var kinds = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
	".svg": "image/svg+xml", ".png": "image/png", ".ico": "image/x-icon", ".json": "application/json",
	".webmanifest": "application/manifest+json", ".woff2": "font/woff2", ".mp3": "audio/mpeg", ".wav": "audio/wav",
}

func readFiles(web fs.FS) map[string]file {
	files := map[string]file{}
	_ = fs.WalkDir(web, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(web, name)
		if err != nil {
			return err
		}
		kind, ok := kinds[path.Ext(name)]
		if !ok {
			kind = "text/plain; charset=utf-8" // licences
		}
		sum := sha256.Sum256(data)
		files[name] = file{data, pack(data), kind, `"` + hex.EncodeToString(sum[:12]) + `"`}
		return nil
	})
	return files
}

// pageFiles is every file of the page, read once for all consoles of a program.
var pageFiles = sync.OnceValue(func() map[string]file {
	web, _ := fs.Sub(webFiles, "web") // a literal that is there
	return readFiles(web)
})

func pack(data []byte) []byte {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // a level that there is
	_, _ = z.Write(data)                                  // a buffer takes everything
	_ = z.Close()
	return b.Bytes()
}

// unpacked reports whether the browser does not take gzip.
func unpacked(r *http.Request) bool {
	for one := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(one), ";")
		if name == "gzip" {
			return strings.TrimSpace(weight) == "q=0"
		}
	}
	return true
}

// lookup finds the file that an address means, whatever the prefix.
func (c *Console) lookup(path string) (file, bool) {
	rest := strings.TrimPrefix(path, "/")
	for {
		if f, ok := c.files[rest]; ok {
			return f, true
		}
		_, after, more := strings.Cut(rest, "/")
		if !more {
			break
		}
		rest = after
	}
	if rest == "" {
		f, ok := c.files["index.html"]
		return f, ok
	}
	return file{}, false
}

// serveFile serves the page. Files are checked with the server at every load, which costs
// a round trip and never shows an old page with a new server.
func (c *Console) serveFile(w http.ResponseWriter, r *http.Request) {
	f, ok := c.lookup(r.URL.Path)
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead
	switch {
	case !ok || r.URL.Path == "" && !askedForFolder(r):
		c.toPage(w, r)
		return
	case !reads:
		w.Header().Set("Allow", "GET, HEAD")
		writeProblem(w, problem(http.StatusMethodNotAllowed, "method", "use GET"))
		return
	}
	h := w.Header()
	data, tag := f.packed, "W/"+f.tag // the two forms are the same for whoever has one
	if unpacked(r) {
		data, tag = f.data, f.tag
	}
	h.Set("ETag", tag)
	h.Set("Cache-Control", "no-cache")
	h.Set("Vary", "Accept-Encoding")
	if matches(r.Header.Get("If-None-Match"), f.tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", f.kind)
	if tag != f.tag {
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Length", strconv.Itoa(len(data)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(data)
	}
}

// matches compares weakly: a proxy that compresses makes tags weak.
func matches(header, tag string) bool {
	for one := range strings.SplitSeq(header, ",") {
		if strings.TrimPrefix(strings.TrimSpace(one), "W/") == tag {
			return true
		}
	}
	return false
}

// askedFor is the path that the browser asked for, before routers cut off prefixes.
func askedFor(r *http.Request) string {
	asked, _, _ := strings.Cut(r.RequestURI, "?")
	return asked
}

func askedForFolder(r *http.Request) bool { return strings.HasSuffix(askedFor(r), "/") }

// toPage sends a browser that asks for the prefix without its slash to the page; relative
// addresses would lead astray there. What else is not there is not there.
func (c *Console) toPage(w http.ResponseWriter, r *http.Request) {
	asked := askedFor(r)
	name := asked[strings.LastIndex(asked, "/")+1:]
	if name == "" || path.Ext(name) != "" || !strings.Contains(r.Header.Get("Accept"), "text/html") {
		writeProblem(w, problem(http.StatusNotFound, "not_found", "there is nothing at this address"))
		return
	}
	// Not http.Redirect, which would make the address absolute without the prefix.
	w.Header().Set("Location", "./"+name+"/")
	w.WriteHeader(http.StatusTemporaryRedirect)
}
