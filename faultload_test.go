package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"billfold/db"
)

// loaded is a folder with a database that load can change: two groups' worth of free
// subscriptions, and others that are due.
type loaded struct {
	place
	tenant, key string
}

// newLoaded makes the database once; fresh gives each round a copy.
func newLoaded(t *testing.T) loaded {
	t.Helper()
	p := newPlace(t)
	out, _ := p.run(0, "", "tenant", "add", "Nord", "--today", "2026-11-01")
	l := loaded{place: p, tenant: value(t, out, "tenant")}
	out, _ = p.run(0, "", "key", "add", "Shop")
	l.key = value(t, out, "api key")
	p.run(0, testPassword+"\n", "user", "add", "ada@example.com", "--role", "admin")
	var fleet strings.Builder
	fleet.WriteString(exportHead)
	for i := range 5 * slots {
		fmt.Fprintf(&fleet, "S-%d,C-1,ada@example.com,Ada,Acme GmbH,TP,ThinkPad,PF%d,active,2026-01-%02d,,120,129.00,EUR\n", i, i, 1+i%28)
	}
	if err := os.WriteFile(filepath.Join(p.dir, "fleet.csv"), []byte(fleet.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	p.run(0, "", "import", "fleet.csv", "--today", "2026-11-01")
	return l
}

const exportHead = "subscriptionId,customerId,customerEmail,customerName,company,sku,productName,serialNumber,status,startDate,endDate,contractLength,monthlyAmount,currency\n"

// slots is how many times five subscriptions there are for groups.
const slots = 32

// fresh is a new folder with a copy of the database.
func (l loaded) fresh(t *testing.T) loaded {
	t.Helper()
	next := loaded{newPlace(t), l.tenant, l.key}
	copyFile(t, filepath.Join(l.dir, "billfold.db"), next.file())
	return next
}

func (l loaded) file() string { return filepath.Join(l.dir, "billfold.db") }

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, content, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// held is what a database must hold: the members and day of each group by its name, and
// how many subscriptions each import brought.
type held map[string]string

// client changes things through a server, one after the other, and keeps count of what it
// was told.
type client struct {
	loaded
	t    *testing.T
	url  string
	http *http.Client
	// first and slots say which subscriptions are this client's own.
	name         string
	first, slots int

	told held
	// maybe is what there may be instead, after a change that got no answer.
	maybe held
	// refused counts the answers that the disk is to blame for.
	refused int
	// broken counts answers that were cut off.
	broken int
	// onRefusal is called after the first of them.
	onRefusal func()
}

// newClient answers one of several clients: the first, the second …
func newClient(t *testing.T, l loaded, url string, number, of int) *client {
	b := browser(t)
	b.Transport = &http.Transport{}
	t.Cleanup(b.CloseIdleConnections)
	b.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &client{loaded: l, t: t, url: url, http: b, name: fmt.Sprint(number), first: slots / of * number, slots: slots / of, told: held{}}
}

// errGone means that the server is not there any more.
var errGone = errors.New("the server is gone")

// send makes a request, and notes what it changes where the answer says that it is done.
func (c *client) send(method, path, contentType, body string, change func(held)) (status int, header http.Header, text string, err error) {
	c.t.Helper()
	address := c.url + path
	if method == http.MethodPost && !strings.HasPrefix(path, "/v1/") {
		address += "?unit=" + c.tenant // as each form of the console says
	}
	r, err := http.NewRequestWithContext(c.t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Content-Type", contentType)
	if strings.HasPrefix(path, "/v1/") {
		r.Header.Set("Authorization", "Bearer "+c.key)
		r.Header.Set("Tenant-ID", c.tenant)
	}
	response, err := c.http.Do(r)
	if err != nil {
		if change != nil {
			c.maybe = maps.Clone(c.told)
			change(c.maybe)
		}
		return 0, nil, "", fmt.Errorf("%w: %w", errGone, err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		c.broken++
	}
	switch status := response.StatusCode; {
	case status < 400:
		if change != nil {
			change(c.told)
		}
	case status == http.StatusServiceUnavailable:
		if response.Header.Get("Retry-After") == "" {
			c.t.Errorf("%s %s: 503 without Retry-After", method, path)
		}
		if c.refused++; c.refused == 1 && c.onRefusal != nil {
			c.onRefusal()
		}
	case status >= 500, status == http.StatusPreconditionFailed:
		c.t.Errorf("%s %s: status %d\n%.400s", method, path, status, content)
	}
	if err != nil {
		return 0, nil, "", fmt.Errorf("%w: %w", errGone, err)
	}
	return response.StatusCode, response.Header, string(content), nil
}

const form = "application/x-www-form-urlencoded"

// signIn opens the console.
func (c *client) signIn() error {
	_, _, _, err := c.send("POST", "/sign-in", form, "email=ada%40example.com&password="+strings.ReplaceAll(testPassword, " ", "+"), nil)
	return err
}

// load creates, changes and deletes groups, imports and bills, again and again. It ends
// early when the server is gone.
func (c *client) load(rounds int) error {
	for i := range rounds {
		for _, step := range []func(i int) error{c.groupLife, c.importSome, c.bill, c.look} {
			if err := step(i); err != nil {
				return err
			}
		}
	}
	return nil
}

// look reads a page and a list.
func (c *client) look(int) error {
	if _, _, _, err := c.send("GET", "/groups", "", "", nil); err != nil {
		return err
	}
	_, _, _, err := c.send("GET", "/v1/subscriptions", "", "", nil)
	return err
}

// groupLife creates a group, changes it, and deletes every second one.
func (c *client) groupLife(i int) error {
	name, renamed := fmt.Sprintf("Group %s.%d", c.name, i), fmt.Sprintf("Group %s.%d, changed", c.name, i)
	from := 5 * (c.first + i%c.slots)
	body := fmt.Sprintf(`{"customerId":"C-1","groupName":%q,"billingDay":15,"rentalIds":["S-%d","S-%d","S-%d"]}`, name, from, from+1, from+2)
	status, _, text, err := c.send("POST", "/v1/billing-groups", "application/json", body,
		func(h held) { h[name] = fmt.Sprintf("15 of S-%d S-%d S-%d", from, from+1, from+2) })
	if err != nil || status != http.StatusCreated {
		return err
	}
	var made struct {
		BillingGroup struct{ BillingGroupID string }
	}
	if err := json.Unmarshal([]byte(text), &made); err != nil {
		c.t.Fatalf("%v in %s", err, text)
	}
	path := "/v1/billing-groups/" + made.BillingGroup.BillingGroupID
	body = fmt.Sprintf(`{"groupName":%q,"billingDay":20,"rentalIds":["S-%d","S-%d","S-%d"]}`, renamed, from+1, from+2, from+3)
	if _, _, _, err = c.send("PATCH", path, "application/json", body, func(h held) {
		delete(h, name)
		h[renamed] = fmt.Sprintf("20 of S-%d S-%d S-%d", from+1, from+2, from+3)
	}); err != nil || i%6 == 5 {
		return err
	}
	_, _, _, err = c.send("DELETE", path, "", "", func(h held) {
		delete(h, name)
		delete(h, renamed)
	})
	return err
}

// importSome uploads an export of three more subscriptions and takes it in.
func (c *client) importSome(i int) error {
	var file bytes.Buffer
	w := multipart.NewWriter(&file)
	part, _ := w.CreateFormFile("file", "more.csv")
	io.WriteString(part, exportHead)
	for n := range 3 {
		fmt.Fprintf(part, "I-%s-%d-%d,C-I%s.%d,,Bo %d,,IP,iPhone,,active,2026-01-03,,120,10.00,EUR\n", c.name, i, n, c.name, i, i)
	}
	w.Close()
	_, header, _, err := c.send("POST", "/import", w.FormDataContentType(), file.String(), nil)
	if err != nil || header.Get("Location") == "" {
		return err
	}
	_, _, _, err = c.send("POST", header.Get("Location"), form, "", func(h held) { h[fmt.Sprintf("C-I%s.%d", c.name, i)] = "3 imported" })
	return err
}

var hidden = regexp.MustCompile(`type="hidden" name="(\w+)" value="([^"]*)"`)

// hiddenFields answers what a page's form sends along.
func hiddenFields(page string) string {
	var fields []string
	for _, m := range hidden.FindAllStringSubmatch(page, -1) {
		fields = append(fields, m[1]+"="+m[2])
	}
	return strings.Join(fields, "&")
}

// bill starts a billing run now and then, as the page does, and waits for its end.
func (c *client) bill(i int) error {
	if i%4 != 0 {
		return nil
	}
	_, _, page, err := c.send("GET", "/billing/run", "", "", nil)
	if err != nil {
		return err
	}
	_, header, _, err := c.send("POST", "/billing/run", form, hiddenFields(page), nil)
	run := header.Get("Location")
	if err != nil || !strings.HasPrefix(run, "/billing/runs/") {
		return err
	}
	// A run whose end could not be written down seems to go on for a while.
	for until := time.Now().Add(2 * time.Second); time.Now().Before(until); {
		if _, _, page, err = c.send("GET", run, "", "", nil); err != nil || !strings.Contains(page, "Under way") {
			return err
		}
	}
	return nil
}

// check compares a database with what clients were told, and looks whether it is whole.
func check(t *testing.T, when, path string, clients ...*client) {
	t.Helper()
	verified, err := db.Verify(context.Background(), path)
	if err != nil || verified.Faulty() != 0 {
		t.Errorf("%s: verify finds %+v, %v", when, verified, err)
	}
	there, want := inDatabase(t, path), held{}
	for _, c := range clients {
		mine := held{}
		for name, holds := range there {
			if strings.HasPrefix(name, "Group "+c.name+".") || strings.HasPrefix(name, "C-I"+c.name+".") {
				mine[name] = holds
			}
		}
		if c.maybe != nil && cmp.Equal(c.maybe, mine) {
			maps.Copy(want, c.maybe)
		} else {
			maps.Copy(want, c.told)
		}
	}
	if diff := cmp.Diff(want, there); diff != "" {
		t.Errorf("%s: the database does not hold what was answered (-answered +there):\n%s", when, diff)
	}
}

// inDatabase answers what a database holds.
func inDatabase(t *testing.T, path string) held {
	t.Helper()
	found, err := sql.Open("sqlite3", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	rows, err := found.Query(`
		SELECT g.name, g.billing_day || ' of ' || (SELECT group_concat(s.id, ' ' ORDER BY s.key) FROM subscriptions s WHERE s.grp = g.key)
		FROM groups g WHERE g.deleted_at IS NULL
		UNION ALL
		SELECT c.id, count(*) || ' imported' FROM customers c LEFT JOIN subscriptions s ON s.customer = c.key WHERE c.id LIKE 'C-I%' GROUP BY c.id
		UNION ALL
		SELECT 'billed twice: ' || subscription || ' ' || period, count(*) FROM invoice_lines GROUP BY subscription, period HAVING count(*) > 1`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	there := held{}
	for rows.Next() {
		var name, holds string
		if err := rows.Scan(&name, &holds); err != nil {
			t.Fatal(err)
		}
		there[name] = holds
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return there
}
