package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// zeros is a body without end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// TestHugeBody: 100 MB are refused, without being kept in memory.
func TestHugeBody(t *testing.T) {
	t.Parallel()
	p := dev(t)
	for _, kind := range []string{"application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""} {
		req, err := http.NewRequest(http.MethodPost, p.url+"/v2", io.LimitReader(zeros{}, 100<<20))
		if err != nil {
			t.Fatal(err)
		}
		req.ContentLength = 100 << 20
		req.Header.Set("Authorization", "dev-admin")
		req.Header.Set("Content-Type", kind)
		resp, err := http.DefaultClient.Do(req)
		if err != nil { // refused while it was still being sent
			if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, syscall.EPIPE) {
				t.Errorf("%s: %v", kind, err)
			}
			continue
		}
		b, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode < 400 || resp.StatusCode >= 500 || !strings.Contains(string(b), `"errors"`) {
			t.Errorf("%s: status %d: %s", kind, resp.StatusCode, b)
		}
	}
	p.ask(t, "dev-admin", "{ me { id } }")
	if peak := peakMemory(t, p); peak > 200<<20 {
		t.Errorf("it took %d MB", peak>>20)
	}
}

var highWater = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// peakMemory is the most memory that a process has had, 0 where the system does not tell.
func peakMemory(t *testing.T, p *process) int {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	m := highWater.FindSubmatch(b)
	if m == nil {
		return 0
	}
	kb, err := strconv.Atoi(string(m[1]))
	if err != nil {
		t.Fatal(err)
	}
	return kb << 10
}

// TestSlowClients: hundreds who send a byte now and then do not keep the others waiting, nor the server from ending.
func TestSlowClients(t *testing.T) {
	t.Parallel()
	p := start(t, lunedi(t.TempDir(), nil, "serve", "--listen", "127.0.0.1:0", "--shutdown-timeout", "100ms"))
	token := p.firstToken(t)
	slow := func(header bool) {
		conn, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		io.WriteString(conn, "POST /v2 HTTP/1.1\r\nHost: x\r\n")
		if header {
			io.WriteString(conn, "Authorization: "+token+"\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")
		}
	}
	for i := range 300 {
		slow(i%2 == 0)
	}
	for range 100 {
		p.ask(t, token, "{ me { id } }")
	}
	if peak := peakMemory(t, p); peak > 200<<20 {
		t.Errorf("it took %d MB", peak>>20)
	}
	slow(true) // however long that took, one is there yet
	awaitInFlight(t, p, 2)
	if code := p.stop(t); code != exitError || !strings.Contains(p.stderr.String(), "were cut off") {
		t.Errorf("exit code %d: %s", code, p.stderr)
	}
}
