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

// Whoever watches asks at an address of its own, until the last request is answered.
func TestWatch(t *testing.T) {
	p := newPlace(t)
	server := p.serve("--metrics-addr", "127.0.0.1:0", "--log", "json")
	server.line() // the set-up link
	metrics := value(t, server.line()+"\n", "metrics")
	get := func(url string) (status int, says string) {
		t.Helper()
		response, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, string(body)
	}
	if status, says := get(metrics); status != http.StatusOK || !strings.Contains(says, "billfold_writable 1") {
		t.Fatalf("%d %s", status, says)
	}
	ready := strings.TrimSuffix(metrics, "/metrics") + "/readyz"
	if status, says := get(ready); status != http.StatusOK || says != "ready\n" {
		t.Fatalf("%d %s", status, says)
	}
	address := strings.TrimPrefix(server.url, "http://")
	if out, _ := p.run(0, "", "health", "--addr", address); value(t, out, "health") != "ok" {
		t.Errorf("it says %s", out)
	}
	if out, _ := p.run(0, "", "health", "--addr", "http://"+address); value(t, out, "health") != "ok" {
		t.Errorf("asked at the address that serve prints, health says %q", out)
	}
	if out, _ := p.run(0, "", "health", "--ready", "--addr", address); value(t, out, "health") != "ready" {
		t.Errorf("it says %s", out)
	}

	under, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer under.Close()
	io.WriteString(under, "POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
	if _, err := bufio.NewReader(under).ReadString('\n'); err != nil { // the server has begun to read
		t.Fatal(err)
	}
	if err := server.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for {
		if conn, err := net.Dial("tcp", address); err != nil {
			break // it has begun to stop
		} else {
			conn.Close()
		}
	}
	if status, says := get(ready); status != http.StatusServiceUnavailable || says != "stopping\n" {
		t.Errorf("while stopping: %d %s", status, says)
	}
	io.WriteString(under, "a=b&c")
	if err := server.cmd.Wait(); err != nil {
		t.Error(err)
	}
	for _, message := range []string{`"msg":"start"`, `"database":"`, `"migrations":`, `"msg":"stopping"`, `"msg":"stopped"`} {
		if strings.Count(server.log.String(), message) != 1 {
			t.Errorf("the log has not one %s:\n%s", message, server.log)
		}
	}
	if strings.Contains(server.log.String(), "readyz") || strings.Contains(server.log.String(), "healthz") {
		t.Errorf("questions after its health are logged:\n%s", server.log)
	}
}
