package web

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestLoadKeys(t *testing.T) {
	file := filepath.Join(t.TempDir(), "billfold.keys")
	// Servers that start at the same moment agree.
	const starts = 16
	loaded := make([][]byte, starts)
	var wg sync.WaitGroup
	for i := range starts {
		wg.Go(func() {
			keys, err := LoadKeys(file)
			if err != nil {
				t.Error(err)
			}
			loaded[i] = keys
		})
	}
	wg.Wait()
	for _, keys := range loaded {
		if len(keys) != keysLength || !bytes.Equal(keys, loaded[0]) {
			t.Fatalf("keys %x, want %x", keys, loaded[0])
		}
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o600 {
		t.Errorf("mode %04o", mode)
	}
	if files, _ := os.ReadDir(filepath.Dir(file)); len(files) != 1 {
		t.Errorf("left behind: %v", files)
	}
}

func TestLoadKeysRefuses(t *testing.T) {
	write := func(name string, length int, mode os.FileMode) string {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, make([]byte, length), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
		return file
	}
	for _, test := range []struct{ name, file, want string }{
		{"short", write("a", 63, 0o600), "has 63 bytes, not 64"},
		{"long", write("a", 65, 0o600), "has 65 bytes, not 64"},
		{"empty", write("a", 0, 0o600), "has 0 bytes, not 64"},
		{"group", write("a", 64, 0o640), "can be read by others (mode 0640). Run: chmod 600"},
		{"world", write("a", 64, 0o604), "can be read by others (mode 0604). Run: chmod 600"},
		{"folder", filepath.Join(t.TempDir(), "none", "a"), "no such file or directory"},
	} {
		if _, err := LoadKeys(test.file); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
}
