package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/cloudapi/cloudapitest"
	"github.com/usher-go/usher/sla"
)

// The test binary is the program when it is told so: a process of its own, with signals
// and exit codes, and without building anything twice.
func TestMain(m *testing.M) {
	if os.Getenv("FRONTDESK_TEST_MAIN") == "" {
		os.Exit(m.Run())
	}
	main()
}

// process is the program, running.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	url  string
	meta *cloudapitest.Server
	out  chan string // the rest of stdout, when it has ended
	errs *bytes.Buffer
}

// command prepares the program with an environment of its own.
func command(ctx context.Context, env []string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = append([]string{"FRONTDESK_TEST_MAIN=1", "PATH=" + os.Getenv("PATH"), "TZ=UTC"}, env...)
	return cmd
}

// serve starts the program at a free port, connected to a stand-in for Meta, and waits
// until it says that it listens.
func serve(t *testing.T, cfg cloudapitest.Config, args ...string) *process {
	t.Helper()
	meta := cloudapitest.NewServer(cfg)
	return serveTo(t, cfg, meta, meta, args...)
}

// serveTo is serve with the Graph API behind something that slows or breaks it.
func serveTo(t *testing.T, cfg cloudapitest.Config, meta *cloudapitest.Server, api http.Handler, args ...string) *process {
	t.Helper()
	graph := httptest.NewServer(api)
	t.Cleanup(graph.Close)
	numbers := "106540352242922:+15550783881"
	if len(cfg.Numbers) > 0 {
		var pairs []string
		for id, n := range cfg.Numbers {
			pairs = append(pairs, id+":"+n)
		}
		numbers = strings.Join(pairs, ",")
	}
	env := []string{
		"WHATSAPP_ACCESS_TOKEN=test-token", "WHATSAPP_APP_SECRET=older-secret, test-secret", "WHATSAPP_VERIFY_TOKEN=test-verify",
		"WHATSAPP_NUMBERS=" + numbers, "WHATSAPP_GRAPH_URL=" + graph.URL,
	}
	p := &process{t: t, meta: meta, errs: &bytes.Buffer{}, out: make(chan string, 1)}
	p.cmd = command(context.WithoutCancel(t.Context()), env, append([]string{"-serve", "-listen", "127.0.0.1:0"}, args...)...)
	p.cmd.Stderr = p.errs
	stdout, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, p.cmd.Start())
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	lines := bufio.NewReader(stdout)
	first, err := lines.ReadString('\n')
	require.NoError(t, err, "%s", p.errs)
	_, address, ok := strings.Cut(strings.TrimSpace(first), "listening on ")
	require.True(t, ok, first)
	p.url = strings.TrimSuffix(address, "/webhook")
	meta.SetWebhook(address)
	go func() {
		rest, _ := io.ReadAll(lines)
		p.out <- string(rest)
	}()
	return p
}

// stop asks the program to end, and returns the timeline it printed.
func (p *process) stop() string {
	p.t.Helper()
	require.NoError(p.t, p.cmd.Process.Signal(syscall.SIGTERM))
	out := <-p.out
	require.NoError(p.t, p.cmd.Wait(), "exit code 0; stderr: %s", p.errs)
	return out
}

func (p *process) get(path string) (int, []byte) {
	p.t.Helper()
	resp, err := http.Get(p.url + path)
	require.NoError(p.t, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	require.NoError(p.t, err)
	return resp.StatusCode, body
}

func (p *process) board() boardPage {
	p.t.Helper()
	code, body := p.get("/board")
	require.Equal(p.t, http.StatusOK, code)
	var page boardPage
	require.NoError(p.t, json.Unmarshal(body, &page))
	return page
}

// eventually waits until the first campaign's board is as wanted.
func (p *process) eventually(what string, ok func(*sla.Counts) bool) {
	p.t.Helper()
	require.Eventually(p.t, func() bool {
		c := p.board().Campaigns[0].Counts
		return ok(&c)
	}, 10*time.Second, 20*time.Millisecond, "%s", what)
}

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

const desk1 = "+15550783881"

func TestServe(t *testing.T) {
	p := serve(t, cloudapitest.Config{Statuses: []channel.State{channel.Sent, channel.Delivered}}, "-agents", "2", "-answer", "100ms", "-reply", "We are on it.")
	ctx := within(t)
	require.NoError(t, p.meta.Verify(ctx), "the handshake")
	code, body := p.get("/healthz")
	assert.Equal(t, http.StatusOK, code)
	assert.Equal(t, "ok\n", string(body))

	maria := p.meta.Phone(cloudapitest.Person{Name: "Maria", Number: "351912345678"})
	hello := maria.Text(desk1, "hello")
	require.NoError(t, p.meta.Post(ctx, hello))
	inbox, err := maria.Await(ctx, 1)
	require.NoError(t, err)
	assert.Equal(t, "We are on it.", inbox[0].Text)
	assert.Equal(t, desk1, inbox[0].From)
	p.eventually("answered", func(c *sla.Counts) bool { return c.Ends.Answered == 1 })

	require.NoError(t, p.meta.Post(ctx, hello, hello), "again, twice in one webhook")
	li := p.meta.Phone(cloudapitest.Person{Name: "Li", UserID: "CN.1349120865530274"})
	require.NoError(t, li.Say(ctx, desk1, "no number"))
	inbox, err = li.Await(ctx, 1)
	require.NoError(t, err)
	assert.Equal(t, channel.User("CN.1349120865530274"), inbox[0].To)
	p.eventually("answered", func(c *sla.Counts) bool { return c.Ends.Answered == 2 })
	c := p.board().Campaigns[0].Counts
	assert.EqualValues(t, 2, c.Opened, "what was repeated opened nothing")
	assert.EqualValues(t, 2, c.MessagesIn)
	assert.Len(t, maria.Inbox(), 1)

	lines := p.stop()
	assert.Contains(t, lines, "Maria      writes: hello")
	assert.Contains(t, lines, "agent-1    answers Maria")
	_, err = http.Get(p.url + "/healthz") //nolint:bodyclose // it must fail
	assert.Error(t, err)
}

// What Meta and others may put before the door.
func TestServeAtTheDoor(t *testing.T) {
	p := serve(t, cloudapitest.Config{}, "-agents", "0", "-quiet")
	body := []byte(`{"object":"whatsapp_business_account","entry":[]}`)
	other := func(secret string) string {
		return cloudapitest.NewServer(cloudapitest.Config{AppSecret: secret}).Sign(body)
	}
	do := func(method, path, signature string, body []byte) int {
		req, err := http.NewRequestWithContext(t.Context(), method, p.url+path, bytes.NewReader(body))
		require.NoError(t, err)
		if signature != "" {
			req.Header.Set("X-Hub-Signature-256", signature)
		}
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	handshake := "/webhook?hub.mode=subscribe&hub.challenge=77&hub.verify_token="
	assert.Equal(t, http.StatusOK, do("GET", handshake+"test-verify", "", nil))
	assert.Equal(t, http.StatusForbidden, do("GET", handshake+"guess", "", nil))
	assert.Equal(t, http.StatusOK, do("POST", "/webhook", other("test-secret"), body))
	assert.Equal(t, http.StatusOK, do("POST", "/webhook", other("older-secret"), body), "while secrets rotate both hold")
	assert.Equal(t, http.StatusUnauthorized, do("POST", "/webhook", other("third"), body))
	assert.Equal(t, http.StatusUnauthorized, do("POST", "/webhook", "", body))
	assert.Equal(t, http.StatusRequestEntityTooLarge, do("POST", "/webhook", "", make([]byte, 5<<20)))
	assert.Equal(t, http.StatusMethodNotAllowed, do("PUT", "/webhook", "", body))
	assert.Equal(t, http.StatusNotFound, do("POST", "/", other("test-secret"), body))

	forged := p.meta.Phone(cloudapitest.Person{Name: "Eve", Number: "447700900999"}).Text(desk1, "let me in").JSON()
	assert.Equal(t, http.StatusUnauthorized, do("POST", "/webhook", other("test-secret"), forged), "a signature of something else")
	assert.Zero(t, p.board().Campaigns[0].Counts.Opened, "nothing was taken")
	p.stop()
	assert.NotContains(t, p.errs.String(), "test-secret")
	assert.NotContains(t, p.errs.String(), "older-secret")
}

// A configuration of the host's own: bots by name, hours, the blacklist from a file.
func TestServeConfigured(t *testing.T) {
	dir := t.TempDir()
	config, list := dir+"/desk.json", dir+"/list.csv"
	require.NoError(t, os.WriteFile(config, []byte(`{
		"agents": [{"id": "ana", "limit": 3}],
		"campaigns": [{"id": "sales", "members": [{"agent": "ana"}], "whatsapp": {
			"enable": true, "connector": "whatsapp", "phoneNumbers": ["+15550783881"], "serviceLevel": 20,
			"botOnStart": "menu", "botOnEnd": "survey", "incomingBlacklist": true
		}}]
	}`), 0o600))
	require.NoError(t, os.WriteFile(list, []byte("alias,reason\n+447700900666,threats\n"), 0o600))
	p := serve(t, cloudapitest.Config{}, "-config", config, "-blacklist", list, "-answer", "50ms", "-reply", "Hello, Ana here.")
	ctx := within(t)

	troll := p.meta.Phone(cloudapitest.Person{Name: "Trevor", Number: "447700900666"})
	require.NoError(t, troll.Say(ctx, desk1, "you again"))
	maria := p.meta.Phone(cloudapitest.Person{Name: "Maria", Number: "351912345678"})
	require.NoError(t, maria.Say(ctx, desk1, "hello"))
	_, err := maria.Await(ctx, 1)
	require.NoError(t, err)
	require.NoError(t, maria.Choose(ctx, "Talk to us"))
	inbox, err := maria.Await(ctx, 3)
	require.NoError(t, err, "%+v", inbox)
	assert.Equal(t, "Hello, Ana here.", inbox[1].Text)
	p.eventually("two bots", func(c *sla.Counts) bool { return c.BotSessions == 2 && c.Answered == 1 })
	c := p.board().Campaigns[0].Counts
	assert.EqualValues(t, 1, c.Ends.Blacklisted)
	assert.Empty(t, troll.Inbox())
	p.stop()
}

// A message that is on its way to Meta when the program is asked to stop is finished, not
// cut off: nobody would know what became of it.
func TestServeStopsInOrder(t *testing.T) {
	meta := cloudapitest.NewServer(cloudapitest.Config{})
	asked, release := make(chan struct{}), make(chan struct{})
	slow := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(asked)
		<-release
		meta.ServeHTTP(w, r)
	})
	p := serveTo(t, cloudapitest.Config{}, meta, slow, "-agents", "1")
	ctx := within(t)
	maria := meta.Phone(cloudapitest.Person{Name: "Maria", Number: "351912345678"})
	require.NoError(t, maria.Say(ctx, desk1, "hello"))
	<-asked
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGTERM))
	require.Eventually(t, func() bool { return maria.Say(ctx, desk1, "anybody?") != nil }, 10*time.Second, 5*time.Millisecond,
		"the webhook closes first")
	close(release)
	<-p.out
	require.NoError(t, p.cmd.Wait(), "exit code 0; stderr: %s", p.errs)
	assert.Len(t, maria.Inbox(), 1)
	assert.NotContains(t, p.errs.String(), "send failed")
}

// Everything that is wrong is said in one go, and nothing runs.
func TestFaults(t *testing.T) {
	dir := t.TempDir()
	config, list, more := dir+"/desk.json", dir+"/list.csv", dir+"/bots.json"
	require.NoError(t, os.WriteFile(more, []byte(`{"greet": {"message": {"texts": [], "colour": 1}}}`), 0o600))
	require.NoError(t, os.WriteFile(config, []byte(`{
		"agents": [{"id": "ana", "limit": -1}],
		"campaigns": [{"id": "sales", "zone": "Mars", "members": [{"agent": "nobody"}], "whatsapp": {
			"enable": true, "connector": "main", "phoneNumbers": ["+15550783881"], "maxTime": -5, "colour": "red",
			"strategy": "roundrobin", "botOnStart": "hal", "botOnEnd": "greet", "serviceLevel": "soon"
		}}]
	}`), 0o600))
	require.NoError(t, os.WriteFile(list, []byte("alias,reason\nnobody,x\n,y\n"), 0o600))
	cmd := command(t.Context(), []string{"WHATSAPP_NUMBERS=1:+1555078388x,nonsense", "WHATSAPP_GRAPH_URL=gopher://x", "WHATSAPP_GRAPH_VERSION=26"},
		"-serve", "-config", config, "-blacklist", list, "-bots", more, "-agents", "-2", "-answer", "soon", "-frobnicate", "7", "-listen", "nowhere", "extra")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	exit, ok := errors.AsType[*exec.ExitError](err)
	require.True(t, ok, "%v", err)
	assert.Equal(t, exitFaulty, exit.ExitCode())
	assert.Empty(t, out.String())
	for _, want := range []string{
		"flags: -agents: must be ≥ 0, is -2", `flags: invalid value "soon" for flag -answer`, "flags: flag provided but not defined: -frobnicate",
		"flags: -listen: ", `flags: unexpected argument "extra"`,
		"environment: WHATSAPP_ACCESS_TOKEN: is required", "environment: WHATSAPP_APP_SECRET: ", "environment: WHATSAPP_VERIFY_TOKEN: ",
		`environment: WHATSAPP_NUMBERS: "nonsense"`, `"+1555078388x" is not E.164`,
		"environment: WHATSAPP_GRAPH_URL: ", "environment: WHATSAPP_GRAPH_VERSION: ",
		"agents[0].limit: ", "campaigns[0].zone: ", "campaigns[0].members[0]", `unknown connector "main"; valid: whatsapp`,
		"campaigns[0].whatsapp.maxTime: must be ≥ 0, is -5", "campaigns[0].whatsapp.colour: unknown field",
		"campaigns[0].whatsapp.strategy: ", `unknown bot "hal"; valid: greet, menu, message, survey, voicemail`, "campaigns[0].whatsapp.serviceLevel: must be a whole number",
		"bots.json: greet.message.colour: ", "list.csv: line 2: ", "list.csv: line 3: ",
	} {
		if !strings.Contains(errs.String(), want) {
			t.Errorf("missing: %s", want)
		}
	}
	assert.NotContains(t, errs.String(), `unknown bot "greet"`)
}

func TestFaultsOfFlags(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-live", "-serve"}, "choose one of -serve, -open, -play (or -live) and -crowd"},
		{[]string{"-speed", "3"}, "-speed needs -live"},
		{[]string{"-live", "-speed", "0"}, "-speed: must be > 0"},
		{[]string{"-config", "x"}, "-config needs -serve"},
		{[]string{"-play", "-data", "x"}, "-data needs -serve, or the desk in the browser"},
		{[]string{"-play", "-listen", ":0"}, "-listen needs -serve"},
		{[]string{"-play", "-answer", "1s"}, "-answer: the day that is played has its own"},
		{[]string{"-walkins", "-1s"}, "-walkins: must be ≥ 0"},
		{[]string{"-agents", "3"}, "-agents needs -serve or -crowd"},
		{[]string{"-crowd", "-3"}, "-crowd: must be > 0"},
		{[]string{"-crowd", "3", "-limit", "0"}, "-limit: must be > 0"},
		{[]string{"-crowd", "3", "-answer", "-1s"}, "-answer: must be ≥ 0"},
		{[]string{"-crowd", "3", "-reply", " "}, "-reply: must not be empty"},
		{[]string{"-serve", "-config", "/does/not/exist"}, "no such file"},
	} {
		var out, errs bytes.Buffer
		assert.Equal(t, exitFaulty, run(t.Context(), c.args, none, &out, &errs), "%q", c.args)
		assert.Contains(t, errs.String(), c.want, "%q", c.args)
		assert.Empty(t, out.String())
	}
	var out, errs bytes.Buffer
	assert.Equal(t, exitOK, run(t.Context(), []string{"-h"}, none, &out, &errs))
	for _, want := range []string{"-serve", "WHATSAPP_NUMBERS", "menu, message, survey, voicemail"} {
		assert.Contains(t, out.String(), want)
	}
}

// An address that is taken is no fault of the flags: the program ran and could not.
func TestListenFails(t *testing.T) {
	p := serve(t, cloudapitest.Config{}, "-agents", "0")
	env := func(name string) string {
		return map[string]string{
			"WHATSAPP_ACCESS_TOKEN": "t", "WHATSAPP_APP_SECRET": "s", "WHATSAPP_VERIFY_TOKEN": "v", "WHATSAPP_NUMBERS": "1:+15550783881",
		}[name]
	}
	var out, errs bytes.Buffer
	args := []string{"-serve", "-listen", strings.TrimPrefix(p.url, "http://")}
	assert.Equal(t, exitFailed, run(t.Context(), args, env, &out, &errs))
	assert.Contains(t, errs.String(), "address already in use")
	p.stop()
}
