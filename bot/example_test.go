package bot_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/usher-go/usher/bot"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/settings"
)

// printed takes a turn and prints what comes of it. Centers do this, see the example
// of package usher's Options.
func printed(b bot.Bot, s bot.Session) bot.Reply {
	r, err := b.Turn(context.Background(), s)
	if err != nil {
		fmt.Println("failed:", err)
		return r
	}
	for _, m := range r.Messages {
		fmt.Println("says:", m.Text)
		if m.Menu != nil {
			for _, o := range m.Menu.Options {
				fmt.Printf("  [%s]\n", o.Title)
			}
		}
	}
	if r.Next.Action != bot.Wait {
		fmt.Println(strings.TrimSpace(fmt.Sprintln("next:", r.Next.Action, r.Next.Target)))
	}
	return r
}

func wrote(text string) *channel.Message { return &channel.Message{Kind: channel.Text, Text: text} }

func ExampleNewMessage() {
	b, err := bot.NewMessage(bot.Message{Texts: []string{"Welcome {name|friend}!", "One moment, please."}})
	if err != nil {
		panic(err)
	}
	printed(b, bot.Session{Phase: bot.Start, CustomerName: "Maria", Input: wrote("hello")})
	// Output:
	// says: Welcome Maria!
	// says: One moment, please.
	// next: queue
}

func ExampleNewMenu() {
	b, err := bot.NewMenu(bot.Menu{
		Text:    "How can we help?",
		Invalid: "Please press a button, or write its name.",
		Options: []bot.Choice{
			{Title: "Sales", Next: bot.Next{Action: bot.Queue, Skills: []settings.Skill{{Name: "sales", Level: 3}}}},
			{Title: "My order", Words: []string{"delivery", "parcel"}, Next: bot.Next{Action: bot.Campaign, Target: "orders"}},
		},
	})
	if err != nil {
		panic(err)
	}
	s := bot.Session{Phase: bot.Start, Input: wrote("hello")}
	s.Vars = printed(b, s).Set // a center keeps them, and hands them in again

	s.Turn, s.Input = 1, wrote("where is my PARCEL?!")
	fmt.Println(printed(b, s).Set["choice"])
	// Output:
	// says: How can we help?
	//   [Sales]
	//   [My order]
	// next: campaign orders
	// my-order
}

func ExampleNewSurvey() {
	b, err := bot.NewSurvey(bot.Survey{Question: "How was it?", Max: 3, Min: 1, Comment: "Tell us why?", Thanks: "Thank you!"})
	if err != nil {
		panic(err)
	}
	vars := map[string]string{}
	for turn, text := range []string{"", "3 of course", "Ana knew everything"} {
		s := bot.Session{Phase: bot.End, Turn: turn, Vars: vars}
		if turn > 0 {
			s.Input = wrote(text)
		}
		for k, v := range printed(b, s).Set {
			vars[k] = v
		}
	}
	result := bot.ReadResult(vars)
	fmt.Printf("%d %q\n", result.Score, result.Comment)
	// Output:
	// says: How was it?
	//   [3]
	//   [2]
	//   [1]
	// says: Tell us why?
	// says: Thank you!
	// next: end
	// 3 "Ana knew everything"
}

// A service that answers a webhook bot. In production it is a program of its own, in any
// language; docs/bot-webhook.md has the contract.
func ExampleNewWebhook() {
	const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 4<<20))
		if err == nil {
			err = bot.VerifyWebhook(r.Header, body, time.Now(), secret)
		}
		var s bot.Session
		if err == nil {
			err = json.Unmarshal(body, &s)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(bot.Reply{
			Messages: []channel.Message{channel.TextMessage("You wrote: " + s.Input.Text)},
			Next:     bot.Next{Action: bot.Agent, Target: "ana"},
		})
	}))
	defer service.Close()

	b, err := bot.NewWebhook(bot.Webhook{URL: service.URL, Secrets: []string{secret}})
	if err != nil {
		panic(err)
	}
	printed(b, bot.Session{Key: "i1/1", Phase: bot.Start, Input: wrote("hello")})
	// Output:
	// says: You wrote: hello
	// next: agent ana
}

func ExampleParse() {
	bots, err := bot.Parse([]byte(`{
		"welcome": {"message": {"texts": ["Hello!"], "nxt": {}}},
		"rate":    {"survey": {"question": "How was it?", "max": "five"}}
	}`))
	fmt.Println(len(bots))
	fmt.Println(err)
	// Output:
	// 0
	// bot: configuration:
	// rate.survey.max: must be a whole number, is a string
	// welcome.message.nxt: unknown field; valid: next, set, store, texts, thanks
}
