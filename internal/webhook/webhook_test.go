package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/work"
)

var now = time.Date(2026, 11, 2, 10, 0, 0, 0, time.UTC)

// TestIsPublic is the table of addresses.
func TestIsPublic(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"1.1.1.1": true, "93.184.216.34": true, "172.32.0.1": true, "100.128.0.1": true, "2606:4700::1111": true, "2a00:1450:4001::1": true,
		"127.0.0.1": false, "127.8.8.8": false, "0.0.0.0": false, "0.1.2.3": false, "10.1.2.3": false, "172.16.0.1": false, "172.31.255.255": false,
		"192.168.1.1": false, "169.254.169.254": false, "169.254.1.1": false, "100.64.0.1": false, "100.127.255.255": false, "224.0.0.1": false,
		"239.1.1.1": false, "255.255.255.255": false, "240.0.0.1": false, "192.0.0.192": false, "198.18.0.1": false, "203.0.113.1": false,
		"::": false, "::1": false, "fe80::1": false, "fe80::1%eth0": false, "fc00::1": false, "fd00:ec2::254": false, "ff02::1": false, "fec0::1": false,
		"::ffff:127.0.0.1": false, "::ffff:169.254.169.254": false, "::ffff:10.0.0.1": false, "::ffff:1.1.1.1": true, "::127.0.0.1": false,
		"64:ff9b::7f00:1": false, "64:ff9b::a9fe:a9fe": false, "64:ff9b::a00:1": false, "64:ff9b::101:101": true, "64:ff9b:1::101:101": false,
		"2002:7f00:1::": false, "2001:0:1::1": false, "2001:db8::1": false, "100::1": false,
	} {
		if got := isPublic(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: public %t, want %t", address, got, want)
		}
	}
	for _, address := range []string{"", "nonsense", "127.0.0.1:80", "[::ffff:a9fe:a9fe]:80", "[fe80::1%lo]:80"} {
		if err := onlyPublic("tcp", address, nil); err == nil {
			t.Errorf("%q may be connected to", address)
		}
	}
}

// TestPrivate holds that nothing reaches a private address, by whatever name.
func TestPrivate(t *testing.T) {
	t.Parallel()
	reached := make(chan string, 100)
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { reached <- r.Host }))
	t.Cleanup(srv.Close)
	_, port, _ := net.SplitHostPort(srv.Listener.Addr().String())
	s := New(Config{Now: func() time.Time { return now }})
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "[::]", "127.1.1.1", "0x7f.0.0.1", "2130706433"} {
		err := s.Challenge(t.Context(), "http://"+host+":"+port+"/")
		e := work.ErrorOf(err)
		if e.Code != work.CodeInvalid || e.Field != "url" {
			t.Errorf("%s: %v", host, err)
		}
	}
	if err := s.Challenge(t.Context(), srv.URL); !strings.Contains(fmt.Sprint(err), "public address") {
		t.Errorf("the error does not say why: %v", err)
	}
	if len(reached) > 0 {
		t.Errorf("reached as %s", <-reached)
	}
}

func TestChallenge(t *testing.T) {
	t.Parallel()
	patient, hasty := New(Config{AllowPrivate: true, Timeout: time.Minute}), New(Config{AllowPrivate: true, Timeout: 200 * time.Millisecond})
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a redirect was followed") }))
	t.Cleanup(elsewhere.Close)
	const closed = "http://127.0.0.1:1/"
	echo := func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) }
	for _, c := range []struct {
		name    string
		handler http.HandlerFunc
		want    string // in the error; "": none
	}{
		{"echo", echo, ""},
		{"with more", func(w http.ResponseWriter, r *http.Request) {
			var in map[string]string
			if err := json.NewDecoder(r.Body).Decode(&in); err != nil || r.Method != "POST" || r.Header.Get("Content-Type") != "application/json" || len(in) != 1 || len(in["challenge"]) < 20 {
				t.Errorf("%s %v: %v, %v", r.Method, r.Header, in, err)
			}
			json.NewEncoder(w).Encode(map[string]any{"challenge": in["challenge"], "ok": true})
		}, ""},
		{"another challenge", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"challenge":"x"}`) }, "another challenge"},
		{"no JSON", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `ok`) }, "with JSON"},
		{"nothing", func(http.ResponseWriter, *http.Request) {}, "with JSON"},
		{"created", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(201); echo(w, r) }, "status 201"},
		{"broken", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(500) }, "status 500"},
		{"redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		}, "status 307"},
		{"hangs", func(_ http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body); <-r.Context().Done() }, "within 200ms"},
		{"endless", func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := io.WriteString(w, strings.Repeat(" ", 1000)); err != nil {
					return
				}
			}
		}, "with JSON"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewServer(c.handler)
			t.Cleanup(srv.Close)
			s := patient
			if c.name == "hangs" {
				s = hasty
			}
			err := s.Challenge(t.Context(), srv.URL)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
			if err != nil && (work.ErrorOf(err).Code != work.CodeInvalid || work.ErrorOf(err).Field != "url") {
				t.Errorf("%#v", err)
			}
		})
	}
	for url, want := range map[string]string{closed: "no connection", "http://[::1": "no connection", "": "no connection"} {
		if err := patient.Challenge(t.Context(), url); !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("%q: %v", url, err)
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := patient.Challenge(gone, closed); !errors.Is(err, context.Canceled) {
		t.Errorf("nobody waits: %v", err)
	}
}

// service is a work.Service that has postings due. Those that fail are not due again.
type service struct {
	mu      sync.Mutex
	due     []work.Posting
	signal  chan struct{}
	settled chan settled
}

type settled struct {
	id string
	ok bool
}

func newService(due ...work.Posting) *service {
	return &service{due: due, signal: make(chan struct{}, 1), settled: make(chan settled, 1000)}
}

func (s *service) ClaimDeliveries(_ context.Context, limit int) ([]work.Posting, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := min(limit, len(s.due))
	out := s.due[:n:n]
	s.due = s.due[n:]
	return out, nil
}

func (s *service) SettleDelivery(ctx context.Context, p work.Posting, ok bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.settled <- settled{p.ID, ok}
	return nil
}

func (s *service) Deliveries() <-chan struct{} { return s.signal }

func (s *service) add(due ...work.Posting) {
	s.mu.Lock()
	s.due = append(s.due, due...)
	s.mu.Unlock()
	s.signal <- struct{}{}
}

// posting is one to be sent to url.
func posting(id, url string) work.Posting {
	return work.Posting{ID: id, Account: 77, Webhook: 5, URL: url, Body: `{"event":{"userId":42,"boardId":1}}`, Secret: []byte("a secret of thirty-two bytes ...")}
}

// running runs a sender until the test ends, and tells how to stop it before.
func running(t *testing.T, s *Sender, svc *service) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); s.Run(ctx, svc) }()
	stop = func() { cancel(); <-done }
	t.Cleanup(stop)
	return stop
}

func (s *service) next(t *testing.T) settled {
	t.Helper()
	select {
	case got := <-s.settled:
		return got
	case <-time.After(time.Minute):
		t.Fatal("nothing was settled")
		return settled{}
	}
}

// sender is one that may post to this machine, and waits to be told.
func sender(timeout time.Duration) *Sender {
	return New(Config{AllowPrivate: true, Timeout: timeout, Poll: time.Hour, Now: func() time.Time { return now }})
}

// TestDelivery is what a receiver gets.
func TestDelivery(t *testing.T) {
	t.Parallel()
	type request struct {
		header http.Header
		body   string
	}
	got := make(chan request, 2)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- request{r.Header, string(body)}
		w.WriteHeader(204)
	}))
	t.Cleanup(srv.Close)
	svc := newService()
	running(t, sender(time.Minute), svc)
	p := posting("a", srv.URL+"/hook?x=1")
	svc.add(p)
	r := <-got
	if r.body != p.Body || r.header.Get("Content-Type") != "application/json" || r.header.Get("X-Lunedi-Delivery") != "a" {
		t.Errorf("%+v", r)
	}
	mac := hmac.New(sha256.New, p.Secret)
	io.WriteString(mac, p.Body)
	if want := "sha256=" + hex.EncodeToString(mac.Sum(nil)); r.header.Get("X-Lunedi-Signature") != want {
		t.Errorf("signature %q, want %q", r.header.Get("X-Lunedi-Signature"), want)
	}
	parts := strings.Split(r.header.Get("Authorization"), ".")
	if len(parts) != 3 {
		t.Fatalf("Authorization: %v", parts)
	}
	mac = hmac.New(sha256.New, p.Secret)
	io.WriteString(mac, parts[0]+"."+parts[1])
	if parts[2] != base64.RawURLEncoding.EncodeToString(mac.Sum(nil)) {
		t.Error("the token is not signed with the secret")
	}
	head, _ := base64.RawURLEncoding.DecodeString(parts[0])
	payload, _ := base64.RawURLEncoding.DecodeString(parts[1])
	if string(head) != `{"alg":"HS256","typ":"JWT"}` || string(payload) != fmt.Sprintf(`{"accountId":77,"userId":42,"aud":%q,"exp":%d,"iat":%d}`, p.URL, now.Unix()+300, now.Unix()) {
		t.Errorf("%s %s", head, payload)
	}
	if got := svc.next(t); got != (settled{"a", true}) {
		t.Errorf("%+v", got)
	}
	p.ID, p.Secret = "b", nil
	svc.add(p)
	if r = <-got; r.header.Get("Authorization") != "" || r.header.Get("X-Lunedi-Signature") != "" {
		t.Errorf("signed without a secret: %v", r.header)
	}
}

// TestTokenVector holds the signature against the example of RFC 7515, A.1.
func TestTokenVector(t *testing.T) {
	t.Parallel()
	key, err := base64.RawURLEncoding.DecodeString("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
	if err != nil {
		t.Fatal(err)
	}
	const text = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
	if got := base64.RawURLEncoding.EncodeToString(sum(key, text)); got != "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" {
		t.Error(got)
	}
}

// TestOutcomes says which answers count as taken.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var status int
		fmt.Sscan(strings.TrimPrefix(r.URL.Path, "/"), &status)
		if status >= 300 && status < 400 {
			w.Header().Set("Location", "/200")
		}
		if status == 0 {
			io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
			return
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(srv.Close)
	svc, hasty := newService(), newService()
	running(t, sender(time.Minute), svc)
	running(t, sender(300*time.Millisecond), hasty)
	for path, want := range map[string]bool{"200": true, "201": true, "204": true, "299": true, "301": false, "302": false, "307": false, "308": false, "400": false, "404": false, "410": false, "429": false, "500": false, "503": false} {
		svc.add(posting(path, srv.URL+"/"+path))
		if got := svc.next(t); got != (settled{path, want}) {
			t.Errorf("%s: %+v", path, got)
		}
	}
	hasty.add(posting("silent", srv.URL+"/0"))
	if got := hasty.next(t); got != (settled{"silent", false}) {
		t.Errorf("%+v", got)
	}
	svc.add(posting("nowhere", "http://127.0.0.1:1/"))
	if got := svc.next(t); got != (settled{"nowhere", false}) {
		t.Errorf("%+v", got)
	}
}

// TestSlowReceiver holds that those who are quick do not wait for one that is not, however much it is sent.
func TestSlowReceiver(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(slow.Close)
	quick := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(quick.Close)
	var due []work.Posting
	for i := range 300 {
		due = append(due, posting(fmt.Sprint("slow ", i), slow.URL))
	}
	due = append(due, posting("quick", quick.URL))
	svc := newService(due...)
	running(t, sender(time.Minute), svc)
	for put := 0; ; put++ {
		got := svc.next(t)
		if got.id == "quick" {
			if !got.ok {
				t.Error("the quick one was not delivered")
			}
			break
		}
		if got.ok || put > 300 {
			t.Fatalf("%+v", got)
		}
	}
	close(release)
}

// TestBounds counts how many postings are made at once.
func TestBounds(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	open, most := 0, 0
	hosts := map[string]int{}
	mostOfHost := 0
	arrived := make(chan struct{}, 100)
	release := make(chan struct{})
	handler := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		open++
		hosts[r.Host]++
		most, mostOfHost = max(most, open), max(mostOfHost, hosts[r.Host])
		mu.Unlock()
		arrived <- struct{}{}
		<-release
		mu.Lock()
		open--
		hosts[r.Host]--
		mu.Unlock()
	})
	svc := newService()
	for i := range 6 {
		srv := httptest.NewServer(handler)
		t.Cleanup(srv.Close)
		for j := range 4 {
			svc.due = append(svc.due, posting(fmt.Sprint(i, " ", j), srv.URL))
		}
	}
	running(t, sender(time.Minute), svc)
	for range atOnce {
		<-arrived
	}
	close(release)
	for range 24 {
		if got := svc.next(t); !got.ok {
			t.Errorf("%+v", got)
		}
	}
	if most != atOnce || mostOfHost > perHost {
		t.Errorf("%d at once, %d to one host", most, mostOfHost)
	}
}

// TestStop lets what is being posted finish and leaves the rest.
func TestStop(t *testing.T) {
	t.Parallel()
	arrived, release := make(chan struct{}, 10), make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { arrived <- struct{}{}; <-release }))
	t.Cleanup(srv.Close)
	svc := newService(posting("1", srv.URL), posting("2", srv.URL), posting("3", srv.URL))
	s := sender(time.Minute)
	s.grace = time.Minute
	stop := running(t, s, svc)
	<-arrived
	<-arrived
	stopped := make(chan struct{})
	go func() { stop(); close(stopped) }()
	if got := svc.next(t); got != (settled{"3", false}) { // which never began
		t.Errorf("%+v", got)
	}
	close(release)
	<-stopped
	for range 2 {
		if got := svc.next(t); !got.ok {
			t.Errorf("%+v", got)
		}
	}
}

// TestStopHangs does not wait for a receiver that never answers.
func TestStopHangs(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{}, 10)
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		arrived <- struct{}{}
		<-r.Context().Done()
	}))
	t.Cleanup(srv.Close)
	svc := newService(posting("1", srv.URL))
	stop := running(t, sender(time.Hour), svc)
	<-arrived
	stop()
	if got := svc.next(t); got != (settled{"1", false}) {
		t.Errorf("%+v", got)
	}
}

// TestStale leaves alone what was claimed so long ago that somebody else may have it by now.
func TestStale(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	var mu sync.Mutex
	clock, seen := now, 0
	arrived := make(chan struct{}, 10)
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		mu.Lock()
		seen++
		mu.Unlock()
		arrived <- struct{}{}
		<-release
	}))
	t.Cleanup(srv.Close)
	svc := newService(posting("1", srv.URL), posting("2", srv.URL), posting("3", srv.URL))
	s := New(Config{AllowPrivate: true, Timeout: time.Minute, Poll: time.Hour, Now: func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return clock
	}})
	stop := running(t, s, svc)
	<-arrived
	<-arrived
	mu.Lock()
	clock = clock.Add(work.PostingClaim)
	mu.Unlock()
	close(release)
	for range 2 {
		svc.next(t)
	}
	stop()
	if seen != 2 || len(svc.settled) > 0 {
		t.Errorf("%d were posted", seen)
	}
}

// TestProxy holds that the environment's proxy is not asked.
func TestProxy(t *testing.T) {
	t.Parallel()
	if New(Config{}).client.Transport.(*http.Transport).Proxy != nil {
		t.Error("there is a proxy")
	}
}
