package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"maps"
	"os"
	"slices"

	"github.com/usher-go/usher/bot"
	"github.com/usher-go/usher/channel"
)

// botsJSON are ready-made bots, as a host would keep them in a file.
//
//go:embed bots.json
var botsJSON []byte

// bots are what a configuration can name: those of bots.json, one that is a function, and
// those of a file, "" = none, in place of any of the same name.
func bots(file string) (map[string]bot.Bot, error) {
	out, err := bot.Parse(botsJSON)
	if err != nil {
		return nil, err
	}
	out["voicemail"] = bot.Func(voicemail)
	if file == "" {
		return out, nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return out, err
	}
	more, err := bot.Parse(data)
	if err != nil { // their names are known all the same: what names them is not at fault
		var names map[string]json.RawMessage
		_ = json.Unmarshal(data, &names)
		for name := range names {
			out[name] = bot.Func(voicemail)
		}
	}
	maps.Copy(out, more)
	return out, err
}

func botNames() []string {
	all, _ := bots("")
	return slices.Sorted(maps.Keys(all))
}

// voicemail is for those who waited too long: it takes a message and says goodbye.
func voicemail(_ context.Context, s bot.Session) (bot.Reply, error) {
	say := func(text string) []channel.Message { return []channel.Message{channel.TextMessage(text)} }
	if s.Turn == 0 || s.Input == nil {
		return bot.Reply{Messages: say("Sorry that nobody is free. Leave us a message and we write back.")}, nil
	}
	return bot.Reply{
		Messages: say("Thank you, we have noted that."),
		Set:      map[string]string{"voicemail": s.Input.Text},
		Next:     bot.Next{Action: bot.Finish},
	}, nil
}
