// Package static holds the files every page needs (style sheet, scripts, icons)
// inside the binary, and serves them under names that change with their content,
// so that a browser may keep each of them for ever.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Prefix is the path below which [Handler] expects to be mounted.
const Prefix = "/static/"

//go:embed app.css plan.css invoice.css app.js htmx.min.js favicon.svg favicon.ico
var embedded embed.FS

// contentTypes are written down rather than asked of the machine, whose own table
// may lack or contradict them; with nosniff a wrong type is a broken page.
var contentTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
	".ico": "image/x-icon",
}

// file is one embedded file, ready to be served.
type file struct {
	contentType string
	etag        string
	plain       []byte
	gzipped     []byte // nil where compression gains nothing
}

// urls are the hashed paths by plain name. They are made when first asked for, as
// most commands of the program never serve a page.
var urls = sync.OnceValue(func() map[string]string {
	m := make(map[string]string)
	for name, content := range contents() {
		sum := sha256.Sum256(content)
		ext := path.Ext(name)
		m[name] = Prefix + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext
	}
	return m
})

// files are the same files by hashed path, compressed once.
var files = sync.OnceValue(func() map[string]file {
	m := make(map[string]file)
	for name, content := range contents() {
		url := urls()[name]
		m[url] = file{
			contentType: contentTypes[path.Ext(name)],
			etag:        strconv.Quote(path.Base(url)),
			plain:       content,
			gzipped:     compress(content),
		}
	}
	return m
})

// URL answers the path of a file, such as /static/app.4f0c2a91b3d7.css for
// "app.css". It panics on a name that is not embedded: that is a slip in a
// template, which the first test to render the page must not survive.
func URL(name string) string {
	url, known := urls()[name]
	if !known {
		panic(fmt.Sprintf("static: no file %q", name))
	}
	return url
}

// Handler serves the files below [Prefix], each under its hashed name only: any
// other name is 404, so that no file is ever cached under a name that could come
// to mean something else.
func Handler() http.Handler { return http.HandlerFunc(serve) }

func serve(w http.ResponseWriter, r *http.Request) {
	f, known := files()[r.URL.Path]
	if !known {
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.contentType)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	h.Set("ETag", f.etag)
	body := f.plain
	if f.gzipped != nil && acceptsGzip(r.Header.Values("Accept-Encoding")) {
		h.Set("Content-Encoding", "gzip")
		h.Set("ETag", strings.TrimSuffix(f.etag, `"`)+`.gz"`)
		body = f.gzipped
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// acceptsGzip tells whether a client lists gzip, or anything, without refusing it
// by a quality of 0.
func acceptsGzip(headers []string) bool {
	for offer := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		coding, parameters, _ := strings.Cut(offer, ";")
		if coding = strings.ToLower(strings.TrimSpace(coding)); coding != "gzip" && coding != "*" {
			continue
		}
		quality, given := strings.CutPrefix(strings.ReplaceAll(parameters, " ", ""), "q=")
		q, err := strconv.ParseFloat(quality, 64)
		return !given || err == nil && q > 0
	}
	return false
}

// compress answers the gzipped content, or nil where that saves less than a tenth.
func compress(content []byte) []byte {
	var b bytes.Buffer
	// Neither error can happen: the level is valid and a buffer takes everything.
	zw, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	zw.Write(content)
	zw.Close()
	if b.Len() > len(content)*9/10 {
		return nil
	}
	return b.Bytes()
}

// contents are the embedded files by name.
func contents() map[string][]byte {
	m := make(map[string][]byte)
	entries, err := fs.ReadDir(embedded, ".")
	if err != nil {
		panic(err) // an embedded file system has a root
	}
	for _, entry := range entries {
		content, err := fs.ReadFile(embedded, entry.Name())
		if err != nil {
			panic(err)
		}
		m[entry.Name()] = content
	}
	return m
}
