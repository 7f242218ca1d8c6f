package web

import (
	"net"

	"golang.org/x/sys/unix"
)

// unsent answers how many bytes the other side has not taken yet, 0 where that can't be
// told.
func unsent(c *net.TCPConn) (bytes int) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0
	}
	err = raw.Control(func(fd uintptr) {
		if n, err := unix.IoctlGetInt(int(fd), unix.SIOCOUTQ); err == nil {
			bytes = n
		}
	})
	if err != nil {
		return 0 // it is closed
	}
	return bytes
}
