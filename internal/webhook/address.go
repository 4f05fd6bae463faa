package webhook

import (
	"errors"
	"net/netip"
	"syscall"
)

// errPrivate is the error of a connection to an address that is not public.
var errPrivate = errors.New("the address is not public")

// onlyPublic looks at the address that is about to be connected to, after its name was resolved: a name
// that leads somewhere else the second time is looked at the second time.
func onlyPublic(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !isPublic(at.Addr()) {
		return errPrivate
	}
	return nil
}

// special are the ranges, besides those that netip knows, that lead to no machine of the Internet, or to
// one by a way that ends in our network. See the IANA registries of special-purpose addresses.
var special = ranges(
	"0.0.0.0/8",       // this network
	"100.64.0.0/10",   // carriers' NAT
	"192.0.0.0/24",    // protocol assignments
	"192.0.2.0/24",    // documentation
	"192.88.99.0/24",  // 6to4 relays
	"198.18.0.0/15",   // benchmarks
	"198.51.100.0/24", // documentation
	"203.0.113.0/24",  // documentation
	"240.0.0.0/4",     // reserved, broadcast
	"::/96",           // IPv4 in its old disguise
	"64:ff9b:1::/48",  // NAT64 of one's own
	"100::/64",        // nowhere
	"2001::/23",       // protocol assignments, Teredo
	"2001:db8::/32",   // documentation
	"2002::/16",       // 6to4
	"3fff::/20",       // documentation
	"5f00::/16",       // segment routing
	"fec0::/10",       // sites, as they were once
)

// nat64 leads to the IPv4 address in its last four bytes.
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

func ranges(texts ...string) (all []netip.Prefix) {
	for _, text := range texts {
		all = append(all, netip.MustParsePrefix(text))
	}
	return all
}

// isPublic reports whether an address is one of the Internet's.
func isPublic(a netip.Addr) bool {
	a = a.WithZone("").Unmap()
	if nat64.Contains(a) {
		b := a.As16()
		a = netip.AddrFrom4([4]byte(b[12:]))
	}
	if !a.IsGlobalUnicast() || a.IsPrivate() { // neither loopback, nor link-local (169.254.169.254), nor multicast, nor unspecified
		return false
	}
	for _, r := range special {
		if r.Contains(a) {
			return false
		}
	}
	return true
}
