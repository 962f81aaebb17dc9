package console_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/channeltest"
	"github.com/usher-go/usher/console"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/store"
)

// talking is a floor on which ana has an interaction.
func talking(t *testing.T, change func(*usher.Options, *usher.Config, *console.Options)) (f *floor, id string, version uint64) {
	f = newFloor(t, change)
	f.available("ana")
	id = f.say("hello", maria)
	done := post[console.Done](f, "ana", "api/interactions/"+id+"/accept", console.Empty{})
	return f, id, done.Interaction.Version
}

// Scenario 45: a reply sent twice over a bad line is one message.
func TestAReplySentTwiceIsOneMessage(t *testing.T) {
	f, id, version := talking(t, nil)
	at := "api/interactions/" + id + "/send"
	body := fmt.Sprintf(`{"version":%d,"message":{"kind":"text","text":"hi"}}`, version)
	first := f.ask("ana", "POST", at, body, "Idempotency-Key", "k1")
	again := f.ask("ana", "POST", at, body, "Idempotency-Key", "k1")
	assert.Equal(t, string(first.Body), string(again.Body))
	assert.Equal(t, []string{"", "true"}, []string{first.Header.Get("Idempotent-Replay"), again.Header.Get("Idempotent-Replay")})
	assert.Len(t, f.wa.Sent(), 1)
	f.ask("ana", "POST", at, strings.Replace(body, "hi", "ho", 1), "Idempotency-Key", "k1").fails(422, "key_reused")
	f.ask("ana", "POST", at, body, "Idempotency-Key", "k2")
	assert.Len(t, f.wa.Sent(), 2, "another key is another wish")
}

// A message that failed is sent again, once; one that did not is refused.
func TestAFailedMessageIsSentAgain(t *testing.T) {
	f, id, version := talking(t, nil)
	at := "api/interactions/" + id
	say := func(text string) {
		v := get[console.Interaction](f, "ana", at).Version
		f.ask("ana", "POST", at+"/send", fmt.Sprintf(`{"version":%d,"message":{"kind":"text","text":%q}}`, max(v, version), text))
	}
	f.wa.FailNext(channeltest.Failure{Class: channel.Permanent, Code: 131000})
	say("lost")
	say("there")
	keys := map[string]string{}
	for _, item := range get[console.Conversation](f, "ana", at+"/conversation").Items {
		if item.Message != nil && item.From == "agent" {
			keys[item.Message.Text] = item.ID
		}
	}
	require.Len(t, f.wa.Sent(), 1)
	for range 2 {
		post[console.Done](f, "ana", at+"/resend", console.ResendBody{Key: keys["lost"]})
	}
	require.Len(t, f.wa.Sent(), 2)
	f.ask("ana", "POST", at+"/resend", fmt.Sprintf(`{"key":%q}`, keys["there"])).fails(409, "not_failed")
	f.ask("ana", "POST", at+"/resend", `{"key":"x"}`).fails(404, "unknown_message")
}

// The same at the same instant: the second waits for the first one's answer.
func TestTheSameCommandAtTheSameTime(t *testing.T) {
	f, id, version := talking(t, nil)
	var wait sync.WaitGroup
	codes := make([]int, 8)
	for i := range codes {
		wait.Go(func() {
			r := httptest.NewRequest("POST", "/api/interactions/"+id+"/send", strings.NewReader(fmt.Sprintf(`{"version":%d,"message":{"kind":"text","text":"hi"}}`, version)))
			r.Header.Set("Who", "ana")
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Idempotency-Key", "one")
			w := httptest.NewRecorder()
			f.desk.ServeHTTP(w, r)
			codes[i] = w.Code
		})
	}
	wait.Wait()
	f.settle()
	assert.Equal(t, []int{200, 200, 200, 200, 200, 200, 200, 200}, codes)
	assert.Len(t, f.wa.Sent(), 1)
}

// After a restart the key is in the journal: the message is not sent again, even though the
// customer has written meanwhile.
func TestAReplySentAgainAfterARestart(t *testing.T) {
	journal := store.NewMemory()
	f, id, version := talking(t, func(o *usher.Options, _ *usher.Config, _ *console.Options) { o.Journal = journal })
	at := "api/interactions/" + id + "/send"
	body := fmt.Sprintf(`{"version":%d,"message":{"kind":"text","text":"hi"}}`, version)
	require.Equal(t, 200, f.ask("ana", "POST", at, body, "Idempotency-Key", "k1").Status)
	f.say("are you there?", maria)
	f.desk = console.New(f.center, console.Options{Authorize: who}) // it remembers no answers
	got := f.ask("ana", "POST", at, body, "Idempotency-Key", "k1")
	assert.Equal(t, 200, got.Status, "%s", got.Body)
	assert.Len(t, f.wa.Sent(), 1)
}

// A reply based on an outdated conversation is refused with what is new.
func TestAnOutdatedReplySaysWhatIsNew(t *testing.T) {
	f, id, version := talking(t, nil)
	at := "api/interactions/" + id
	done := post[console.Done](f, "ana", at+"/send", text(version, "one moment"))
	post[console.Done](f, "ana", at+"/send", text(version, "still looking")) // one's own message is no news
	f.say("never mind", maria)
	got := f.ask("ana", "POST", at+"/send", fmt.Sprintf(`{"version":%d,"message":{"kind":"text","text":"found it"}}`, done.Interaction.Version)).fails(409, "outdated")
	require.Len(t, got.News, 1)
	assert.Equal(t, []any{"customer", "never mind"}, []any{got.News[0].From, got.News[0].Message.Text})
	assert.Len(t, f.wa.Sent(), 2, "nothing was sent")
	post[console.Done](f, "ana", at+"/send", text(got.Version, "all right"))
	assert.Len(t, f.wa.Sent(), 3)
	f.ask("ana", "POST", at+"/finish", fmt.Sprintf(`{"version":%d}`, version)).fails(409, "outdated")
	f.ask("ana", "POST", at+"/send", `{"version":0,"message":{"kind":"text","text":"x"}}`).fails(400, "invalid")
}

func TestWhatMaybeSent(t *testing.T) {
	f, id, _ := talking(t, func(_ *usher.Options, _ *usher.Config, o *console.Options) {
		o.Templates = []console.Template{{Name: "hello", Language: "en", Params: 1}, {Name: "other", Language: "en", Campaigns: []string{"support"}}}
	})
	at := "api/interactions/" + id + "/send"
	send := func(message string) answer {
		v := get[console.Interaction](f, "ana", "api/interactions/"+id).Version
		return f.ask("ana", "POST", at, fmt.Sprintf(`{"version":%d,"message":%s}`, v, message))
	}
	for message, problem := range map[string]string{
		`{"kind":"text","text":"  "}`:                                                    "empty",
		`{"kind":"text","text":"` + strings.Repeat("é", 4097) + `"}`:                     "4096",
		`{"kind":"image"}`:                                                               "media",
		`{"kind":"image","media":{"url":"http://example.com/x.png"}}`:                    "https",
		`{"kind":"image","media":{"url":"file:///etc/passwd"}}`:                          "https",
		`{"kind":"image","media":{"id":"1","url":"https://x.example/y"}}`:                "either",
		`{"kind":"template"}`:                                                            "required",
		`{"kind":"template","template":{"name":"nope","language":"en"}}`:                 "not among",
		`{"kind":"template","template":{"name":"other","language":"en"}}`:                "not among",
		`{"kind":"template","template":{"name":"hello","language":"en"}}`:                "takes 1",
		`{"kind":"template","template":{"name":"hello","language":"en","params":[" "]}}`: "params[0]",
		`{"kind":"interactive","text":"x"}`:                                              "options",
		`{"kind":"reaction"}`:                                                            "kind",
		`{"kind":"system","text":"x"}`:                                                   "kind",
		`{"kind":"text","text":"x","raw":{}}`:                                            "raw",
	} {
		p := send(message).fails(400, "invalid")
		assert.Contains(t, p.Message+fmt.Sprint(p.Faults), problem, message)
	}
	assert.Empty(t, f.wa.Sent())
	for _, message := range []string{
		`{"kind":"text","text":"` + strings.Repeat("é", 4096) + `"}`,
		`{"kind":"image","text":"look","media":{"id":"file-1","mime":"image/png"}}`,
		`{"kind":"template","template":{"name":"hello","language":"en","params":["Maria"]}}`,
		`{"kind":"interactive","text":"which?","menu":{"options":[{"id":"a","title":"A"}]}}`,
	} {
		require.Equal(t, 200, send(message).Status, message)
	}
	sent := f.wa.Sent()
	require.Len(t, sent, 4)
	assert.JSONEq(t, `[{"type":"body","parameters":[{"type":"text","text":"Maria"}]}]`, string(sent[2].Message.Template.Components))

	f.pass(25 * time.Hour)
	send(`{"kind":"text","text":"still there?"}`).fails(409, "window_closed")
	require.Equal(t, 200, send(`{"kind":"template","template":{"name":"hello","language":"en","params":["Maria"]}}`).Status)
}

func TestSupervisorsActionsAreEvents(t *testing.T) {
	f, id, _ := talking(t, nil)
	f.available("bruno")
	at := "api/interactions/" + id
	sub := f.center.Subscribe(0)
	defer sub.Close()
	post[console.Done](f, "sup", at+"/transfer", console.TransferBody{Agent: "bruno", Reason: "he knows"})
	post[console.Done](f, "sup", at+"/cancel-transfer", console.Empty{})
	post[console.Done](f, "sup", at+"/requeue", console.ReasonBody{Reason: "again"})
	post[console.Done](f, "sup", at+"/assign", console.AssignBody{Agent: "bruno", Reason: "now"})
	post[console.Done](f, "sup", at+"/requeue", console.ReasonBody{Reason: "and again"})
	priority := 5
	f.do(queue.AgentState{Agent: "ana", State: queue.Paused}, queue.AgentState{Agent: "bruno", State: queue.Paused})
	post[console.Done](f, "sup", at+"/prioritize", console.PriorityBody{Priority: &priority})
	assert.Equal(t, 5, get[console.Interaction](f, "sup", at).Priority)
	post[console.Done](f, "sup", at+"/move", console.MoveBody{Campaign: "support"})
	post[console.AgentDone](f, "sup", "api/agents/ana/state", console.StateBody{State: queue.Offline})
	why := get[console.Explanation](f, "sup", at+"/explain")
	assert.Equal(t, "carla", why.Candidates[0].Agent)
	assert.Equal(t, "offline", why.Candidates[0].Reason)
	post[console.Done](f, "sup", at+"/end", console.ReasonBody{Reason: "spam"})
	f.ask("sup", "GET", at+"/explain", "").fails(404, "unknown_interaction")

	by := map[queue.Kind]bool{}
	for last := f.center.Seq(); ; {
		ev, err := sub.Next(t.Context())
		require.NoError(t, err)
		if ev.By == "sup@example.com" || strings.Contains(string(ev.Data), "sup@example.com") {
			by[ev.Kind] = true
		}
		if ev.Seq == last {
			break
		}
	}
	for _, kind := range []queue.Kind{queue.TransferStarted, queue.Noted, queue.Answered, queue.Requeued, queue.Required, queue.Moved, queue.AgentStated, queue.Ended} {
		assert.True(t, by[kind], "%s has no actor", kind)
	}
}

func TestStartingAnInteraction(t *testing.T) {
	f := newFloor(t, func(_ *usher.Options, cfg *usher.Config, o *console.Options) {
		o.Templates = []console.Template{{Name: "hello", Language: "en"}}
		cfg.Campaigns[0].WhatsApp.OutgoingBlacklist = true
	})
	f.available("ana")
	ref := get[console.Campaigns](f, "ana", "api/campaigns").Campaigns
	require.Len(t, ref, 1, "an agent sees their campaigns")
	assert.True(t, ref[0].Initiate)
	f.ask("ana", "POST", "api/interactions", `{"campaign":"sales","to":"34600111222"}`).fails(400, "invalid")
	f.ask("ana", "POST", "api/interactions", `{"campaign":"sales","to":"+34600111222","message":{"kind":"text","text":"hi"}}`).fails(409, "window_closed")
	f.ask("ana", "POST", "api/interactions", `{"campaign":"sales","to":"+34600111222","override":true}`).fails(403, "forbidden")
	f.ask("ana", "POST", "api/interactions", `{"campaign":"support","to":"+34600111222"}`).fails(409, "not_member")
	body := `{"campaign":"sales","to":"+34 600 111 222","message":{"kind":"template","template":{"name":"hello","language":"en"}}}`
	got := f.ask("ana", "POST", "api/interactions", body)
	require.Equal(t, 201, got.Status, "%s", got.Body)
	done := got.ok(new(console.Done)).(console.Done)
	assert.Equal(t, []any{true, "ana", string(maria)}, []any{done.Interaction.Outbound, done.Interaction.Agent, done.Interaction.Address})
	assert.Equal(t, done.Interaction.ID, f.ask("ana", "POST", "api/interactions", body).fails(409, "open").Interaction)
	require.Len(t, f.wa.Sent(), 1)

	post[console.BlacklistChange](f, "ana", "api/interactions/"+done.Interaction.ID+"/blacklist", console.BlockBody{Reason: "asked to"})
	post[console.Done](f, "ana", "api/interactions/"+done.Interaction.ID+"/finish", console.FinishBody{})
	f.ask("ana", "POST", "api/interactions", body).fails(409, "blacklisted")
	history := get[console.BlacklistHistory](f, "sup", "api/blacklist/history")
	require.Len(t, history.Attempts, 1)
	assert.Equal(t, "ana", history.Attempts[0].By)
}

func TestPausesAndDispositionsOfTheHost(t *testing.T) {
	f, id, _ := talking(t, func(_ *usher.Options, _ *usher.Config, o *console.Options) {
		o.Pauses, o.Dispositions = []string{"lunch"}, []string{"sold", "lost"}
	})
	f.ask("ana", "POST", "api/desk/state", `{"state":"paused","reason":"beach"}`).fails(400, "invalid")
	assert.Equal(t, "lunch", post[console.AgentDone](f, "ana", "api/desk/state", console.StateBody{State: queue.Paused, Reason: "lunch"}).Agent.Reason)
	f.ask("ana", "POST", "api/interactions/"+id+"/finish", `{"disposition":"maybe"}`).fails(400, "invalid")
	post[console.Done](f, "ana", "api/interactions/"+id+"/finish", console.FinishBody{Disposition: "lost"})
	call := post[console.AgentDone](f, "ana", "api/desk/call", console.CallBody{OnCall: true})
	assert.True(t, call.Agent.OnCall)
	f.ask("ana", "POST", "api/desk/wrapup", `{"seconds":-1}`).fails(400, "invalid")
}

// A hook that panics costs its own request and nothing else.
func TestAHookThatPanics(t *testing.T) {
	f := newFloor(t, func(_ *usher.Options, _ *usher.Config, o *console.Options) {
		o.Redact = func(console.Actor, console.Field, string) string { panic("no") }
	})
	f.available("ana")
	f.say("hello", maria)
	f.ask("ana", "GET", "api/desk", "").fails(500, "internal")
	assert.Equal(t, 200, f.ask("ana", "GET", "api/session", "").Status)
}

// What the host takes away is not seen anywhere: lists, conversation, news, stream, files.
func TestRedaction(t *testing.T) {
	f, id, version := talking(t, func(_ *usher.Options, _ *usher.Config, o *console.Options) {
		o.Redact = func(a console.Actor, _ console.Field, s string) string {
			if a.Can&console.Configure != 0 {
				return s
			}
			return strings.Repeat("*", len(s))
		}
	})
	f.say("my card is 4111", maria)
	for _, path := range []string{"api/desk", "api/interactions", "api/interactions/" + id + "/conversation", "api/interactions/" + id + "/timeline", "api/csv/interactions"} {
		body := string(f.ask("ana", "GET", path, "").Body)
		assert.NotContains(t, body, "4111", path)
		assert.NotContains(t, body, "600111222", path)
	}
	outdated := f.ask("ana", "POST", "api/interactions/"+id+"/send", fmt.Sprintf(`{"version":%d,"message":{"kind":"text","text":"x"}}`, version))
	assert.NotContains(t, string(outdated.Body), "4111")
	assert.Contains(t, string(f.ask("sup", "GET", "api/interactions/"+id+"/conversation", "").Body), "4111")
}

// Files go out as what they are declared to be only if no browser would run them.
func TestFiles(t *testing.T) {
	f, id, _ := talking(t, func(_ *usher.Options, _ *usher.Config, o *console.Options) { o.MaxUpload = 1000 })
	file := func(mime, name string, data string) string {
		f.wa.AddFile("file-"+mime, []byte(data))
		require.NoError(t, f.wa.Deliver(t.Context(), channel.Update{Number: number, Message: &channel.Inbound{
			From:    channel.Customer{Aliases: []channel.Alias{maria}},
			Message: channel.Message{ID: "m-" + mime, Time: f.clock.Now(), Kind: channel.Document, Media: &channel.MediaRef{ID: "file-" + mime, MIME: mime, Filename: name, URL: "https://provider.example/secret"}},
		}}))
		f.settle()
		list := messages(get[console.Conversation](f, "ana", "api/interactions/"+id+"/conversation").Items)
		last := list[len(list)-1]
		assert.Empty(t, last.Message.Media.URL, "the provider's address is not handed on")
		return last.Media
	}
	picture := f.ask("ana", "GET", file("image/png", "a.png", "PNG"), "")
	assert.Equal(t, []any{200, "PNG", "image/png", "inline; filename=a.png"}, []any{picture.Status, string(picture.Body), picture.Header.Get("Content-Type"), picture.Header.Get("Content-Disposition")})
	for _, mime := range []string{"text/html", "image/svg+xml", "application/pdf", "nonsense", ""} {
		got := f.ask("ana", "GET", file(mime, "../../\u202egpj.exe\"\n", "<script>"), "")
		assert.Equal(t, []any{200, "application/octet-stream", "attachment; filename=gpj.exe"}, []any{got.Status, got.Header.Get("Content-Type"), got.Header.Get("Content-Disposition")}, mime)
		assert.Contains(t, got.Header.Get("Content-Security-Policy"), "sandbox")
	}
	f.ask("bruno", "GET", file("audio/ogg", "", "x"), "").fails(404, "unknown_interaction")
	f.ask("ana", "GET", "api/interactions/"+id+"/media/1", "").fails(404, "unknown_message")
	gone := file("video/mp4", "", "x")
	f.wa.FailNext() // a file that the provider has no more
	require.Equal(t, 200, f.ask("ana", "GET", gone, "").Status)
	f.ask("ana", "POST", "api/interactions/"+id+"/upload?name=x", "data", "Content-Type", "image/png").fails(501, "not_supported")
}

func TestUpload(t *testing.T) {
	var got console.Upload
	var to string
	f, id, _ := talking(t, func(_ *usher.Options, _ *usher.Config, o *console.Options) {
		o.MaxUpload = 1000
		o.Upload = func(_ context.Context, connector, number string, file console.Upload) (channel.MediaRef, error) {
			got, to = file, connector+" "+number
			return channel.MediaRef{ID: "stored", MIME: file.MIME}, nil
		}
	})
	at := "api/interactions/" + id + "/upload?name=../a%20b.png"
	up := f.ask("ana", "POST", at, "PNG", "Content-Type", "image/png")
	require.Equal(t, 201, up.Status, "%s", up.Body)
	assert.Equal(t, console.Uploaded{Media: channel.MediaRef{ID: "stored", MIME: "image/png"}, Kind: channel.Image}, up.ok(new(console.Uploaded)))
	assert.Equal(t, []any{"a b.png", "image/png", "PNG", "main " + number}, []any{got.Name, got.MIME, string(got.Data), to})
	f.ask("ana", "POST", at, strings.Repeat("x", 1001), "Content-Type", "image/png").fails(413, "too_large")
	f.ask("ana", "POST", at, "", "Content-Type", "image/png").fails(400, "invalid")
	f.ask("ana", "POST", at, "x", "Content-Type", "").fails(415, "media_type")
	f.ask("ana", "POST", at, "x", "Content-Type", "image/png", "Sec-Fetch-Site", "cross-site").fails(403, "cross_origin")
}
