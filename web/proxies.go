package web

import (
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/labstack/echo/v4"
)

// ParseProxies reads the addresses of proxies, separated by commas: single ones, or
// networks such as 10.0.0.0/8.
func ParseProxies(s string) ([]netip.Prefix, error) {
	var proxies []netip.Prefix
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		prefix, err := netip.ParsePrefix(part)
		if address, single := netip.ParseAddr(part); single == nil && address.Zone() == "" {
			prefix, err = netip.PrefixFrom(address.Unmap(), address.Unmap().BitLen()), nil
		}
		switch {
		case err != nil:
			return nil, fmt.Errorf("%q is not an address or a network. Write them like 10.0.0.5 or 10.0.0.0/8, with commas between them", part)
		case prefix != prefix.Masked():
			return nil, fmt.Errorf("%s is an address with the size of a network. Write %s for the network, or %s for the one address", part, prefix.Masked(), prefix.Addr())
		case prefix.Bits() == 0:
			return nil, fmt.Errorf("%s is everybody, and anybody could make up where they come from. Name the proxy's address", part)
		}
		proxies = append(proxies, prefix)
	}
	return proxies, nil
}

// loopback is where a proxy is believed that stands on the same machine.
var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

// clientAddress answers how the address is found that a request came from. Without
// proxies it is the other end of the connection, since anybody can write anything into a
// header. With them it is looked for from the end of X-Forwarded-For, where the nearest
// proxy has written whom it heard, and only as far as a proxy says it that is believed.
func clientAddress(proxies []netip.Prefix) echo.IPExtractor {
	trust := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range proxies {
		trust = append(trust, echo.TrustIPRange(&net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}))
	}
	return echo.ExtractIPFromXFFHeader(trust...)
}
