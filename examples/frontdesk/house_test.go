package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/console"
)

// browse is the program with the desk in the browser, running.
func browse(t *testing.T, file string) *process {
	t.Helper()
	p := &process{t: t, errs: &bytes.Buffer{}, out: make(chan string, 1)}
	p.cmd = command(context.WithoutCancel(t.Context()), nil, "-open", "-listen", "127.0.0.1:0", "-data", file, "-walkins", "0", "-answer", "1h")
	p.cmd.Stderr = p.errs
	stdout, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, p.cmd.Start())
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	lines := bufio.NewReader(stdout)
	first, err := lines.ReadString('\n')
	require.NoError(t, err, "%s", p.errs)
	_, rest, ok := strings.Cut(first, "open ")
	require.True(t, ok, first)
	p.url, _, _ = strings.Cut(rest, "/ in a browser")
	go func() {
		rest, _ := io.ReadAll(lines)
		p.out <- string(rest)
	}()
	return p
}

func (p *process) post(path, body string) []byte {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.url+path, strings.NewReader(body))
	require.NoError(p.t, err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", time.Now().Format(time.RFC3339Nano))
	resp, err := http.DefaultClient.Do(r)
	require.NoError(p.t, err)
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	require.NoError(p.t, err)
	require.Less(p.t, resp.StatusCode, 300, "%s: %s", path, data)
	return data
}

func read[T any](p *process, path string) (v T) {
	p.t.Helper()
	code, body := p.get(path)
	require.Equal(p.t, http.StatusOK, code, "%s", body)
	require.NoError(p.t, json.Unmarshal(body, &v))
	return v
}

// A customer writes from a phone, an agent answers; the program is stopped and started
// again, and everything is there.
func TestTheDeskInTheBrowserSurvivesARestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "desk.db")
	p := browse(t, file)
	code, front := p.get("/")
	assert.Equal(t, http.StatusOK, code)
	for _, s := range seats {
		assert.Contains(t, string(front), `href="`+s.Path+`"`)
		code, page := p.get(s.Path)
		assert.Equal(t, http.StatusOK, code)
		assert.Contains(t, string(page), "<script")
		session := read[console.Session](p, s.Path+"api/session")
		assert.Equal(t, []any{true, s.actor.ID}, []any{session.Demo, session.Actor.ID}, "it says that everybody is let in")
	}
	p.post("/ana/api/desk/state", `{"state":"available"}`)
	const from = `"from":"34600111222","name":"Maria","number":"` + veloNumber + `"`
	p.post("/phone/api/say", `{`+from+`,"text":"hello"}`)
	require.Eventually(t, func() bool { // the menu answers, then she asks for a person
		_, list := p.get("/phone/api/phones?phone=34600111222")
		return strings.Contains(string(list), "Talk to us")
	}, 5*time.Second, 10*time.Millisecond)
	p.post("/phone/api/say", `{`+from+`,"text":"Talk to us"}`)
	var desk console.Desk
	require.Eventually(t, func() bool {
		desk = read[console.Desk](p, "/ana/api/desk")
		return len(desk.Pending) == 1
	}, 5*time.Second, 10*time.Millisecond)
	id := desk.Pending[0].ID
	p.post("/ana/api/interactions/"+id+"/accept", `{}`)
	v := read[console.Interaction](p, "/ana/api/interactions/"+id).Version
	send, err := json.Marshal(console.SendBody{Version: v, Message: console.Outgoing{Kind: "text", Text: "Good morning, Maria"}})
	require.NoError(t, err)
	p.post("/ana/api/interactions/"+id+"/send", string(send))
	assert.Contains(t, p.stop(), "is kept in "+file)

	p = browse(t, file)
	desk = read[console.Desk](p, "/ana/api/desk")
	require.Len(t, desk.Active, 1, "she has it still")
	assert.Equal(t, "Good morning, Maria", desk.Active[0].Last.Message.Text)
	p.post("/ana/api/interactions/"+id+"/finish", `{"disposition":"Solved","noBot":true}`)
	assert.Contains(t, p.stop(), "going on with what is in "+file)

	p = browse(t, file)
	desk = read[console.Desk](p, "/ana/api/desk")
	require.Len(t, desk.History, 1)
	assert.Equal(t, "Solved", desk.History[0].Disposition)
	assert.EqualValues(t, 1, read[console.Board](p, "/boss/api/board").Total.Counts.Ends.Answered)
	second := command(t.Context(), nil, "-open", "-listen", "127.0.0.1:0", "-data", file)
	out, err := second.CombinedOutput()
	require.Error(t, err, "a second program on the same file is refused")
	assert.Contains(t, string(out), file)
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGTERM))
	<-p.out
	require.NoError(t, p.cmd.Wait())
}
