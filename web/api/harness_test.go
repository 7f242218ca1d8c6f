package api

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
)

// world is an API over a database of its own, on Sunday, 22 November 2026.
type world struct {
	t     testing.TB
	path  string
	store *db.Store
	echo  *echo.Echo
	url   string
	log   *bytes.Buffer
	seeded
}

// seeded is what there is to begin with.
type seeded struct {
	// mietwerk has everybody in it that the tests need, other is another business unit.
	mietwerk, other db.Tenant
	key, readKey    string // of mietwerk
	otherKey        string
}

// beginning is the database as it is to begin with, once a test has made it: the others
// get a copy, because to make one takes longer than most tests do.
var beginning struct {
	sync.Mutex
	seeded
	file []byte
}

func newWorld(t testing.TB) *world { return newWorldLimited(t, 0) }

func newWorldLimited(t testing.TB, rateLimit int) *world {
	t.Helper()
	w := &world{t: t, path: filepath.Join(t.TempDir(), "api.db"), echo: echo.New(), log: new(bytes.Buffer)}
	w.begin()
	w.open()
	w.echo.IPExtractor = echo.ExtractIPDirect()
	Mount(w.echo, Config{
		Store: w.store, RateLimit: rateLimit, Log: slog.New(slog.NewTextHandler(w.log, nil)),
		PDF: func(_ context.Context, i billing.Invoice) ([]byte, error) { return []byte("%PDF of " + i.Number), nil },
		CreditNotePDF: func(_ context.Context, i billing.Invoice, n billing.CreditNote) ([]byte, error) {
			return []byte("%PDF of " + n.Number + " to " + i.Number), nil
		},
	})
	server := httptest.NewServer(w.echo)
	w.url = server.URL
	t.Cleanup(func() {
		server.Close()
		must(t, w.store.Close())
	})
	return w
}

// begin puts the database in its place.
func (w *world) begin() {
	w.t.Helper()
	beginning.Lock()
	defer beginning.Unlock()
	if beginning.file != nil {
		w.seeded = beginning.seeded
		must(w.t, os.WriteFile(w.path, beginning.file, 0o600))
		return
	}
	w.open()
	w.mietwerk = w.tenant("Mietwerk GmbH", billing.VAT{Mode: billing.VATExclusive, Rate: 1900})
	w.other = w.tenant("Andere AG", billing.VAT{Mode: billing.VATNone})
	w.key, w.readKey = w.newKey(w.mietwerk, false), w.newKey(w.mietwerk, true)
	w.otherKey = w.newKey(w.other, false)
	w.seed()
	must(w.t, w.store.Close())
	file, err := os.ReadFile(w.path)
	must(w.t, err)
	beginning.seeded, beginning.file = w.seeded, file
}

func (w *world) open() {
	w.t.Helper()
	var day db.Frozen
	must(w.t, day.UnmarshalText([]byte("2026-11-22")))
	var err error
	w.store, err = db.Open(w.t.Context(), w.path, db.Clock{Frozen: day})
	must(w.t, err)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) tenant(name string, vat billing.VAT) db.Tenant {
	w.t.Helper()
	zone, err := billing.ParseZone("Europe/Berlin")
	must(w.t, err)
	t, err := w.store.CreateTenant(w.t.Context(), db.Actor{Kind: db.ActorSystem}, billing.Tenant{
		Name: name, Currency: "EUR", Zone: zone, PaymentTerms: 14, InvoicePrefix: "M", VAT: vat,
	})
	must(w.t, err)
	return t
}

func (w *world) newKey(t db.Tenant, readOnly bool) string {
	w.t.Helper()
	secret, err := w.store.CreateKey(w.t.Context(), db.Scope{Tenant: t, Actor: db.Actor{Kind: db.ActorSystem}}, "test", readOnly)
	must(w.t, err)
	return secret
}

// seed puts in customers and subscriptions.
//
//	cus_holz   business: sub_1 129.00 from the 3rd, sub_2 89.00 from the 20th, sub_3 159.00 from
//	           the 25th, sub_ended, and sub_a … sub_t of 10.00
//	cus_bau    business: sub_bau 33.33
//	cus_person a person: sub_person; cus_gone inactive: sub_gone
//	cus_fremd  of the other tenant: sub_fremd
func (w *world) seed() {
	w.customer(w.mietwerk, "cus_holz", "business", "active")
	w.customer(w.mietwerk, "cus_bau", "business", "active")
	w.customer(w.mietwerk, "cus_person", "individual", "active")
	w.customer(w.mietwerk, "cus_gone", "business", "inactive")
	w.customer(w.other, "cus_fremd", "business", "active")
	w.subscription(w.mietwerk, "cus_holz", "sub_1", 129_00, "2026-03-03", "")
	w.subscription(w.mietwerk, "cus_holz", "sub_2", 89_00, "2026-04-20", "")
	w.subscription(w.mietwerk, "cus_holz", "sub_3", 159_00, "2026-05-25", "")
	w.subscription(w.mietwerk, "cus_holz", "sub_ended", 10_00, "2026-01-01", "2026-06-30")
	for letter := 'a'; letter <= 't'; letter++ {
		w.subscription(w.mietwerk, "cus_holz", "sub_"+string(letter), 10_00, "2026-02-01", "")
	}
	w.subscription(w.mietwerk, "cus_bau", "sub_bau", 33_33, "2026-02-01", "")
	w.subscription(w.mietwerk, "cus_person", "sub_person", 10_00, "2026-02-01", "")
	w.subscription(w.mietwerk, "cus_gone", "sub_gone", 10_00, "2026-02-01", "")
	w.subscription(w.other, "cus_fremd", "sub_fremd", 10_00, "2026-02-01", "")
}

func (w *world) customer(t db.Tenant, id, kind, status string) {
	w.t.Helper()
	w.exec(`INSERT INTO customers (tenant, id, type, status, company, first_name, last_name, email, phone, street, postal_code, city,
		country, vat_id, vat_treatment, created_at, updated_at)
		VALUES (?1, ?2, ?3, ?4, 'Firma ' || ?2, '', '', '', '', '', '', '', 'DE', '', 'standard', 0, 0)`, t.Key, id, kind, status)
}

// subscription adds a contract of 24 months, which has ended where endedOn is given.
func (w *world) subscription(t db.Tenant, customer, id string, amount int, start, endedOn string) {
	w.t.Helper()
	w.exec(`INSERT INTO subscriptions (tenant, id, customer, order_id, product, sku, serial, amount, start, length, contract_end, status,
		ended_on, owed_from, created_at, updated_at)
		SELECT ?1, ?2, key, '', 'Tablet', '', 'SN-' || ?2, ?4, ?5, 24, date(?5, '+24 months'), iif(?6 = '', 'active', 'cancelled'),
		nullif(?6, ''), '2026-11', 0, 0 FROM customers WHERE tenant = ?1 AND id = ?3`, t.Key, id, customer, amount, start, endedOn)
}

// exec changes the database past the store.
func (w *world) exec(statement string, args ...any) {
	w.t.Helper()
	file, err := sql.Open("sqlite3", "file:"+w.path+"?_timeout=5000&_fk=1")
	must(w.t, err)
	defer file.Close()
	_, err = file.ExecContext(w.t.Context(), statement, args...)
	must(w.t, err)
}

// reply is an answer, read to its end.
type reply struct {
	t      testing.TB
	status int
	header http.Header
	body   []byte
}

// call sends a request as mietwerk's key and holds the answer to the description.
// Each header is "Name: value"; one without a value is left out.
func (w *world) call(method, path, body string, headers ...string) reply {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, strings.NewReader(body))
	must(w.t, err)
	r.Header.Set("Authorization", "Bearer "+w.key)
	r.Header.Set("Tenant-ID", w.mietwerk.ID)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ":")
		r.Header.Del(name)
		if value = strings.TrimSpace(value); value != "" {
			r.Header.Set(name, value)
		}
	}
	return w.send(r)
}

func (w *world) send(r *http.Request) reply {
	w.t.Helper()
	response, err := (&http.Client{Transport: described{}}).Do(r)
	if err != nil {
		w.t.Errorf("%s %s: %v", r.Method, r.URL.Path, err)
		w.t.FailNow()
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	must(w.t, err)
	return reply{w.t, response.StatusCode, response.Header, body}
}

// create posts a body that must make a group, and answers the group.
func (w *world) create(body string) map[string]any {
	w.t.Helper()
	r := w.call("POST", "/v1/billing-groups", body)
	if r.status != http.StatusCreated {
		w.t.Fatalf("create: %d %s", r.status, r.body)
	}
	return r.object()["billingGroup"].(map[string]any)
}

// groups counts the groups that the database holds, of both tenants.
func (w *world) groups() int {
	w.t.Helper()
	n := 0
	for _, tenant := range []db.Tenant{w.mietwerk, w.other} {
		groups, _, err := w.store.Groups(w.t.Context(), tenant, db.GroupFilter{Limit: 1000})
		must(w.t, err)
		n += len(groups)
	}
	return n
}

// object reads the body, numbers as they are written.
func (r reply) object() map[string]any {
	r.t.Helper()
	var value map[string]any
	decoder := json.NewDecoder(bytes.NewReader(r.body))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		r.t.Fatalf("%v in %s", err, r.body)
	}
	return value
}

// refusal reads the error of an answer.
func (r reply) refusal() errorBody {
	r.t.Helper()
	var e errorAnswer
	if err := json.Unmarshal(r.body, &e); err != nil || e.Error.Code == "" {
		r.t.Fatalf("status %d, not a refusal: %s", r.status, r.body)
	}
	return e.Error
}

// refused checks status and code of a refusal, and its details as "path CODE".
func (r reply) refused(status int, code billing.Code, details ...string) {
	r.t.Helper()
	e := r.refusal()
	var got []string
	for _, d := range e.Details {
		got = append(got, d.Path+" "+string(d.Code))
	}
	if r.status != status || e.Code != code || strings.Join(got, ", ") != strings.Join(details, ", ") {
		r.t.Errorf("got %d %s %q\nwant %d %s %q\nin %s", r.status, e.Code, got, status, code, details, r.body)
	}
}
