package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"billfold/billing"
	"billfold/db"
)

// Four programs and four people add, move and remove the same twenty subscriptions at
// the same time, through the API and the console. Each answer is a success or a refusal
// in words, no list ever shows a subscription in two groups or a wrong total, and
// afterwards the activity tells the same story as the tables.
func TestStorm(t *testing.T) {
	acts := 400
	if testing.Short() {
		acts = 100
	}
	w := newStorm(t)
	var clients sync.WaitGroup
	giveUp := time.Now().Add(testPatience)
	goesOn := func() bool { return w.acts() < acts && !t.Failed() && time.Now().Before(giveUp) }
	for n := range 8 {
		act := w.callAPI
		if n%2 == 1 {
			act = w.useConsole
		}
		clients.Go(func() {
			r := rand.New(rand.NewPCG(uint64(n), 7))
			for goesOn() {
				act(r)
			}
		})
	}
	for goesOn() {
		w.checkList()
	}
	clients.Wait()
	w.checkStory()
	if w.acts() < acts {
		t.Errorf("only %d acts went through", w.acts())
	}
}

// storm is a site with one customer's twenty subscriptions, two groups to begin with,
// and who may change them.
type storm struct {
	*site
	key     string
	people  *client
	amounts map[string]int64
	fleet   []string
	mu      sync.Mutex
	done    int
}

func newStorm(t *testing.T) *storm {
	w := &storm{site: newSite(t), amounts: make(map[string]int64)}
	rows := "subscriptionId,customerId,customerEmail,customerName,company,sku,productName,serialNumber,status,startDate,endDate,contractLength,monthlyAmount,currency\n"
	for i := range 20 {
		id := fmt.Sprintf("storm-%02d", i)
		w.fleet, w.amounts[id] = append(w.fleet, id), int64(10+i)
		rows += fmt.Sprintf("%s,acme,,,Acme GmbH,,ThinkPad,%d,active,2026-03-%02d,,36,%d.00,EUR\n", id, i, i+1, 10+i)
	}
	w.takeIn(rows)
	for i := range 2 {
		if _, err := w.store.CreateGroup(t.Context(), w.scope(), billing.GroupInput{
			CustomerID: "acme", Name: fmt.Sprint("Group ", i), BillingDay: 1, SubscriptionIDs: w.fleet[5*i : 5*i+5],
		}, ""); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	if w.key, err = w.store.CreateKey(t.Context(), w.scope(), "storm", false); err != nil {
		t.Fatal(err)
	}
	w.people = w.as(billing.Admin)
	return w
}

// some draws a few of the subscriptions.
func (w *storm) some(r *rand.Rand) []string {
	ids := make([]string, 1+r.IntN(5))
	for i := range ids {
		ids[i] = w.fleet[r.IntN(len(w.fleet))]
	}
	return ids
}

// send answers the status and body of a request, and fails the test for a status that
// is neither a success nor a refusal.
func (w *storm) send(c *http.Client, request *http.Request) (int, []byte) {
	answer, err := c.Do(request)
	if err != nil {
		w.t.Error(err)
		return 0, nil
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	allowed := []int{200, 201, 204, 303, 400, 404, 409, 412, 422}
	if err != nil || !slices.Contains(allowed, answer.StatusCode) {
		w.t.Errorf("%s %s: status %d, %v\n%s", request.Method, request.URL, answer.StatusCode, err, body)
	}
	if request.Method != http.MethodGet && answer.StatusCode < 400 {
		w.mu.Lock()
		w.done++
		w.mu.Unlock()
	}
	return answer.StatusCode, body
}

// acts answers how many have gone through.
func (w *storm) acts() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.done
}

func (w *storm) call(method, path string, body any) []byte {
	var payload bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&payload).Encode(body); err != nil {
			w.t.Error(err)
		}
	}
	request, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, &payload)
	if err != nil {
		w.t.Error(err)
		return nil
	}
	request.Header.Set("Authorization", "Bearer "+w.key)
	request.Header.Set("Tenant-ID", w.tenant.ID)
	request.Header.Set("Content-Type", "application/json")
	_, answer := w.send(http.DefaultClient, request)
	return answer
}

// listed is a group as the API lists it.
type listed struct {
	BillingGroupID     string
	RentalIDs          []string
	TotalMonthlyAmount json.Number
	ActiveRentalCount  int
}

func (w *storm) list() []listed {
	var list struct{ BillingGroups []listed }
	if err := json.Unmarshal(w.call(http.MethodGet, "/v1/billing-groups?limit=100", nil), &list); err != nil {
		w.t.Error(err)
	}
	return list.BillingGroups
}

// callAPI does one thing as a program.
func (w *storm) callAPI(r *rand.Rand) {
	groups := w.list()
	some := w.some(r)
	if len(groups) < 2 || len(groups) < 5 && r.IntN(5) == 0 {
		w.call(http.MethodPost, "/v1/billing-groups", map[string]any{"customerId": "acme", "groupName": "New", "billingDay": 1 + r.IntN(28), "rentalIds": some})
		return
	}
	group := groups[r.IntN(len(groups))]
	path := "/v1/billing-groups/" + group.BillingGroupID
	switch r.IntN(10) {
	case 0:
		w.call(http.MethodDelete, path, nil)
	case 1:
		w.call(http.MethodPatch, path, map[string]any{"status": []string{"active", "inactive"}[r.IntN(2)], "billingDay": 1 + r.IntN(28)})
	default:
		w.call(http.MethodPatch, path, map[string]any{"rentalIds": append(some, group.RentalIDs...), "moveRentals": r.IntN(2) == 0})
	}
}

// useConsole does one thing as a person, with a form made from the group as it is.
func (w *storm) useConsole(r *rand.Rand) {
	groups, _, err := w.store.Groups(w.t.Context(), w.tenant, db.GroupFilter{Limit: 20})
	if err != nil || len(groups) == 0 {
		return
	}
	from, to := groups[r.IntN(len(groups))], groups[r.IntN(len(groups))]
	form := url.Values{"version": {strconv.Itoa(from.Version)}, "s": w.some(r)}
	act := "add"
	if len(from.Members) > 0 && r.IntN(2) == 0 {
		act = "remove"
		form["s"] = []string{from.Members[r.IntN(len(from.Members))].ID}
		if to.ID != from.ID {
			act = "move"
			form.Set("to", to.ID)
			form.Set("toVersion", strconv.Itoa(to.Version))
		}
	}
	request := w.people.request(http.MethodPost, "/groups/"+from.ID+"/"+act, strings.NewReader(form.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w.send(w.people.http, request)
}

// checkList looks at what the API lists at one moment.
func (w *storm) checkList() {
	in := make(map[string]string)
	for _, g := range w.list() {
		var total int64
		for _, id := range g.RentalIDs {
			if in[id] != "" {
				w.t.Errorf("%s is in %s and in %s", id, in[id], g.BillingGroupID)
			}
			in[id], total = g.BillingGroupID, total+w.amounts[id]
		}
		if g.TotalMonthlyAmount.String() != fmt.Sprint(total) || g.ActiveRentalCount != len(g.RentalIDs) {
			w.t.Errorf("%s says %s for %d of %v, which are %d", g.BillingGroupID, g.TotalMonthlyAmount, g.ActiveRentalCount, g.RentalIDs, total)
		}
	}
}

// checkStory compares each group with the last entry of its activity, and the number
// of entries with the version.
func (w *storm) checkStory() {
	groups, _, err := w.store.Groups(w.t.Context(), w.tenant, db.GroupFilter{Limit: 100})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, g := range groups {
		entries, err := w.store.Activity(w.t.Context(), w.tenant, "group", g.ID, 100_000)
		if err != nil || len(entries) != g.Version {
			w.t.Fatalf("%d entries for version %d, %v", len(entries), g.Version, err)
		}
		var told struct{ Subscriptions []string }
		if err := json.Unmarshal(entries[0].After, &told); err != nil {
			w.t.Fatal(err)
		}
		members := ids(g.Members)
		slices.Sort(members)
		slices.Sort(told.Subscriptions)
		if !slices.Equal(members, told.Subscriptions) {
			w.t.Errorf("%s has %v, its activity says %v", g.ID, members, told.Subscriptions)
		}
	}
}
