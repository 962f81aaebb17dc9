package console

import (
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/usher-go/usher/channel"
)

// inline are the types that are shown in the page. All others, above all those that a
// browser would run, are downloads.
var inline = map[string]bool{
	"image/jpeg": true, "image/png": true, "image/gif": true, "image/webp": true,
	"audio/aac": true, "audio/amr": true, "audio/mpeg": true, "audio/mp4": true, "audio/ogg": true, "audio/wav": true, "audio/webm": true,
	"video/mp4": true, "video/3gpp": true, "video/webm": true,
}

// media is the file of a message, fetched from the provider as it is read.
func (c *Console) media(x *call) (any, error) {
	s, err := x.subject(Read)
	if err != nil {
		return nil, err
	}
	ref, err := x.mediaRef(s.id)
	if err != nil {
		return nil, err
	}
	b, err := x.book(x.r.Context())
	if err != nil {
		return nil, err
	}
	fetcher, ok := c.center.Connector(b.connector(s.campaign())).(channel.MediaFetcher)
	if !ok {
		return nil, problem(http.StatusNotImplemented, "not_supported", "the campaign's connector does not fetch files")
	}
	number := s.view.Number
	if number == "" {
		number = s.sum.Number
	}
	body, err := fetcher.FetchMedia(x.r.Context(), number, ref)
	if err != nil {
		c.log.Warn("console: media", "interaction", s.id, "error", err)
		return nil, problem(http.StatusBadGateway, "provider", "the provider does not give the file; it may be too old")
	}
	defer body.Close()
	x.sendFile(ref, body)
	return served{}, nil
}

// mediaRef finds the file of the message that the address names by its event.
func (x *call) mediaRef(id string) (channel.MediaRef, error) {
	events, err := x.center.Transcript(x.r.Context(), id)
	if err != nil {
		return channel.MediaRef{}, err
	}
	for i := range events {
		if strconv.FormatUint(events[i].Seq, 10) != x.args["item"] || events[i].Message == nil {
			continue
		}
		m, err := whole(events[i].Message)
		if err == nil && m.Media != nil {
			return *m.Media, nil
		}
	}
	return channel.MediaRef{}, problem(http.StatusNotFound, "unknown_message", "there is no such message with a file")
}

func (x *call) sendFile(ref channel.MediaRef, body io.Reader) {
	kind, _, err := mime.ParseMediaType(ref.MIME)
	show := err == nil && inline[strings.ToLower(kind)]
	h := x.w.Header()
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; media-src 'self'; img-src 'self'")
	h.Set("Cache-Control", "private, max-age=3600")
	h.Set("Content-Type", "application/octet-stream")
	disposition := "attachment"
	if show {
		disposition = "inline"
		h.Set("Content-Type", kind)
	}
	if name := fileName(ref.Filename); name != "" {
		disposition = mime.FormatMediaType(disposition, map[string]string{"filename": x.redact(FieldFilename, name)})
	}
	h.Set("Content-Disposition", disposition)
	rc := http.NewResponseController(x.w)
	_ = rc.SetWriteDeadline(time.Now().Add(5 * time.Minute)) // large files, slow lines
	// What goes wrong from here on can only be said by cutting the answer off.
	if _, err := io.Copy(x.w, io.LimitReader(body, x.opts.MaxUpload)); err != nil {
		x.log.Info("console: media cut off", "path", x.r.URL.Path, "error", err)
		panic(http.ErrAbortHandler)
	}
}

// fileName keeps what is harmless of a name: no path, no control characters, no marks
// that turn the reading direction.
func fileName(name string) string {
	name = path.Base(strings.ReplaceAll(strings.ToValidUTF8(name, ""), `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '"' || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200e || r == 0x200f {
			return -1
		}
		return r
	}, name)
	if name == "." || name == "/" || utf8.RuneCountInString(name) > 200 {
		return ""
	}
	return name
}

// upload stores a file with the provider for a message to carry.
func (c *Console) upload(x *call) (any, error) {
	s, err := x.own()
	if err != nil {
		return nil, err
	}
	if _, _, err := x.handler(&s); err != nil {
		return nil, err
	}
	if len(x.file) == 0 {
		return nil, invalid("the body must be the file")
	}
	kind, _, err := mime.ParseMediaType(x.r.Header.Get("Content-Type"))
	if err != nil {
		return nil, problem(http.StatusUnsupportedMediaType, "media_type", "the Content-Type must be that of the file")
	}
	b, err := x.book(x.r.Context())
	if err != nil {
		return nil, err
	}
	file := Upload{Name: fileName(x.r.URL.Query().Get("name")), MIME: kind, Data: x.file}
	ref, err := c.store(x.r.Context(), b.connector(s.campaign()), s.view.Number, file)
	if err != nil {
		return nil, err
	}
	return Uploaded{Media: ref, Kind: kindOf(kind)}, nil
}

func (c *Console) store(ctx context.Context, connector, number string, file Upload) (channel.MediaRef, error) {
	store := c.opts.Upload
	if store == nil {
		taker, ok := c.center.Connector(connector).(Uploader)
		if !ok {
			return channel.MediaRef{}, problem(http.StatusNotImplemented, "not_supported", "the campaign's connector does not take files")
		}
		store = func(ctx context.Context, _, number string, file Upload) (channel.MediaRef, error) {
			return taker.UploadMedia(ctx, number, file)
		}
	}
	ref, err := store(ctx, connector, number, file)
	if err != nil {
		c.log.Warn("console: upload", "connector", connector, "error", err)
		return ref, problem(http.StatusBadGateway, "provider", "the provider does not take the file: %s", providerSays(err))
	}
	return ref, nil
}

// providerSays is an error shortened for people.
func providerSays(err error) string {
	text := fmt.Sprint(err)
	if len(text) > 300 {
		text = strings.ToValidUTF8(text[:300], "") + "…"
	}
	return text
}

// kindOf is the kind of message that carries a type of file.
func kindOf(mime string) channel.Kind {
	switch {
	case mime == "image/webp":
		return channel.Sticker
	case mime == "image/jpeg", mime == "image/png":
		return channel.Image
	case strings.HasPrefix(mime, "audio/"):
		return channel.Audio
	case mime == "video/mp4", mime == "video/3gpp":
		return channel.Video
	}
	return channel.Document
}
