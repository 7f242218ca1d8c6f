package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"billfold/billing"
	"billfold/db"
)

// newDueSite is a site on 3 December 2026 with two invoices due: one alone since 25
// November, and a group's since the 1st. The group of the customer paid for nothing else.
func newDueSite(t testing.TB, changes ...func(*Config)) *site {
	t.Helper()
	s := newSite(t, changes...)
	s.addFleet()
	s.group("IT department", 1, "s1", "s2", "s3")
	s.setClock(time.Date(2026, 12, 3, 9, 0, 0, 0, time.UTC))
	return s
}

// told is what the form that starts a run sends along.
func (c *client) told() url.Values {
	c.t.Helper()
	page := c.get("/billing/run").want(http.StatusOK)
	return url.Values{"invoices": {page.field("invoices")}, "total": {page.field("total")}}
}

// ended answers a run once it is over.
func (s *site) ended(id string) db.BillingRun {
	s.t.Helper()
	ctx, giveUp := context.WithTimeout(s.t.Context(), 10*time.Second)
	defer giveUp()
	for {
		run, err := s.store.BillingRun(ctx, s.tenant, id)
		if err != nil {
			s.t.Fatal(err)
		}
		if run.State != db.RunRunning {
			return run
		}
	}
}

func TestBillingRun(t *testing.T) {
	for name, script := range map[string]bool{"without htmx": false, "with htmx": true} {
		t.Run(name, func(t *testing.T) {
			s := newDueSite(t)
			member, admin := s.as(billing.Member), s.as(billing.Admin)
			page := member.get("/billing").want(http.StatusOK).
				shows("Due now21 consolidated, 1 individual", "Comes to€637.844 lines", "Automatic billingOff",
					"All 2 fell due before today, the oldest on 25 Nov 2026.", "Acme GmbH25 Nov 2026 8 days agoMacBook Pro Individual · C0-3Nov 20261€189.21",
					"Acme GmbH1 Dec 2026 2 days agoIT department ConsolidatedDec 20263€448.63",
					"Your invoices lack the address, the VAT id or tax number and the IBAN. An owner can complete them in the settings.", "No run yet")
			page.lacksLink("/billing/run")
			page.lacksLink("/billing/automatic")
			if csv := member.get("/billing/due.csv").want(http.StatusOK).body; !strings.Contains(csv, "2026-12-01,2026-12,acme,Acme GmbH,") || strings.Count(csv, "\n") != 3 {
				t.Errorf("the file is %s", csv)
			}
			admin.get("/billing").shows("Run now")
			admin.get("/billing/run").want(http.StatusOK).shows("Issue 2 invoices?",
				"2 invoices over €637.84 are issued, dated today, 3 Dec 2026: 1 consolidated, 1 individual.", "Their numbers begin with DR-2026-000001.")
			if script {
				admin = admin.htmx("/billing/run")
			}
			form := admin.told()
			admin.post("/billing/run", nil).want(http.StatusConflict).shows("Something else is due than when you opened this page", "Issue 2 invoices?")
			a := admin.post("/billing/run", form)
			runs, _, err := s.store.BillingRuns(t.Context(), s.tenant, "", 5)
			if err != nil || len(runs) != 1 {
				t.Fatalf("%d runs, err %v", len(runs), err)
			}
			run := s.ended(runs[0].ID)
			a.leadsTo("/billing/runs/" + run.ID)
			if run.Invoices != 2 || run.Actor.Name != "The admin" {
				t.Errorf("the run is %+v", run)
			}
			done := member.get("/billing/runs/"+run.ID).want(http.StatusOK).
				shows("Billing run of 3 Dec 2026", "Done", "Begun at 10:00 by The admin", "Invoices2DR-2026-000001 to DR-2026-000002", "Total€637.844 lines", "begun 3 Dec 2026, 10:00", "Open 2 invoices",
					"Newest invoicesAll invoices", "DR-2026-000002 Acme GmbH Pending €448.63", "DR-2026-000001 Acme GmbH Pending €189.21").
				lacks("what is set aside now")
			if strings.Contains(done.body, "hx-get") || !strings.Contains(done.body, `href="/invoices?run=`+run.ID+`"`) {
				t.Errorf("the page asks for itself again, or does not lead to the invoices:\n%s", done.body)
			}
			admin.post("/billing/run", form).leadsTo("/billing")
			member.get("/billing").shows("Nothing is due", "3 Dec 2026 10:00 The adminDone2€637.840")
			member.get("/billing/runs").want(http.StatusOK).shows("3 Dec 2026 10:00 The adminDone2€637.840")
			member.get("/activity?kind=run").want(http.StatusOK).shows("Run of 3 Dec 2026", "Issued 2 invoices over €637.84, DR-2026-000001 to DR-2026-000002")
			if line := `msg="billing run" tenant=` + s.tenant.ID; !strings.Contains(s.log.String(), line) {
				t.Errorf("the log lacks %s:\n%s", line, s.log)
			}
		})
	}
}

// What is due changes between the question and the answer: nothing is issued that was
// not told.
func TestBillingRunOvertaken(t *testing.T) {
	s := newDueSite(t)
	admin := s.as(billing.Admin)
	form := admin.told()
	s.setClock(time.Date(2026, 12, 7, 9, 0, 0, 0, time.UTC))
	if admin.signIn(billing.Admin).want(http.StatusSeeOther); len(form) != 2 {
		t.Fatal(form)
	}
	admin.post("/billing/run", form).want(http.StatusConflict).shows("Something else is due", "Issue 4 invoices?")
	if runs, _, err := s.store.BillingRuns(t.Context(), s.tenant, "", 5); err != nil || len(runs) != 0 {
		t.Errorf("%d runs, err %v", len(runs), err)
	}
}

// A run under way is shown wherever one would start another.
func TestBillingRunUnderWay(t *testing.T) {
	s := newDueSite(t)
	admin := s.as(billing.Admin)
	form := admin.told()
	told, goOn := make(chan db.BillingRun), make(chan struct{})
	ended := make(chan error)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go func() {
		first := true
		_, err := s.store.Bill(ctx, s.scope(), db.BillOptions{Progress: func(r db.BillingRun) {
			if first {
				first = false
				told <- r
				<-goOn
			}
		}})
		ended <- err
	}()
	run := <-told
	path := "/billing/runs/" + run.ID
	admin.post("/billing/run", form).leadsTo(path)
	page := admin.get("/billing").want(http.StatusOK).shows("A billing run is under way")
	page.lacksLink("/billing/run")
	page = admin.get(path).want(http.StatusOK).shows("Under way", "The run goes on when you leave this page.", "Look again")
	if !strings.Contains(page.body, `hx-get="`+path+`" hx-trigger="load delay:1s"`) {
		t.Errorf("the page does not ask for itself again:\n%s", page.body)
	}
	s.advance(2 * time.Minute)
	admin.get(path).want(http.StatusOK).shows("Interrupted", "the next run goes on where it stopped").lacks("Look again")
	admin.get("/billing").shows("Interrupted", "Run now").lacks("A billing run is under way")
	stop()
	close(goOn)
	if err := <-ended; err == nil {
		t.Error("the run did not stop")
	}
	admin.get(path).want(http.StatusOK).shows("Stopped", "It was stopped. What it issued stands")
	// The next one goes on.
	admin.post("/billing/run", admin.told())
	runs, _, err := s.store.BillingRuns(t.Context(), s.tenant, "", 1)
	if err != nil {
		t.Fatal(err)
	}
	if again := s.ended(runs[0].ID); again.ID == run.ID || again.Invoices != 2 {
		t.Errorf("the next run is %+v", again)
	}
}

// addExcess takes in a group whose invoice would come to more than one can.
func (s *site) addExcess() {
	s.t.Helper()
	var csv strings.Builder
	csv.WriteString("subscriptionId,customerId,customerEmail,customerName,company,sku,productName,serialNumber,status,startDate,endDate,contractLength,monthlyAmount,currency\n")
	ids := make([]string, 90)
	for i := range ids {
		ids[i] = fmt.Sprint("x", i)
		fmt.Fprintf(&csv, "%s,excess,ap@excess.example,Eve Excess,Excess AG,SKU,Mainframe,M-%d,active,2026-03-03,,24,10000000000.00,EUR\n", ids[i], i)
	}
	s.takeIn(csv.String())
	if _, err := s.store.CreateGroup(s.t.Context(), s.scope(), billing.GroupInput{CustomerID: "excess", Name: "All", BillingDay: 1, SubscriptionIDs: ids}, ""); err != nil {
		s.t.Fatal(err)
	}
}

// What can't be billed is told with the reason, and who may do something about it is led
// there.
func TestSetAside(t *testing.T) {
	s := newSite(t)
	s.addExcess()
	s.setClock(time.Date(2026, 12, 3, 9, 0, 0, 0, time.UTC))
	member, admin := s.as(billing.Member), s.as(billing.Admin)
	const row = "Excess AGAll ConsolidatedDec 2026due since 1 DecIt would come to"
	paths := []string{"/billing", "/billing/set-aside"}
	for _, path := range paths {
		member.get(path).want(http.StatusOK).shows(row, "not tried yet")
	}
	admin.get("/billing/run").shows("Try again what is set aside?", "Nothing can be issued as things are: 1 over €1,071,000,000,000.00 is set aside: Excess AG, total too large.")
	admin.post("/billing/run", admin.told())
	runs, _, err := s.store.BillingRuns(t.Context(), s.tenant, "", 1)
	if err != nil {
		t.Fatal(err)
	}
	s.ended(runs[0].ID)
	for _, path := range paths {
		member.get(path).want(http.StatusOK).shows(row, "Divide the group into several.", "tried on 3 Dec 2026").lacksLink("/customers/excess/edit")
		a := admin.get(path)
		if !strings.Contains(a.body, `href="/customers/excess/edit"`) {
			t.Errorf("%s does not lead to the customer", path)
		}
		if n := strings.Count(a.body, ">Excess AG<"); n != 1 {
			t.Errorf("%s lists it %d times", path, n)
		}
	}
	member.get("/billing").shows("Due now0all else is billed", "Comes to€0.000 lines", "Set aside1", "Nothing can be issued", "Some set aside")
	member.get("/billing/runs/"+runs[0].ID).shows("1 invoice could not be issued.", "See what is set aside now", "none issued")
	for _, path := range []string{"/billing/set-aside?page=x", "/billing/set-aside?page=2", "/billing/runs?after=x", "/billing?page=2", "/billing?page=x"} {
		member.get(path).want(http.StatusNotFound)
	}
}

// What a run sets aside is told before it is started, and the check that nothing else is
// issued than was told goes by what is issued.
func TestSetAsideBeforehand(t *testing.T) {
	s := newSite(t)
	s.addFleet()
	s.group("IT department", 1, "s1", "s2", "s3")
	s.addExcess()
	s.setClock(time.Date(2026, 12, 3, 9, 0, 0, 0, time.UTC))
	admin, owner := s.as(billing.Admin), s.as(billing.Owner)
	const aside = "1 over €1,071,000,000,000.00 is set aside: Excess AG, total too large."
	page := admin.get("/billing").want(http.StatusOK)
	if strings.Count(page.body, ">IT department<") != 1 || strings.Count(page.body, ">Excess AG<") != 1 {
		t.Errorf("it does not list each invoice once:\n%s", page.body)
	}
	page.shows("Due now21 consolidated, 1 individual", "Comes to€637.84", "Set aside1", "The next run: 2 invoices over €637.84 are issued; "+aside,
		"All 2 fell due before today, the oldest on 25 Nov 2026.")
	admin.get("/billing/run").want(http.StatusOK).shows("Issue 2 invoices?", "2 invoices over €637.84 are issued, dated today, 3 Dec 2026", aside)
	owner.get("/billing/automatic").want(http.StatusOK).shows("2 invoices over €637.84 are issued within the hour. " + aside)
	form := admin.told()
	if form.Get("invoices") != "2" || form.Get("total") != "637.84" {
		t.Errorf("told is %v", form)
	}
	if csv := admin.get("/billing/due.csv").body; !strings.Contains(csv, `,EUR,true,"It would come to`) || strings.Count(csv, ",EUR,false,") != 2 {
		t.Errorf("the file is %s", csv)
	}
	admin.post("/billing/run", form)
	runs, _, err := s.store.BillingRuns(t.Context(), s.tenant, "", 1)
	if err != nil || len(runs) != 1 {
		t.Fatalf("%d runs, err %v", len(runs), err)
	}
	if run := s.ended(runs[0].ID); run.Invoices != 2 || run.SetAside != 1 || run.Total.String() != form.Get("total") {
		t.Errorf("the run is %+v", run)
	}
}

func TestAutomaticBilling(t *testing.T) {
	s := newDueSite(t)
	owner, admin := s.as(billing.Owner), s.as(billing.Admin)
	admin.get("/billing").want(http.StatusOK).lacksLink("/billing/automatic")
	const path = "/billing/automatic"
	owner.get("/billing").shows("Switch automatic billing on", "Complete them in the settings")
	owner.get(path).want(http.StatusOK).shows("Switch automatic billing on?", "2 invoices over €637.84 are issued within the hour.", "Your invoices lack")
	for _, wrong := range []string{"", "maybe"} {
		owner.post(path, url.Values{"automatic": {wrong}}).want(http.StatusBadRequest)
	}
	owner.post(path, url.Values{"automatic": {"on"}}).leadsTo("/billing")
	owner.get("/billing").shows("Automatic billing is on.", "Automatic billingOnat start and every hour", "Switch automatic billing off")
	owner.get("/activity?kind=tenant").shows("automatic billing from off to on")
	owner.get(path).want(http.StatusOK).shows("Switch automatic billing off?", "nothing is issued until somebody presses Run now", "2 invoices over €637.84 are due now, and wait too.")
	owner.htmx(path).post(path, url.Values{"automatic": {"off"}}).leadsTo("/billing")
	if tenant, err := s.store.Tenant(t.Context(), s.tenant.ID); err != nil || tenant.Automatic {
		t.Errorf("automatic billing is on: %v, err %v", tenant.Automatic, err)
	}
}
