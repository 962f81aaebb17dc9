package cloudapitest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strconv"
)

// linkPath is where files are downloaded, without a version.
const linkPath = "/lookaside/"

type file struct {
	mime string
	data []byte
}

type mediaStore struct {
	files    map[string]file   // by id
	links    map[string]string // token → id; gone when expired
	failures []int             // statuses of the next downloads
	lookups  int
}

// AddMedia stores a file, as if a customer had sent it, and returns its id.
func (s *Server) AddMedia(mime string, data []byte) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count.media++
	id := fmt.Sprintf("7%014d", s.count.media)
	s.media.files[id] = file{mime, data}
	return id
}

// FailMedia makes the next downloads answer with these statuses; 404 is what Meta says
// about an address older than five minutes.
func (s *Server) FailMedia(statuses ...int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.media.failures = append(s.media.failures, statuses...)
}

// MediaLookups is how often the address of a file was asked for.
func (s *Server) MediaLookups() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.media.lookups
}

// lookup serves GET /{media-id}.
func (s *Server) lookup(w http.ResponseWriter, r *http.Request, id string) {
	s.mu.Lock()
	f, ok := s.media.files[id]
	s.media.lookups++
	token := fmt.Sprintf("%s-%d", id, s.media.lookups)
	s.media.links[token] = id
	s.mu.Unlock()
	if !ok {
		refuse(w, graphError(100, "no such media"))
		return
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	sum := sha256.Sum256(f.data)
	answer(w, http.StatusOK, map[string]any{
		"messaging_product": "whatsapp", "id": id, "mime_type": f.mime,
		"url":    scheme + "://" + r.Host + linkPath + token,
		"sha256": hex.EncodeToString(sum[:]), "file_size": strconv.Itoa(len(f.data)),
	})
}

// download serves the address that lookup gave. It wants the token too.
func (s *Server) download(w http.ResponseWriter, r *http.Request, token string) {
	s.mu.Lock()
	id, ok := s.media.links[token]
	f := s.media.files[id]
	status := http.StatusOK
	if len(s.media.failures) > 0 {
		status, s.media.failures = s.media.failures[0], s.media.failures[1:]
	}
	s.mu.Unlock()
	switch {
	case r.Header.Get("Authorization") != "Bearer "+s.cfg.AccessToken:
		w.WriteHeader(http.StatusUnauthorized)
	case !ok:
		w.WriteHeader(http.StatusNotFound)
	case status != http.StatusOK:
		w.WriteHeader(status)
	default:
		w.Header().Set("Content-Type", f.mime)
		_, _ = w.Write(f.data)
	}
}

// upload serves POST /{number}/media.
func (s *Server) upload(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseMultipartForm(100 << 20); err != nil {
		refuse(w, graphError(100, "not a multipart form: "+err.Error()))
		return
	}
	in, head, err := r.FormFile("file")
	if err != nil || r.FormValue("messaging_product") != "whatsapp" || head.Header.Get("Content-Type") == "" {
		refuse(w, graphError(100, "messaging_product and a file with a type are needed"))
		return
	}
	defer func() { _ = in.Close() }()
	data, err := io.ReadAll(in)
	if err != nil {
		return
	}
	answer(w, http.StatusOK, map[string]any{"id": s.AddMedia(head.Header.Get("Content-Type"), data)})
}
