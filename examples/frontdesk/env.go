package main

import (
	"log/slog"
	"strings"

	"github.com/usher-go/usher/channel/cloudapi"
)

// connectorName is how configurations refer to the one connector.
const connectorName = "whatsapp"

// variables are the environment of -serve: each with the field of cloudapi.Config that it
// sets.
var variables = []struct{ name, field, about string }{
	{"WHATSAPP_ACCESS_TOKEN", "accessToken", "token of a system user or business"},
	{"WHATSAPP_APP_SECRET", "appSecrets", "secret of the Meta app; several with commas"},
	{"WHATSAPP_VERIFY_TOKEN", "verifyTokens", "word agreed with Meta; several with commas"},
	{"WHATSAPP_NUMBERS", "numbers", "<phone_number_id>:<+E164>, several with commas"},
	{"WHATSAPP_GRAPH_URL", "graphURL", "optional: another Graph API"},
	{"WHATSAPP_GRAPH_VERSION", "graphVersion", "optional: another version of it"},
}

// connect makes the connector that the environment describes, or nil and the faults.
func connect(f *faults, getenv func(string) string, log *slog.Logger) *cloudapi.Connector {
	cfg := cloudapi.Config{
		Name: connectorName, Logger: log,
		AccessToken: strings.TrimSpace(getenv("WHATSAPP_ACCESS_TOKEN")),
		AppSecrets:  split(getenv("WHATSAPP_APP_SECRET")), VerifyTokens: split(getenv("WHATSAPP_VERIFY_TOKEN")),
		GraphURL: getenv("WHATSAPP_GRAPH_URL"), GraphVersion: getenv("WHATSAPP_GRAPH_VERSION"),
	}
	before := len(*f)
	cfg.Numbers = numbers(f, getenv("WHATSAPP_NUMBERS"))
	unread := len(*f) > before
	connector, err := cloudapi.New(cfg)
	if err == nil && !unread {
		return connector
	}
	for _, one := range parts(err) {
		variable, problem := inVariables(one.Error())
		if variable == "WHATSAPP_NUMBERS" && unread && len(cfg.Numbers) == 0 {
			continue // what is wrong with them is said already
		}
		f.add("environment: %s: %s", variable, problem)
	}
	return nil
}

// split parts a list at its commas.
func split(text string) []string {
	var out []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// numbers reads id:+E164 pairs; the forms of both are checked by the connector.
func numbers(f *faults, text string) map[string]string {
	out := map[string]string{}
	for _, pair := range split(text) {
		id, number, ok := strings.Cut(pair, ":")
		id, number = strings.TrimSpace(id), strings.TrimSpace(number)
		switch {
		case !ok:
			f.add("environment: WHATSAPP_NUMBERS: %q: must be <phone_number_id>:<+E164>", pair)
		case out[id] != "":
			f.add("environment: WHATSAPP_NUMBERS: %q is there twice", id)
		default:
			out[id] = number
		}
	}
	return out
}

// parts takes a joined error apart.
func parts(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	if err == nil {
		return nil
	}
	return []error{err}
}

// inVariables says in which variable stands what the connector finds fault with.
func inVariables(text string) (variable, problem string) {
	text = strings.TrimPrefix(text, "cloudapi: config: ")
	for _, v := range variables {
		rest, found := strings.CutPrefix(text, v.field)
		if !found {
			continue
		}
		if path, problem, ok := strings.Cut(rest, ": "); ok {
			return strings.TrimSpace(v.name + " " + path), problem
		}
	}
	return "connector", text
}
