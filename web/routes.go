package web

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
)

// anyone is the need of a page that is open to those who have not signed in.
const anyone billing.Role = ""

// route is one line of the route table.
type route struct {
	method, path string
	// need is the least role that may come in.
	need    billing.Role
	handler echo.HandlerFunc
	// upload is how many bytes of a file the route takes; 0 where it takes a plain form.
	upload int64
}

// maxImport is how large a subscription export may be, in bytes: more than 100,000
// rows. Checking one takes some ten times its size in memory.
const maxImport = 32 << 20

// routes is every page of the console and everything that can be done there.
func (s *server) routes() []route {
	return append(s.inUnit(slices.Concat(s.mainRoutes(), s.groupRoutes(), s.invoiceRoutes(), s.settingsRoutes())), s.accountRoutes()...)
}

// mainRoutes are those of the overview, customers and subscriptions.
func (s *server) mainRoutes() []route {
	const get, post = http.MethodGet, http.MethodPost
	const member, admin = billing.Member, billing.Admin
	return []route{
		{get, "/", member, s.overview, 0},
		{get, "/worth-grouping", member, s.worthGrouping, 0},
		{get, "/customers", member, s.listCustomers, 0},
		{get, "/customers.csv", member, s.downloadCustomers, 0},
		{get, "/customers/:id", member, s.showCustomer, 0},
		{get, "/customers/:id/edit", admin, s.editCustomer, 0},
		{post, "/customers/:id/edit", admin, s.saveCustomer, 0},
		{get, "/subscriptions", member, s.listSubscriptions, 0},
		{get, "/subscriptions.csv", member, s.downloadSubscriptions, 0},
		{get, "/subscriptions/:id", member, s.showSubscription, 0},
		{get, "/import", admin, s.showImport, 0},
		{post, "/import", admin, s.checkImport, maxImport},
		{get, "/import/:id", admin, s.showUpload, 0},
		{get, "/import/:id/problems.csv", admin, s.downloadProblems, 0},
		{post, "/import/:id", admin, s.takeIn, 0},
		{get, "/activity", member, s.listActivity, 0},
		{get, "/activity.csv", member, s.downloadActivity, 0},
	}
}

// groupRoutes are those of billing groups.
func (s *server) groupRoutes() []route {
	const get, post = http.MethodGet, http.MethodPost
	const member, admin = billing.Member, billing.Admin
	return []route{
		{get, "/groups", member, s.listGroups, 0},
		{get, "/groups.csv", member, s.downloadGroups, 0},
		{get, "/groups/new", admin, s.newGroup, 0},
		{post, "/groups", admin, s.createGroup, 0},
		{get, "/groups/choose", admin, s.chooseGroup, 0},
		{get, "/groups/:id", member, s.showGroup, 0},
		{get, "/groups/:id/edit", admin, s.editGroup, 0},
		{post, "/groups/:id/edit", admin, s.saveGroup, 0},
		{get, "/groups/:id/add", admin, s.addToGroup, 0},
		{post, "/groups/:id/add", admin, s.addMembers, 0},
		{get, "/groups/:id/remove", admin, s.ask(removeAct), 0},
		{post, "/groups/:id/remove", admin, s.carryOut(removeAct), 0},
		{get, "/groups/:id/move", admin, s.ask(moveAct), 0},
		{post, "/groups/:id/move", admin, s.carryOut(moveAct), 0},
		{get, "/groups/:id/status", admin, s.ask(statusAct), 0},
		{post, "/groups/:id/status", admin, s.carryOut(statusAct), 0},
		{get, "/groups/:id/delete", admin, s.ask(deleteAct), 0},
		{post, "/groups/:id/delete", admin, s.carryOut(deleteAct), 0},
	}
}

// invoiceRoutes are those of invoices and of the billing run that issues them.
func (s *server) invoiceRoutes() []route {
	const get, post = http.MethodGet, http.MethodPost
	const member, admin, owner = billing.Member, billing.Admin, billing.Owner
	return []route{
		{get, "/invoices", member, s.listInvoices, 0},
		{get, "/invoices.csv", member, s.downloadInvoices, 0},
		{get, "/invoices/pay", admin, s.askPayMany, 0},
		{post, "/invoices/pay", admin, s.payMany, 0},
		{get, "/invoices/:id", member, s.showInvoice, 0},
		{get, "/invoices/:id/pay", admin, s.askInvoice(payAct), 0},
		{post, "/invoices/:id/pay", admin, s.carryOutInvoice(payAct), 0},
		{get, "/invoices/:id/reopen", admin, s.askInvoice(reopenAct), 0},
		{post, "/invoices/:id/reopen", admin, s.carryOutInvoice(reopenAct), 0},
		{get, "/invoices/:id/credit", admin, s.askInvoice(creditAct), 0},
		{post, "/invoices/:id/credit", admin, s.carryOutInvoice(creditAct), 0},
		{get, "/invoices/:id/cancel", admin, s.askInvoice(cancelAct), 0},
		{post, "/invoices/:id/cancel", admin, s.carryOutInvoice(cancelAct), 0},
		{get, "/invoices/:id/invoice.pdf", member, s.downloadInvoicePDF, 0},
		{get, "/invoices/:id/lines.csv", member, s.downloadInvoiceLines, 0},
		{get, "/invoices/:id/credits/:number", member, s.showCreditNote, 0},
		{get, "/invoices/:id/credits/:number/credit-note.pdf", member, s.downloadCreditNotePDF, 0},
		{get, "/billing", member, s.showBilling, 0},
		{get, "/billing/due.csv", member, s.downloadDue, 0},
		{get, "/billing/set-aside", member, s.listSetAside, 0},
		{get, "/billing/run", admin, s.askRun, 0},
		{post, "/billing/run", admin, s.startRun, 0},
		{get, "/billing/runs", member, s.listRuns, 0},
		{get, "/billing/runs/:id", member, s.showRun, 0},
		{get, "/billing/automatic", owner, s.askAutomatic, 0},
		{post, "/billing/automatic", owner, s.setAutomatic, 0},
	}
}

// settingsRoutes are those of the business unit itself: how it bills, and who may do
// what in it.
func (s *server) settingsRoutes() []route {
	const get, post = http.MethodGet, http.MethodPost
	const member, owner = billing.Member, billing.Owner
	return []route{
		{get, "/settings", member, s.showSettings, 0},
		{post, "/settings", owner, s.saveSettings, 0},
		{get, "/settings/people", owner, s.listPeople, 0},
		{get, "/settings/people.csv", owner, s.downloadPeople, 0},
		{get, "/settings/people/invite", owner, s.newInvite, 0},
		{post, "/settings/people/invite", owner, s.invitePerson, 0},
		{get, "/settings/people/invites/:id/withdraw", owner, s.askWithdraw, 0},
		{post, "/settings/people/invites/:id/withdraw", owner, s.withdrawInvite, 0},
		{get, "/settings/people/:id/role", owner, s.askRole, 0},
		{post, "/settings/people/:id/role", owner, s.changeRole, 0},
		{get, "/settings/people/:id/remove", owner, s.askRemovePerson, 0},
		{post, "/settings/people/:id/remove", owner, s.removePerson, 0},
		{get, "/settings/keys", owner, s.listKeys, 0},
		{post, "/settings/keys", owner, s.makeKey, 0},
		{get, "/settings/keys/:id/revoke", owner, s.askRevokeKey, 0},
		{post, "/settings/keys/:id/revoke", owner, s.revokeKey, 0},
		{get, "/settings/people/:id/two-factor", owner, s.askResetTwoFactor, 0},
		{post, "/settings/people/:id/two-factor", owner, s.resetTwoFactor, 0},
	}
}

// accountRoutes are those of one person: the ways in and out, and their own account.
func (s *server) accountRoutes() []route {
	const get, post = http.MethodGet, http.MethodPost
	const member = billing.Member
	return []route{
		{get, "/setup", anyone, s.showSetup, 0},
		{post, "/setup", anyone, s.setUp, 0},
		{get, "/sign-in", anyone, s.showSignIn, 0},
		{post, "/sign-in", anyone, s.signIn, 0},
		{get, "/sign-in/code", anyone, s.showSecondStep, 0},
		{post, "/sign-in/code", anyone, s.finishSignIn, 0},
		{post, "/sign-out", anyone, s.signOut, 0},
		{get, "/invite", anyone, s.showInvite, 0},
		{post, "/invite", anyone, s.acceptInvite, 0},
		{post, "/business-unit", member, s.switchUnit, 0},
		{get, "/account", member, s.showAccount, 0},
		{post, "/account", member, s.saveAccount, 0},
		{get, "/account/password", member, s.showPassword, 0},
		{post, "/account/password", member, s.changePassword, 0},
		{get, "/account/sign-out", member, s.askSignOutEverywhere, 0},
		{post, "/account/sign-out", member, s.signOutEverywhere, 0},
		{get, "/account/two-factor", member, s.showTwoFactor, 0},
		{post, "/account/two-factor", member, s.beginTwoFactor, 0},
		{get, "/account/two-factor/app", member, s.showApp, 0},
		{post, "/account/two-factor/app", member, s.confirmApp, 0},
		{get, "/account/two-factor/app/qr.png", member, s.showQRCode, 0},
		{get, "/account/two-factor/codes", member, s.showNewCodes, 0},
		{post, "/account/two-factor/codes", member, s.makeNewCodes, 0},
		{get, "/account/two-factor/off", member, s.showTwoFactorOff, 0},
		{post, "/account/two-factor/off", member, s.switchOffTwoFactor, 0},
		{get, "/settings/keyboard", member, s.showKeyboard, 0},
		{post, "/settings/keyboard", member, s.saveKeyboard, 0},
	}
}

// withoutTwoFactor are the routes that are open to who has to set up a second factor
// first, besides those that are open to anyone.
// Another business unit may ask for less.
var withoutTwoFactor = []string{"/business-unit", "/account/two-factor", "/account/two-factor/app", "/account/two-factor/app/qr.png"}

// require lets in who has signed in with at least the needed role, and with two factors
// where the business unit requires that.
func (s *server) require(need billing.Role) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			err := s.resume(c)
			switch {
			case need == anyone:
				return next(c)
			case err != nil:
				return err
			case s.session(c).Role == anyone:
				return db.ErrNoSession
			case s.session(c).MustSetUp() && !slices.Contains(withoutTwoFactor, c.Path()):
				return errMustSetUp
			case !s.session(c).Role.Includes(need):
				return errNotAllowed
			}
			return next(c)
		}
	}
}
