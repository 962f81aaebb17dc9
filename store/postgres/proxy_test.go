package postgres_test

import (
	"io"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// fault is what a proxy does to its connections.
type fault int

const (
	none fault = iota
	hang       // forward nothing, and everything later: a server that is stopped
	drop       // forward nothing, ever, on connections of that time: a network that loses packets
	cut        // close connections, and new ones at once: a server that restarts
)

// proxy is a way to a server that can fail.
type proxy struct {
	listener net.Listener
	target   string

	mu    sync.Mutex
	cond  *sync.Cond
	fault fault
	dead  map[net.Conn]bool
	conns map[net.Conn]bool
}

func newProxy(t testing.TB, target string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &proxy{listener: l, target: target, dead: map[net.Conn]bool{}, conns: map[net.Conn]bool{}}
	p.cond = sync.NewCond(&p.mu)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(conn)
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		p.set(cut)
	})
	return p
}

// set changes the fault.
func (p *proxy) set(f fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = f
	for conn := range p.conns {
		switch f {
		case cut:
			_ = conn.Close()
		case drop:
			p.dead[conn] = true
		default:
		}
	}
	p.cond.Broadcast()
}

func (p *proxy) serve(conn net.Conn) {
	defer conn.Close()
	p.mu.Lock()
	refuse := p.fault == cut
	p.conns[conn] = true
	p.dead[conn] = p.fault == drop
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.conns, conn)
		delete(p.dead, conn)
	}()
	if refuse {
		return
	}
	server, err := net.Dial("tcp", p.target)
	if err != nil {
		return
	}
	defer server.Close()
	go func() {
		p.forward(conn, server, conn)
		_ = server.Close()
	}()
	p.forward(conn, conn, server)
}

// forward copies from one side to the other while the connection of the client may.
func (p *proxy) forward(client, to, from net.Conn) {
	buf := make([]byte, 1<<16)
	for {
		n, err := from.Read(buf)
		if n > 0 && (!p.wait(client) || write(to, buf[:n]) != nil) {
			return
		}
		if err != nil {
			return
		}
	}
}

func write(to io.Writer, data []byte) error {
	_, err := to.Write(data)
	return err
}

// wait returns when the connection may forward, with false when it is closed.
func (p *proxy) wait(client net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.conns[client] && p.fault != cut && (p.fault == hang || p.dead[client]) {
		p.cond.Wait()
	}
	return p.conns[client] && p.fault != cut
}
