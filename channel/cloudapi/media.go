package cloudapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"

	"github.com/usher-go/usher/channel"
)

var (
	// ErrMediaHost is returned by [Connector.FetchMedia] for an address to which the access
	// token must not be sent. See Config.MediaHosts.
	ErrMediaHost = errors.New("cloudapi: media: host is not trusted with the access token")
	// ErrMediaTooLarge is returned by [Connector.FetchMedia], by reading what it returned,
	// and by [Connector.Upload], for a file beyond Config.MaxMedia or Meta's own limit.
	ErrMediaTooLarge = errors.New("cloudapi: media: file too large")
)

// FetchMedia implements [channel.MediaFetcher]. It asks Graph for the current address of
// the file, which Meta changes every five minutes, and opens that with the access token;
// when the address is gone it asks once more. A ref without an id is fetched from its URL.
//
// Ctx bounds the reading too. Reading past Config.MaxMedia fails with [ErrMediaTooLarge].
// Graph's refusals are *[GraphError]s: ids of received media live for 7 days.
func (c *Connector) FetchMedia(ctx context.Context, number string, ref channel.MediaRef) (io.ReadCloser, error) {
	id, ok := c.ids[number]
	if !ok {
		return nil, fmt.Errorf("cloudapi: media: %q is not a number of this connector", number)
	}
	if ref.ID == "" {
		return c.download(ctx, ref.URL)
	}
	for tries := 0; ; tries++ {
		address, err := c.mediaURL(ctx, id, ref.ID)
		if err != nil {
			return nil, err
		}
		body, err := c.download(ctx, address)
		if !gone(err) || tries > 0 {
			return body, err
		}
	}
}

// gone reports whether a download failed with 404: the address is too old.
func gone(err error) bool {
	if graph, ok := errors.AsType[*GraphError](err); ok {
		return graph.HTTPStatus == http.StatusNotFound
	}
	status, ok := errors.AsType[*statusError](err)
	return ok && status.status == http.StatusNotFound
}

// mediaURL asks for the address of a file. The number keeps other numbers' files out of
// reach.
func (c *Connector) mediaURL(ctx context.Context, number, media string) (string, error) {
	path := url.PathEscape(media) + "?phone_number_id=" + url.QueryEscape(number)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.address(path), nil)
	if err != nil {
		return "", fmt.Errorf("cloudapi: media: %w", err)
	}
	body, err := c.do(req)
	if err != nil {
		return "", err
	}
	address, size := "", int64(0)
	if json.Valid(body) {
		s := scanner{b: body}
		for key := range s.members() {
			switch string(key) {
			case "url":
				address = s.text()
			case "file_size":
				size = s.integer()
			}
		}
	}
	if size > c.cfg.MaxMedia {
		return "", fmt.Errorf("%w: %d bytes, at most %d", ErrMediaTooLarge, size, c.cfg.MaxMedia)
	}
	return address, nil
}

func (c *Connector) download(ctx context.Context, address string) (io.ReadCloser, error) {
	u, err := url.Parse(address)
	if err != nil || !c.trusted(u) {
		return nil, ErrMediaHost
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("cloudapi: media: %w", plain(err))
	}
	resp, err := c.open(req)
	if err != nil {
		return nil, fmt.Errorf("cloudapi: media: %w", c.secrets.Error(plain(err)))
	}
	if resp.StatusCode != http.StatusOK {
		defer func() { _ = resp.Body.Close() }()
		body, _ := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
		if graph := c.readGraphError(resp.StatusCode, body); graph != nil {
			return nil, graph
		}
		return nil, newStatusError(resp)
	}
	if resp.ContentLength > c.cfg.MaxMedia {
		_ = resp.Body.Close()
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrMediaTooLarge, resp.ContentLength, c.cfg.MaxMedia)
	}
	return &capped{ReadCloser: resp.Body, left: c.cfg.MaxMedia}, nil
}

// metaHosts are where Meta keeps media.
var metaHosts = []string{".fbsbx.com", ".fbcdn.net", ".facebook.com", ".whatsapp.net"}

// trusted reports whether the access token may be sent to an address: over TLS to Meta
// and Config.MediaHosts, and to Graph itself as it is configured.
func (c *Connector) trusted(u *url.URL) bool {
	graph, err := url.Parse(c.cfg.GraphURL)
	if err == nil && u.Scheme == graph.Scheme && strings.EqualFold(u.Host, graph.Host) {
		return true
	}
	return u.Scheme == "https" && (inHosts(metaHosts, u.Hostname()) || inHosts(c.cfg.MediaHosts, u.Hostname()))
}

func inHosts(list []string, host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	for _, h := range list {
		h = strings.ToLower(h)
		if host == h || strings.HasPrefix(h, ".") && strings.HasSuffix(host, h) {
			return true
		}
	}
	return false
}

// capped fails once more has been read than is allowed.
type capped struct {
	io.ReadCloser
	left int64
}

func (c *capped) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	if c.left -= int64(n); c.left < 0 {
		return 0, ErrMediaTooLarge
	}
	return n, err
}

// Upload stores a file with Meta for 30 days and returns a reference that a message may
// carry. The reference belongs to the number that uploaded it. Kinds and sizes beyond what
// WhatsApp sends are refused with [ErrMediaTooLarge] before any call; other errors are
// *[channel.SendError]s. File.MIME decides as what it can be sent.
func (c *Connector) Upload(ctx context.Context, number string, file File) (channel.MediaRef, error) {
	var none channel.MediaRef
	id, ok := c.ids[number]
	if !ok || file.MIME == "" || strings.ContainsAny(file.MIME, "\r\n") || file.Body == nil {
		return none, errors.New("cloudapi: upload: needs a number of this connector, a MIME type and a body")
	}
	limit := min(c.cfg.MaxMedia, maxSize(file.MIME))
	data, err := io.ReadAll(io.LimitReader(file.Body, limit+1))
	if err != nil {
		return none, fmt.Errorf("cloudapi: upload: %w", err)
	}
	if int64(len(data)) > limit {
		return none, fmt.Errorf("%w: %s may have %d bytes", ErrMediaTooLarge, file.MIME, limit)
	}
	body, contentType, err := form(file, data)
	if err != nil {
		return none, fmt.Errorf("cloudapi: upload: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.address(id+"/media"), body)
	if err != nil {
		return none, fmt.Errorf("cloudapi: upload: %w", err)
	}
	req.Header.Set("Content-Type", contentType)
	answer, err := c.doWithin(ctx, req)
	if err != nil {
		return none, c.classify(err, id, "")
	}
	ref := channel.MediaRef{MIME: file.MIME, Filename: file.Name}
	if json.Valid(answer) {
		ref.ID = readString(&scanner{b: answer}, "id")
	}
	if ref.ID == "" {
		return none, errors.New("cloudapi: upload: the answer names no media")
	}
	return ref, nil
}

// File is a file to upload.
type File struct {
	Name string // shown for documents
	MIME string // such as "image/jpeg"
	Body io.Reader
}

// maxSize is Meta's limit for a file of a type, in bytes.
func maxSize(mime string) int64 {
	switch {
	case mime == "image/webp": // a sticker, animated
		return 500 << 10
	case strings.HasPrefix(mime, "image/"):
		return 5 << 20
	case strings.HasPrefix(mime, "audio/"), strings.HasPrefix(mime, "video/"):
		return 16 << 20
	}
	return 100 << 20
}

func form(file File, data []byte) (body *bytes.Buffer, contentType string, err error) {
	body = &bytes.Buffer{}
	w := multipart.NewWriter(body)
	name := file.Name
	if name == "" {
		name = "file"
	}
	err = errors.Join(w.WriteField("messaging_product", "whatsapp"), w.WriteField("type", file.MIME))
	part, perr := w.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {multipart.FileContentDisposition("file", name)},
		"Content-Type":        {file.MIME},
	})
	if err = errors.Join(err, perr); err != nil {
		return nil, "", err
	}
	_, werr := part.Write(data)
	return body, w.FormDataContentType(), errors.Join(werr, w.Close())
}
