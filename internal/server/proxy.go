package server

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// client is the address a request comes from: who has connected or, where that is a trusted proxy, whom it
// asks for. X-Forwarded-For is read from its right end, where each proxy adds who connected to it, and over
// trusted proxies only: the first that is none is the client. What stands left of that may be anybody's
// invention. Where an entry is no address, whoever has passed it on is as far as is known.
func client(r *http.Request, trusted []netip.Prefix) string {
	at, ok := addressOf(r.RemoteAddr)
	if !ok || !isTrusted(at, trusted) {
		return r.RemoteAddr
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		next, ok := addressOf(strings.TrimSpace(hop))
		if !ok {
			break
		}
		if at = next; !isTrusted(at, trusted) {
			break
		}
	}
	return net.JoinHostPort(at.String(), "0") // as net/http writes addresses; the port is not told
}

// addressOf reads an address, with or without a port and brackets. Zones are of the machine that wrote them.
func addressOf(text string) (netip.Addr, bool) {
	if at, err := netip.ParseAddrPort(text); err == nil {
		return at.Addr().Unmap().WithZone(""), true
	}
	at, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]"))
	return at.Unmap().WithZone(""), err == nil
}

func isTrusted(at netip.Addr, trusted []netip.Prefix) bool {
	return slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(at) })
}
