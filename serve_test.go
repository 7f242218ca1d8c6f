package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const testPassword = "correct horse battery"

func TestServe(t *testing.T) {
	p := newPlace(t)
	server := p.serve()
	link := value(t, server.line()+"\n", "set up")
	if !strings.HasPrefix(link, server.url+"/setup?token=") {
		t.Fatalf("the link is %q", link)
	}
	b := browser(t)
	response, err := b.Get(link)
	wantPage(t, response, err, "Set up Billfold")
	at, _ := url.Parse(link)
	response, err = b.PostForm(server.url+"/setup", url.Values{
		"token": {at.Query().Get("token")}, "email": {"ada@example.com"}, "userName": {"Ada Lovelace"}, "password": {testPassword},
		"name": {"Gerätewerk"}, "currency": {"EUR"}, "timezone": {"Europe/Berlin"}, "vatMode": {"none"}, "terms": {"14"},
	})
	wantPage(t, response, err, "Gerätewerk")

	for _, file := range []string{"billfold.db", "billfold.keys"} {
		info, err := os.Stat(filepath.Join(p.dir, file))
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s has mode %04o", file, mode)
		}
	}
	// What was answered is there after a kill, and so is the session.
	server.cmd.Process.Kill()
	server.cmd.Wait()
	server = p.serve("serve")
	other := browser(t)
	response, err = other.PostForm(server.url+"/sign-in", url.Values{"email": {"ada@example.com"}, "password": {testPassword}})
	wantPage(t, response, err, "Gerätewerk")
	if rest := server.stop(syscall.SIGTERM); len(rest) != 0 {
		t.Errorf("one that is set up prints %q", rest)
	}
}

func TestStopFinishesRequests(t *testing.T) {
	for _, signal := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		server := newPlace(t).serve()
		body := "email=ada%40example.com&password=wrong"
		conn, err := net.Dial("tcp", strings.TrimPrefix(server.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprintf(conn, "POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n", len(body))
		io.WriteString(conn, body[:10])
		time.Sleep(200 * time.Millisecond) // the server has begun to read
		if err := server.cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		time.Sleep(200 * time.Millisecond)
		if second, err := net.Dial("tcp", conn.RemoteAddr().String()); err == nil {
			second.Close()
			t.Error("a stopping server takes new connections")
		}
		io.WriteString(conn, body[10:])
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		if response.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("status %d", response.StatusCode)
		}
		if err := server.cmd.Wait(); err != nil {
			t.Errorf("after %v: %v", signal, err)
		}
	}
}
