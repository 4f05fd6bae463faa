package server

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

func TestClient(t *testing.T) {
	t.Parallel()
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:1::/48"), netip.MustParsePrefix("192.0.2.7/32")}
	for _, c := range []struct{ name, from, forwarded, want string }{
		{"nobody in between", "198.51.100.4:4711", "", "198.51.100.4:4711"},
		{"a stranger who says to be somebody else", "198.51.100.4:4711", "203.0.113.1", "198.51.100.4:4711"},
		{"a stranger who says to come from a proxy", "198.51.100.4:4711", "203.0.113.1, 10.0.0.1", "198.51.100.4:4711"},
		{"a proxy", "10.1.2.3:80", "203.0.113.1", "203.0.113.1:0"},
		{"two proxies", "10.1.2.3:80", "203.0.113.1, 192.0.2.7", "203.0.113.1:0"},
		{"what the client made up is not read", "10.1.2.3:80", "1.1.1.1, 203.0.113.1, 192.0.2.7", "203.0.113.1:0"},
		{"nor is a trusted address that it made up", "10.1.2.3:80", "10.9.9.9, 203.0.113.1", "203.0.113.1:0"},
		{"in several lines", "10.1.2.3:80", "1.1.1.1\n203.0.113.1\n10.4.4.4", "203.0.113.1:0"},
		{"a proxy that tells nothing", "10.1.2.3:80", "", "10.1.2.3:0"},
		{"only proxies: the farthest", "10.1.2.3:80", "10.7.7.7, 10.8.8.8", "10.7.7.7:0"},
		{"nonsense next to the proxy", "10.1.2.3:80", "203.0.113.1, <script>", "10.1.2.3:0"},
		{"nonsense farther off", "10.1.2.3:80", "unknown, 10.8.8.8", "10.8.8.8:0"},
		{"an empty entry", "10.1.2.3:80", "203.0.113.1,,", "10.1.2.3:0"},
		{"with a port", "10.1.2.3:80", "203.0.113.1:5060", "203.0.113.1:0"},
		{"IPv6", "[2001:db8:1::5]:80", "2001:db8:2::1", "[2001:db8:2::1]:0"},
		{"IPv6 with a port", "[2001:db8:1::5]:80", "[2001:db8:2::1]:443", "[2001:db8:2::1]:0"},
		{"IPv6 in brackets", "[2001:db8:1::5]:80", "[2001:db8:2::1]", "[2001:db8:2::1]:0"},
		{"IPv4 written as IPv6", "[::ffff:10.1.2.3]:80", "::ffff:203.0.113.1", "203.0.113.1:0"},
		{"no address of a network", "@", "203.0.113.1", "@"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.from
		for line := range strings.SplitSeq(c.forwarded, "\n") {
			r.Header.Add("X-Forwarded-For", line)
		}
		if got := client(r, trusted); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestTrustedProxies: everything behind the routes is told the client, and the header counts for nothing where
// nobody is trusted.
func TestTrustedProxies(t *testing.T) {
	t.Parallel()
	tell := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.RemoteAddr) })
	for _, c := range []struct {
		trusted []netip.Prefix
		want    string
	}{{nil, "192.0.2.1:1234"}, {[]netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, "203.0.113.1:0"}} {
		s, log := newTest(t, func(cfg *Config) {
			cfg.API, cfg.Console, cfg.TrustedProxies, cfg.LogRequests = tell, tell, c.trusted, true
		})
		for _, path := range []string{"/v2", "/users"} {
			r := httptest.NewRequest(http.MethodPost, path, nil)
			r.Header.Set("X-Forwarded-For", "203.0.113.1")
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if w.Body.String() != c.want {
				t.Errorf("%s is told %s, want %s", path, w.Body, c.want)
			}
		}
		if !strings.Contains(log.String(), `"remote":"`+c.want+`"`) {
			t.Errorf("the log tells %s", log)
		}
	}
}
