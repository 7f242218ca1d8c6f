package main

import (
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestUsage(t *testing.T) {
	for _, test := range []struct {
		args string
		says string
	}{
		{"frobnicate", "unexpected argument frobnicate"},
		{"user", `expected one of "add", "password", "two-factor"`},
		{"user two-factor ada@example.com", "missing flags: --off"},
		{"--nothing", "unknown flag --nothing"},
		{"--today tomorrow", "Write it like 2026-11-22 or 2026-11-30T11:00:00Z"},
		{"serve --addr 8080", "Write it like 127.0.0.1:8080"},
		{"serve --addr :80800", "Write it like 127.0.0.1:8080"},
		{"serve --base-url billing.example.com", "for example https://billing.example.com"},
		{"serve --log xml", `must be one of "text","json"`},
		{"serve --trusted-proxy proxy.example.com", "Write them like 10.0.0.5 or 10.0.0.0/8"},
		{"serve --trusted-proxy 0.0.0.0/0", "is everybody"},
		{"serve --metrics-addr 9090", "Write it like 127.0.0.1:8080"},
		{"serve --log xml", "Run “billfold serve --help” to see"},
		{"user add", "Run “billfold user add --help” to see"},
		{"frobnicate", "Run “billfold --help” to see"},
		{"health --addr https://127.0.0.1:8080", "Write it like 127.0.0.1:8080"},
		{"health --addr 8080", "Write it like 127.0.0.1:8080"},
		{"serve --rate-limit=-1", "Write a whole number, 0 for no limit"},
		{"serve --rate-limit -3", `--rate-limit: "-3" is not a number of calls. Write a whole number`},
		{"serve --rate-limit", "Write a whole number, 0 for no limit"},
		{"--rate-limit many", "Write a whole number, 0 for no limit"},
		{"user add ada@example.com --role king", `must be one of "owner","admin","member"`},
		{"tenant add", "Name the business unit"},
		{"tenant add Acme --currency EURO", "Use its three-letter code, for example EUR"},
		{"tenant add Acme --timezone Berlin", "for example Europe/Berlin"},
		{"tenant add Acme --vat-mode some", `must be one of "none","exclusive","inclusive"`},
		{"tenant add Acme --vat-mode exclusive --vat-rate 200", "Write a percentage from 0 to 100"},
		{"tenant add Acme --terms 15", "Choose payment terms of 0, 7, 14 or 30 days."},
		{"backup", `expected "<file>"`},
		{"bill --json", "--json goes with --dry-run only"},
		{"bill --on tomorrow", "for example 2026-12-01"},
		{"verify --head abcd", "64 hexadecimal digits"},
	} {
		t.Run(test.args, func(t *testing.T) {
			p := newPlace(t)
			stdout, stderr := p.run(exitUsage, "", strings.Fields(test.args)...)
			if !strings.HasPrefix(stderr, "billfold: ") || !strings.Contains(stderr, test.says) {
				t.Errorf("it says %q, not %q", stderr, test.says)
			}
			if stdout != "" {
				t.Errorf("it prints %q", stdout)
			}
			if files, _ := os.ReadDir(p.dir); len(files) != 0 {
				t.Errorf("it leaves %v", files)
			}
		})
	}
}

func TestEnvironment(t *testing.T) {
	for variable, says := range map[string]string{
		"BILLFOLD_ADDR=8080":        "Write it like 127.0.0.1:8080",
		"BILLFOLD_BASE_URL=nowhere": "for example https://billing.example.com",
		"BILLFOLD_TRUSTED_PROXY=x":  "Write them like 10.0.0.5",
		"BILLFOLD_METRICS_ADDR=x":   "Write it like 127.0.0.1:8080",
		"BILLFOLD_LOG=xml":          `must be one of "text","json"`,
		"BILLFOLD_RATE_LIMIT=many":  "Write a whole number, 0 for no limit",
		"BILLFOLD_TODAY=tomorrow":   "Write it like 2026-11-22",
	} {
		_, stderr := newPlace(t, variable).run(exitUsage, "")
		if !strings.Contains(stderr, says) {
			t.Errorf("%s: it says %q, not %q", variable, stderr, says)
		}
		name, _, _ := strings.Cut(variable, "=")
		if strings.Count(stderr, name) != 1 || !strings.Contains(stderr, " ("+name+")") {
			t.Errorf("%s: it does not name the variable once beside its flag: %q", variable, stderr)
		}
	}
	// A flag that was typed is what counts, whatever the variable says.
	if _, stderr := newPlace(t, "BILLFOLD_LOG=json").run(exitUsage, "", "--log", "xml"); strings.Contains(stderr, "BILLFOLD_LOG") {
		t.Errorf("of a typed flag it says %q", stderr)
	}
	p := newPlace(t, "BILLFOLD_DATABASE=other.db", "BILLFOLD_CURRENCY=CHF", "BILLFOLD_VAT_MODE=exclusive", "BILLFOLD_VAT_RATE=8.1", "BILLFOLD_TERMS=30")
	p.run(0, "", "tenant", "add", "Acme")
	if _, err := os.Stat(filepath.Join(p.dir, "other.db")); err != nil {
		t.Error(err)
	}
	help := map[string][]string{
		"serve --help":           {"DATABASE", "TODAY", "ADDR", "KEYS", "BASE_URL", "TRUSTED_PROXY", "METRICS_ADDR", "LOG", "RATE_LIMIT"},
		"user add --help":        {"DATABASE", "TODAY", "NAME", "ROLE", "TENANT"},
		"user password --help":   {"DATABASE", "TODAY"},
		"tenant add --help":      {"DATABASE", "TODAY", "CURRENCY", "TIMEZONE", "VAT_MODE", "VAT_RATE", "TERMS"},
		"key add --help":         {"DATABASE", "TODAY", "TENANT", "READ_ONLY"},
		"backup --help":          {"DATABASE", "TODAY", "REHEARSAL"},
		"verify --help":          {"DATABASE", "TODAY", "HEAD"},
		"import --help":          {"DATABASE", "TODAY", "TENANT", "DRY_RUN"},
		"bill --help":            {"DATABASE", "TODAY", "ON", "TENANT", "DRY_RUN", "JSON"},
		"demo --help":            {"DATABASE", "TODAY", "ADDR", "SUBSCRIPTIONS", "SEED"},
		"user two-factor --help": {"DATABASE", "TODAY", "OFF"},
	}
	for args, names := range help {
		stdout, _ := p.run(0, "", strings.Fields(args)...)
		for _, name := range names {
			if !strings.Contains(stdout, "$BILLFOLD_"+name+")") {
				t.Errorf("%s lacks BILLFOLD_%s:\n%s", args, name, stdout)
			}
		}
		// One help for all, so it has to be true of those that refuse a missing database too.
		if makes := "serve, demo and tenant add make one that is missing"; !strings.Contains(strings.Join(strings.Fields(stdout), " "), makes) {
			t.Errorf("%s does not say which commands make a database:\n%s", args, stdout)
		}
	}
}

func TestFailures(t *testing.T) {
	p := newPlace(t)
	if err := os.WriteFile(filepath.Join(p.dir, "open.keys"), make([]byte, 64), 0o644); err != nil {
		t.Fatal(err)
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for args, says := range map[string]string{
		"serve --keys open.keys":                                "chmod 600",
		"--database none/billfold.db":                           "there is no such folder",
		"serve --addr " + taken.Addr().String():                 "choose another address with --addr",
		"serve --metrics-addr " + taken.Addr().String():         "choose another address with --metrics-addr",
		"serve --addr 192.0.2.1:8080":                           "Choose another address with --addr",
		"serve --keys none/billfold.keys":                       "Name one in a folder that can be written with --keys",
		"health --addr " + taken.Addr().String():                "the server does not answer",
		"key add Shop --database other.db":                      "there is no database other.db",
		"user password nobody@example.com --database new.db":    "there is no database new.db",
		"backup copy.db --database new.db":                      "there is no database new.db",
		"verify --database new.db":                              "there is no database new.db",
		"user two-factor a@example.com --off --database new.db": "there is no database new.db",
	} {
		stdout, stderr := p.run(exitFailed, testPassword+"\n", strings.Fields(args)...)
		if !strings.HasPrefix(stderr, "billfold: ") || !strings.Contains(stderr, says) {
			t.Errorf("%s: it says %q, not %q", args, stderr, says)
		}
		if stdout != "" {
			t.Errorf("%s: it prints %q", args, stdout)
		}
	}
}

func TestUsersTenantsAndKeys(t *testing.T) {
	p := newPlace(t)
	out, _ := p.run(0, "", "tenant", "add", "Nord", "--vat-mode", "exclusive", "--vat-rate", "19")
	nord := value(t, out, "tenant")
	if _, made, _ := strings.Cut(out, "\n"); made != "currency: EUR\ntimezone: Europe/Berlin\nvat mode: exclusive\nvat rate: 19\nterms: 30\n" {
		t.Errorf("it says it was made with %q", made)
	}
	out, _ = p.run(0, "", "key", "add", "Shop")
	key := value(t, out, "api key")
	p.run(0, testPassword+"\n", "user", "add", "ada@example.com", "--name", "Ada Lovelace", "--role", "admin")
	if _, says := p.run(exitFailed, testPassword, "user", "add", "ada@example.com"); !strings.Contains(says, "ada@example.com") {
		t.Errorf("of a taken address it says %q", says)
	}
	if _, says := p.run(exitFailed, "short\n", "user", "add", "grace@example.com"); !strings.Contains(says, "at least 12 characters") {
		t.Errorf("of a short password it says %q", says)
	}

	out, _ = p.run(0, "", "tenant", "add", "Süd")
	south := value(t, out, "tenant")
	if value(t, out, "vat mode") != "none" || strings.Contains(out, "vat rate") {
		t.Errorf("without VAT it prints %q", out)
	}
	_, says := p.run(exitFailed, "", "key", "add", "Shop")
	for _, want := range []string{"--tenant", nord + "  Nord", south + "  Süd"} {
		if !strings.Contains(says, want) {
			t.Errorf("without a tenant it says %q, not %q", says, want)
		}
	}
	// Who has an account is added without a password.
	out, says = p.run(0, "", "user", "add", "ADA@example.com", "--role", "owner", "--tenant", south)
	if value(t, out, "user") != "ada@example.com" || !strings.Contains(says, "keeps its name and password") {
		t.Errorf("of an account it prints %q and says %q", out, says)
	}
	if _, says := p.run(exitFailed, "", "user", "add", "ada@example.com", "--tenant", south); !strings.Contains(says, "works here already. To change what they may do, change their role on the page People.") {
		t.Errorf("of who works there it says %q", says)
	}
	p.run(exitFailed, "", "key", "add", "Shop", "--tenant", "ten_unknown")
	p.run(0, "", "key", "add", "Shop", "--tenant", south, "--read-only")

	server := p.serve("--log", "json")
	b := browser(t)
	response, err := b.PostForm(server.url+"/sign-in", url.Values{"email": {"ada@example.com"}, "password": {testPassword}})
	wantPage(t, response, err, "Ada Lovelace")
	p.run(0, "another long password\n", "user", "password", "ada@example.com")
	response, err = b.Get(server.url + "/groups")
	wantPage(t, response, err, "Sign in")
	response, err = b.PostForm(server.url+"/sign-in", url.Values{"email": {"ada@example.com"}, "password": {"another long password"}})
	wantPage(t, response, err, "Nord")

	request, _ := http.NewRequest(http.MethodGet, server.url+"/v1/billing-groups", nil)
	request.Header.Set("Authorization", "Bearer "+key)
	request.Header.Set("Tenant-ID", nord)
	response, err = http.DefaultClient.Do(request)
	wantPage(t, response, err, `"success":true`)
	server.stop(syscall.SIGTERM)
	for line := range strings.Lines(server.log.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("not JSON: %s", line)
		}
	}
}

func TestRehearsal(t *testing.T) {
	p := newPlace(t)
	p.run(0, "", "tenant", "add", "Nord")
	_, says := p.run(exitFailed, "", "key", "add", "Shop", "--today", "2026-11-22")
	if !strings.Contains(says, "not a rehearsal") || !strings.Contains(says, "backup --rehearsal") {
		t.Errorf("it says %q", says)
	}
	p.run(0, "", "backup", "copy.db", "--rehearsal")
	p.run(0, "", "key", "add", "Shop", "--today", "2026-11-22", "--database", "copy.db")
	p.run(0, "", "tenant", "add", "Nord", "--today", "2026-11-30T11:00:00Z", "--database", "new.db")
	p.run(0, "", "backup", "plain.db")
	p.run(exitFailed, "", "key", "add", "Shop", "--today", "2026-11-22", "--database", "plain.db")
	if _, says := p.run(exitFailed, "", "backup", "plain.db"); !strings.Contains(says, "plain.db") {
		t.Errorf("of a file that exists it says %q", says)
	}
}

func TestBackupWhileServing(t *testing.T) {
	p := newPlace(t)
	p.run(0, "", "tenant", "add", "Nord")
	server := p.serve()
	p.run(0, "", "backup", "copy.db")
	server.stop(syscall.SIGTERM)
	out, _ := p.run(0, "", "key", "add", "Shop", "--database", "copy.db")
	value(t, out, "api key")
}

func TestVerify(t *testing.T) {
	p := newPlace(t)
	server := p.serve("demo", "--subscriptions", "60", "--database", "demo.db")
	out, _ := p.run(0, "", "verify", "--database", "demo.db")
	server.stop(syscall.SIGTERM)
	head := value(t, out, "head")
	for _, label := range []string{"tenant", "entries", "groups", "subscriptions"} {
		value(t, out, label)
	}
	out, _ = p.run(0, "", "key", "add", "Shop", "--database", "demo.db")
	value(t, out, "api key")
	out, _ = p.run(0, "", "verify", "--database", "demo.db", "--head", head)
	if value(t, out, "head") == head {
		t.Error("the head stays the same")
	}
	wrong := strings.Repeat("0", 64)
	out, says := p.run(exitFailed, "", "verify", "--database", "demo.db", "--head", head, "--head", wrong)
	if !strings.Contains(value(t, out, "fault"), wrong) || strings.Count(out, "fault: ") != 1 || !strings.Contains(says, "faults: 1") {
		t.Errorf("it prints %q and says %q", out, says)
	}
	// One byte of the file, in the middle of an entry's text.
	name := filepath.Join(p.dir, "demo.db")
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	// Wherever it stands: a page that is no longer in use may still have it too.
	content = bytes.ReplaceAll(content, []byte(`"timezone":`), []byte(`"Timezone":`))
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	out, _ = p.run(exitFailed, "", "verify", "--database", "demo.db")
	if !strings.Contains(out, "fault: the activity breaks at entry ") || strings.Contains(out, "head: ") {
		t.Errorf("it prints %q", out)
	}
}

func TestVerifyNothing(t *testing.T) {
	p := newPlace(t)
	p.serve().stop(syscall.SIGTERM)
	if out, _ := p.run(0, "", "verify"); out != "tenant: none\n" {
		t.Errorf("of a database without business unit it prints %q", out)
	}
}

func TestVersion(t *testing.T) {
	out, _ := newPlace(t).run(0, "", "version")
	for _, label := range []string{"version", "go", "sqlite"} {
		value(t, out, label)
	}
}

func TestImport(t *testing.T) {
	p := newPlace(t)
	p.run(0, "", "tenant", "add", "Nord")
	const header = "subscriptionId,customerId,customerEmail,customerName,company,sku,productName,serialNumber,status,startDate,endDate,contractLength,monthlyAmount,currency\n"
	const row = "S-1,C-1,ada@example.com,Ada Lovelace,Acme GmbH,TP,ThinkPad,PF1,active,2026-01-03,,120,129.00,EUR\n"
	write := func(name, content string) {
		if err := os.WriteFile(filepath.Join(p.dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("bad.csv", header+row+strings.ReplaceAll(row, "129.00", "12o"))
	out, says := p.run(exitFailed, "", "import", "bad.csv")
	for _, want := range []string{"line 3, column monthlyAmount:", "line 3, column subscriptionId:", "billfold: nothing was taken in."} {
		if !strings.Contains(says, want) {
			t.Errorf("it says %q, not %q", says, want)
		}
	}
	if out != "" {
		t.Errorf("it prints %q", out)
	}
	write("good.csv", header+row)
	for _, test := range []struct{ args, counted string }{
		{"import good.csv --dry-run", "new"},
		{"import good.csv", "new"},
		{"import good.csv", "unchanged"},
	} {
		out, _ := p.run(0, "", strings.Fields(test.args)...)
		for _, label := range []string{"new", "changed", "unchanged", "refused"} {
			want := "0"
			if label == test.counted {
				want = "1"
			}
			if got := value(t, out, label); got != want {
				t.Errorf("%s: %s: %s, want %s", test.args, label, got, want)
			}
		}
		value(t, out, "due instalments")
		value(t, out, "due amount")
	}
	p.run(exitFailed, "", "import", "none.csv")
	// What falls due is told as the contracts have it, and whether VAT is in that.
	for mode, want := range map[string]string{"": "", "exclusive": "not included; invoices add it", "inclusive": "included"} {
		p := newPlace(t)
		add := []string{"tenant", "add", "Nord"}
		if mode != "" {
			add = append(add, "--vat-mode", mode, "--vat-rate", "19")
		}
		p.run(0, "", add...)
		if err := os.WriteFile(filepath.Join(p.dir, "good.csv"), []byte(header+row), 0o600); err != nil {
			t.Fatal(err)
		}
		out, _ := p.run(0, "", "import", "good.csv")
		if _, got, _ := strings.Cut(out, "due amount VAT: "); strings.TrimSpace(got) != want {
			t.Errorf("with VAT %q it prints %q", mode, out)
		}
		if value(t, out, "due amount") == "" {
			t.Errorf("it prints %q", out)
		}
	}
}

func TestDemo(t *testing.T) {
	temporary := t.TempDir()
	p := newPlace(t, "TMPDIR="+temporary)
	server := p.serve("demo", "--subscriptions", "60", "--today", "2026-11-22")
	var out strings.Builder
	for range 4 {
		out.WriteString(server.line() + "\n")
	}
	b := browser(t)
	response, err := b.PostForm(server.url+"/sign-in", url.Values{
		"email": {value(t, out.String(), "email")}, "password": {value(t, out.String(), "password")},
	})
	wantPage(t, response, err, "Rehearsal")
	request, _ := http.NewRequest(http.MethodGet, server.url+"/v1/billing-groups", nil)
	request.Header.Set("Authorization", "Bearer "+value(t, out.String(), "api key"))
	request.Header.Set("Tenant-ID", value(t, out.String(), "tenant"))
	response, err = http.DefaultClient.Do(request)
	wantPage(t, response, err, `"success":true`)
	server.stop(syscall.SIGTERM)
	for _, dir := range []string{p.dir, temporary} {
		if left, _ := os.ReadDir(dir); len(left) != 0 {
			t.Errorf("it leaves %v", left)
		}
	}

	server = p.serve("demo", "--subscriptions", "60", "--database", "kept.db")
	first := value(t, server.line()+"\n"+server.line()+"\n", "password")
	server.stop(syscall.SIGTERM)
	server = p.serve("demo", "--database", "kept.db")
	if second := value(t, server.line()+"\n"+server.line()+"\n", "password"); second == first {
		t.Error("the password is the same")
	}
	server.stop(syscall.SIGTERM)

	p.run(0, "", "tenant", "add", "Nord", "--database", "real.db")
	if out, says := p.run(exitFailed, "", "demo", "--database", "real.db", "--addr", "127.0.0.1:0"); out != "" || !strings.Contains(says, "demo") {
		t.Errorf("over a real database it prints %q and says %q", out, says)
	}
}
