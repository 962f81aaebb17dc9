package console_test

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/console"
	"github.com/usher-go/usher/settings"
)

// The libraries of the page are the files of these packages of the npm registry, as they
// were published; hooks.js alone has one name changed, because a page without a build step
// cannot resolve a bare one.
var libraries = []struct{ file, from, sum string }{
	{"preact.js", "preact@11.2.0 dist/preact.mjs", "bdcbd9abdf2c77c5c45326eab42191e949222d479d0d5f69467387a77040cb55"},
	{"hooks.js", "preact@11.2.0 hooks/dist/hooks.mjs", "e862ab2973aa6455eaa0f77c5d832d2157d6be59a17c8ba546550a575b58c6b4"},
	{"htm.js", "htm@3.1.1 dist/htm.module.js", "ab33dd3f38059b9be4d5f5350128eefb2356639c4e0bbe9d9e8b3ba75847e9e4"},
}

func TestThePagesLibrariesAreThoseThatWerePublished(t *testing.T) {
	for _, l := range libraries {
		data, err := os.ReadFile("web/lib/" + l.file)
		require.NoError(t, err)
		original := strings.ReplaceAll(string(data), `from"./preact.js"`, `from"preact"`)
		sum := sha256.Sum256([]byte(original))
		assert.Equal(t, l.sum, hex.EncodeToString(sum[:]), "%s is not %s", l.file, l.from)
	}
	for _, licence := range []string{"preact.LICENSE", "htm.LICENSE"} {
		assert.FileExists(t, "web/lib/"+licence)
	}
}

// All that a browser loads, from the first visit on, is less than 200 KB.
func TestThePageIsSmall(t *testing.T) {
	center, err := usher.New(usher.Options{})
	require.NoError(t, err)
	srv := httptest.NewServer(console.New(center, console.Options{Authorize: console.AllowAll}))
	defer srv.Close()
	sum, files := int64(0), 0
	require.NoError(t, fs.WalkDir(os.DirFS("web"), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) == ".LICENSE" {
			return err
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+"/"+name, nil)
		require.NoError(t, err)
		req.Header.Set("Accept-Encoding", "gzip")
		res, err := http.DefaultTransport.RoundTrip(req)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		assert.Equal(t, "gzip", res.Header.Get("Content-Encoding"), name)
		sum, files = sum+res.ContentLength, files+1
		return nil
	}))
	t.Logf("%d files, %d bytes on the line", files, sum)
	assert.Less(t, sum, int64(200_000))
	assert.Greater(t, files, 20, "it measures the page")
}

// The page works under any prefix and under a strict policy: no absolute address, nothing
// from elsewhere, no markup made of data, no code made of text.
func TestThePageLoadsNothingFromElsewhereAndMakesNoMarkup(t *testing.T) {
	address := regexp.MustCompile(`(?:from|import|href=|src=|fetch\(|url\()\s*['"](https?:|//|/[a-z])`)
	forbidden := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write|\beval\(|new Function|\son[a-z]+="|\sstyle="`)
	require.NoError(t, fs.WalkDir(os.DirFS("web"), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(name, "lib/") {
			return err
		}
		data, err := os.ReadFile("web/" + name)
		require.NoError(t, err)
		assert.Empty(t, address.FindAllString(string(data), -1), name)
		assert.Empty(t, forbidden.FindAllString(string(data), -1), name)
		return nil
	}))
}

func TestEveryModuleThatIsImportedIsThere(t *testing.T) {
	imported := regexp.MustCompile(`from '\./([^']+)'`)
	entries, err := fs.Glob(os.DirFS("web"), "*.js")
	require.NoError(t, err)
	require.NotEmpty(t, entries)
	for _, name := range entries {
		data, err := os.ReadFile("web/" + name)
		require.NoError(t, err)
		for _, m := range imported.FindAllStringSubmatch(string(data), -1) {
			assert.FileExists(t, "web/"+m[1], "imported by %s", name)
		}
	}
}

// labels are those of settings that stand in a list, or that the page shows with others.
var labels = map[string]string{
	"agents[].id": "", "agents[].limit": "", "agents[].channelLimits": "", "agents[].lease": "", "agents[].lapse": "", "agents[].name": "", // no page yet
	"campaigns[].id":      "", // shown, not edited
	"campaigns[].members": "settings.members", "campaigns[].members[].agent": "agent", "campaigns[].members[].tier": "member.tier",
	"campaigns[].members[].penalty": "member.penalty", "campaigns[].members[].limit": "member.limit", "campaigns[].members[].skills": "skill",
	"campaigns[].members[].noReceive": "member.receive", "campaigns[].members[].noInitiate": "member.initiate",
	"skills[].name": "skill", "skills[].level": "level", "skills[].for": "skill.for",
	"require[].name": "skill", "require[].level": "level", "require[].for": "skill.for",
	"relax[].after": "ring.after", "relax[].skill": "skill", "relax[].lower": "ring.lower", "relax[].drop": "ring.drop", "relax[].tiers": "ring.tiers",
	"outOfHours.hours": "set.outOfHours",
	"overflow":         "group.overflow", "overflow[].after": "ring.after", "overflow[].every": "step.every", "overflow[].when": "step.when", "overflow[].than": "step.than",
	"overflow[].do": "step.do", "overflow[].target": "step.target", "overflow[].text": "text",
	"overflow[].relax.after": "", // not used
	"relax.skill":            "skill", "relax.lower": "ring.lower", "relax.drop": "ring.drop", "relax.tiers": "ring.tiers",
}

// Every setting that is declared has its label in three languages, and the card's own also a
// hint and a heading of their group.
func TestEverySettingOnThePageHasAText(t *testing.T) {
	data, err := os.ReadFile("web/texts.js")
	require.NoError(t, err)
	text := string(data)
	has := func(path, key string) {
		three := regexp.MustCompile(`\n'?` + regexp.QuoteMeta(key) + `'?: \[('[^\n]+'|"[^\n]+"), ('[^\n]+'|"[^\n]+"), ('[^\n]+'|"[^\n]+")`)
		assert.True(t, three.MatchString(text), "%s has no text %s in three languages in web/texts.js", path, key)
	}
	for _, f := range settings.Fields() {
		key, listed := labels[f.Path]
		for suffix, k := range labels {
			if !listed && strings.HasSuffix(f.Path, "."+suffix) {
				key, listed = k, true
			}
		}
		if listed {
			if key != "" {
				has(f.Path, key)
			}
			continue
		}
		path := strings.TrimPrefix(strings.TrimPrefix(f.Path, "campaigns[]."), "whatsapp.")
		has(f.Path, "set."+path)
		if f.Group != "outOfHours" { // one hint for all of it
			has(f.Path, "set."+path+".hint")
		}
		if f.Group != "main" && f.Group != "campaigns" && f.Group != "outOfHours" {
			has(f.Path, "group."+f.Group)
		}
		for _, v := range f.Values {
			if v != f.Zero && f.Group != "outOfHours" {
				has(f.Path, path+"="+v)
			}
		}
	}
}
