package bot_test

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/bot"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/settings"
)

const fourBots = `{
	"hello": {"message": {"texts": ["Hi {name}"], "next": {"action": "end"}}},
	"front": {"menu": {"text": "?", "options": [
		{"title": "Sales", "next": {"action": "queue", "priority": 0, "skills": [{"name": "x", "level": 2, "for": 60}]}},
		{"title": "More", "menu": {"text": "?", "options": [{"title": "Back", "back": true}]}}
	]}},
	"rate":  {"survey": {"question": "?", "commentUpTo": 3, "comment": "?"}},
	"brain": {"webhook": {"url": "https://bots.example.com/turn", "secrets": ["0123456789abcdef"]}}
}`

func TestParse(t *testing.T) {
	bots, err := bot.Parse([]byte(fourBots))
	require.NoError(t, err)
	assert.Equal(t, []string{"brain", "front", "hello", "rate"}, slices.Sorted(maps.Keys(bots)))
	k := newTalk(t, bots["front"], bot.Start)
	k.begin()
	assert.Equal(t, bot.Next{Action: bot.Queue, Priority: pointer(0), Skills: []settings.Skill{{Name: "x", Level: 2, For: 60}}}, k.says("sales").Next)

	for text, want := range map[string][]string{
		``:              {": not JSON at byte 0: unexpected end of JSON input"},
		`[]`:            {": must be an object, is an array"},
		`{"":{}}`:       {": a bot must have a name"},
		`{"a":{}}`:      {"a: must be exactly one of message, menu, survey, webhook"},
		`{"a":null}`:    {"a: must be exactly one of message, menu, survey, webhook"},
		`{"a":{}} x`:    {": not JSON at byte 10: invalid character 'x' after top-level value"},
		`{"a":{"b":1}}`: {"a.b: unknown field; valid: menu, message, survey, webhook"},
		`{"a":{"message":{"texts":["x"]},"survey":{"question":"?"}}}`: {"a: must be exactly one of message, menu, survey, webhook"},
		`{"a":{"menu":{"text":1,"options":[{"titel":"x"}]}},"b":{"survey":{"min":"x"}}}`: {
			"a.menu.options[0].titel: unknown field; valid: back, description, id, menu, next, set, text, title, words",
			"a.menu.text: must be a text, is a number",
			"b.survey.min: must be a whole number, is a string",
		},
		`{"a":{"menu":{"text":"?","options":[]}},"b":{"survey":{}}}`: {
			"a.menu.options: must be 1 to 30 for style text, there are 0",
			"b.survey.question: must not be empty",
		},
	} {
		bots, err := bot.Parse([]byte(text))
		assert.Nil(t, bots)
		assert.Equal(t, want, faults(t, err), text)
	}
}

// Configurations are plain data: they marshal and come back as they were.
func TestConfigRoundTrip(t *testing.T) {
	var configs, back map[string]bot.Config
	require.NoError(t, json.Unmarshal([]byte(fourBots), &configs))
	data, err := json.Marshal(configs)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &back))
	assert.Equal(t, configs, back)
	_, err = bot.Parse(data)
	assert.NoError(t, err)
}

// What a bot was made from may change afterwards; the bot does not.
func TestBotKeepsItsConfiguration(t *testing.T) {
	m := bot.Message{Texts: []string{"."}, Set: map[string]string{"a": "1"}}
	b, err := bot.NewMessage(m)
	require.NoError(t, err)
	m.Texts[0], m.Set["a"] = "changed", "changed"
	k := newTalk(t, b, bot.Start)
	r := k.begin()
	r.Set["a"] = "changed"
	assert.Equal(t, []string{"."}, k.texts())
	assert.Equal(t, map[string]string{"a": "1"}, k.begin().Set)
}

func TestReplyValidate(t *testing.T) {
	good := []bot.Reply{
		{}, {Next: bot.Next{Action: "wait"}}, {Next: bot.Next{Action: bot.Agent, Target: "ana"}},
		{Messages: []channel.Message{
			channel.TextMessage("x"), {Kind: channel.Image, Media: &channel.MediaRef{URL: "https://x"}},
			{Kind: channel.Interactive, Menu: &channel.Menu{Options: []channel.Option{{ID: "a", Title: "A"}}}},
			{Kind: channel.Location, Location: &channel.Place{}}, {Kind: channel.Contacts, Contacts: json.RawMessage(`[]`)},
			{Kind: channel.Template, Template: &channel.TemplateRef{Name: "x"}},
			{Kind: channel.Reaction, Reaction: &channel.ReactionRef{MessageID: "m"}},
		}},
	}
	for _, r := range good {
		assert.NoError(t, r.Validate())
	}
	bad := bot.Reply{
		Messages: []channel.Message{
			{}, {Kind: channel.Text, Text: " "}, {Kind: channel.Document, Media: &channel.MediaRef{}}, {Kind: channel.Interactive, Menu: &channel.Menu{}},
			{Kind: channel.Location}, {Kind: channel.Contacts}, {Kind: channel.Template}, {Kind: channel.Reaction}, {Kind: channel.System},
		},
		Set:  map[string]string{"": "x"},
		Next: bot.Next{Action: bot.Queue, Target: "x"},
	}
	const kinds = "text, image, video, audio, document, sticker, location, contacts, interactive, template, reaction"
	assert.EqualError(t, bad.Validate(), `bot: reply: messages[0].kind: unknown kind ""; valid: `+kinds+`
messages[1].text: a message of kind "text" must have it
messages[2].media: a message of kind "document" must have it
messages[3].menu: a message of kind "interactive" must have it
messages[4].location: a message of kind "location" must have it
messages[5].contacts: a message of kind "contacts" must have it
messages[6].template: a message of kind "template" must have it
messages[7].reaction: a message of kind "reaction" must have it
messages[8].kind: unknown kind "system"; valid: `+kinds+`
set: a variable must have a name
next.target: action "queue" takes none, is "x"`)
}
