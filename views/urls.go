package views

import (
	"net/url"
	"strconv"
)

// The addresses of the console. Nothing else in the program spells one out, save
// the route table.

// HomeURL is where a user lands after signing in: the overview.
func HomeURL() string { return "/" }

// SignInURL is the sign-in page. next is the path to return to, or "".
func SignInURL(next string) string { return withNext("/sign-in", next) }

// SignInCodeURL is the page that asks for the second factor. next is the path to go on
// to, or "".
func SignInCodeURL(next string) string { return withNext("/sign-in/code", next) }

// SignOutURL takes a POST that ends the session.
func SignOutURL() string { return "/sign-out" }

// SetupURL is the one-time page that makes the first owner. token is the secret of
// the link, or "" for the address that the form is sent to.
func SetupURL(token string) string {
	if token == "" {
		return "/setup"
	}
	return withQuery("/setup", url.Values{"token": {token}})
}

// SwitchURL takes a POST that opens another business unit.
func SwitchURL() string { return "/business-unit" }

// InviteURL is the one-time page of somebody who is invited. token is the secret of the
// link, or "" for the address that the form is sent to.
func InviteURL(token string) string {
	if token == "" {
		return "/invite"
	}
	return withQuery("/invite", url.Values{"token": {token}})
}

// GroupsURL is the list of billing groups, with the filter, sort and page of query.
func GroupsURL(query url.Values) string { return withQuery("/groups", query) }

// NewGroupURL is the page that makes a billing group, with the choices of query.
func NewGroupURL(query url.Values) string { return withQuery("/groups/new", query) }

// GroupURL is one billing group's page.
func GroupURL(id string) string { return "/groups/" + url.PathEscape(id) }

// EditGroupURL is the page that changes a group's name, notes and billing day.
func EditGroupURL(id string) string { return GroupURL(id) + "/edit" }

// AddMembersURL is the page that adds subscriptions to a group.
func AddMembersURL(id string) string { return GroupURL(id) + "/add" }

// RemoveMembersURL is the page that takes subscriptions out of a group.
func RemoveMembersURL(id string) string { return GroupURL(id) + "/remove" }

// MoveMembersURL is the page that moves subscriptions on to another group.
func MoveMembersURL(id string) string { return GroupURL(id) + "/move" }

// GroupStatusURL is the page that deactivates a group, or activates it again.
func GroupStatusURL(id string) string { return GroupURL(id) + "/status" }

// DeleteGroupURL is the page that deletes a group.
func DeleteGroupURL(id string) string { return GroupURL(id) + "/delete" }

// GroupsCSVURL is what a query of the list of groups lists, as a CSV file.
func GroupsCSVURL(query url.Values) string { return withQuery("/groups.csv", query) }

// CustomersURL is the list of customers, with the filter, sort and page of query.
func CustomersURL(query url.Values) string { return withQuery("/customers", query) }

// CustomersCSVURL is what a query of the list of customers lists, as a CSV file.
func CustomersCSVURL(query url.Values) string { return withQuery("/customers.csv", query) }

// CustomerURL is one customer's page.
func CustomerURL(id string) string { return "/customers/" + url.PathEscape(id) }

// EditCustomerURL is the page that changes what is known of a customer.
func EditCustomerURL(id string) string { return CustomerURL(id) + "/edit" }

// SubscriptionsURL is the list of subscriptions, with the filter, sort and page of query.
func SubscriptionsURL(query url.Values) string { return withQuery("/subscriptions", query) }

// SubscriptionsCSVURL is what a query of the list of subscriptions lists, as a CSV file.
func SubscriptionsCSVURL(query url.Values) string { return withQuery("/subscriptions.csv", query) }

// SubscriptionURL is one subscription's page.
func SubscriptionURL(id string) string { return "/subscriptions/" + url.PathEscape(id) }

// GroupSubscriptionsURL is the page that puts subscriptions into a group.
func GroupSubscriptionsURL(query url.Values) string {
	return withQuery("/groups/choose", query)
}

// InvoicesURL is the list of invoices, with the filter, sort and page of query.
func InvoicesURL(query url.Values) string { return withQuery("/invoices", query) }

// InvoicesCSVURL is what a query of the list of invoices lists, as a CSV file.
func InvoicesCSVURL(query url.Values) string { return withQuery("/invoices.csv", query) }

// InvoicesPayURL is the page that marks invoices as paid; query names them.
func InvoicesPayURL(query url.Values) string { return withQuery("/invoices/pay", query) }

// InvoiceURL is one invoice's page.
func InvoiceURL(id string) string { return "/invoices/" + url.PathEscape(id) }

// InvoicePDFURL is the invoice as a PDF file.
func InvoicePDFURL(id string) string { return InvoiceURL(id) + "/invoice.pdf" }

// InvoiceLinesCSVURL is the lines of an invoice as a CSV file.
func InvoiceLinesCSVURL(id string) string { return InvoiceURL(id) + "/lines.csv" }

// InvoicePayURL is the page that marks an invoice as paid.
func InvoicePayURL(id string) string { return InvoiceURL(id) + "/pay" }

// InvoiceReopenURL is the page that takes back that an invoice was marked as paid.
func InvoiceReopenURL(id string) string { return InvoiceURL(id) + "/reopen" }

// InvoiceCreditURL is the page that credits lines of an invoice.
func InvoiceCreditURL(id string) string { return InvoiceURL(id) + "/credit" }

// InvoiceCancelURL is the page that cancels an invoice.
func InvoiceCancelURL(id string) string { return InvoiceURL(id) + "/cancel" }

// CreditNoteURL is the page of a credit note, which has a number of its own, of an invoice.
func CreditNoteURL(id, number string) string {
	return InvoiceURL(id) + "/credits/" + url.PathEscape(number)
}

// CreditNotePDFURL is the credit note as a PDF file.
func CreditNotePDFURL(id, number string) string {
	return CreditNoteURL(id, number) + "/credit-note.pdf"
}

// BillingURL is the page of the billing run.
func BillingURL() string { return "/billing" }

// BillingRunURL is the page of one billing run.
func BillingRunURL(id string) string { return "/billing/runs/" + url.PathEscape(id) }

// ActivityURL is the list of all that was done, from where a page ended on; "" is the
// first.
func ActivityURL(f ActivityFilter, after string) string {
	query := f.query()
	if after != "" {
		query.Set("after", after)
	}
	return withQuery("/activity", query)
}

// ActivityCSVURL is the same list as a file, whole.
func ActivityCSVURL(f ActivityFilter) string { return withQuery("/activity.csv", f.query()) }

// ImportURL is the page that takes in the subscription export.
func ImportURL() string { return "/import" }

// SettingsURL is the page of the business unit's settings.
func SettingsURL() string { return "/settings" }

// PeopleURL is the page of who works in the business unit, and who is invited.
func PeopleURL() string { return SettingsURL() + "/people" }

// PeopleCSVURL is who works in the business unit, as a CSV file.
func PeopleCSVURL() string { return PeopleURL() + ".csv" }

// InvitePersonURL is the page that invites somebody.
func InvitePersonURL() string { return PeopleURL() + "/invite" }

// PersonRoleURL is the page that changes a person's role.
func PersonRoleURL(id string) string { return PeopleURL() + "/" + url.PathEscape(id) + "/role" }

// RemovePersonURL is the page that takes a person out of the business unit.
func RemovePersonURL(id string) string { return PeopleURL() + "/" + url.PathEscape(id) + "/remove" }

// WithdrawInviteURL is the page that takes an open invite back.
func WithdrawInviteURL(id string) string {
	return PeopleURL() + "/invites/" + url.PathEscape(id) + "/withdraw"
}

// KeysURL is a page of the list of API keys, the first one being 1.
func KeysURL(page int) string {
	query := make(url.Values)
	if page > 1 {
		query.Set("page", strconv.Itoa(page))
	}
	return withQuery("/settings/keys", query)
}

// RevokeKeyURL is the page that revokes an API key.
func RevokeKeyURL(id string) string { return "/settings/keys/" + url.PathEscape(id) + "/revoke" }

// KeyboardURL is the page that switches keyboard shortcuts on and off.
func KeyboardURL() string { return "/settings/keyboard" }

// AccountURL is the page of one's own account.
func AccountURL() string { return "/account" }

// PasswordURL is the page that changes one's own password.
func PasswordURL() string { return AccountURL() + "/password" }

// SignOutEverywhereURL is the page that ends all one's sessions.
func SignOutEverywhereURL() string { return AccountURL() + "/sign-out" }

// TwoFactorURL is the page that begins to set up an authenticator app. next is the path to
// go on to, or "".
func TwoFactorURL(next string) string { return withNext(AccountURL()+"/two-factor", next) }

// AppURL is the page that tells the app its secret, and takes the first code.
func AppURL(next string) string { return withNext(AccountURL()+"/two-factor/app", next) }

// QRCodeURL is the picture that tells the app its secret.
func QRCodeURL() string { return AppURL("") + "/qr.png" }

// RecoveryCodesURL is the page that makes new recovery codes.
func RecoveryCodesURL() string { return TwoFactorURL("") + "/codes" }

// TwoFactorOffURL is the page that switches one's second factor off.
func TwoFactorOffURL() string { return TwoFactorURL("") + "/off" }

// ResetTwoFactorURL is the page that resets the second factor of somebody else, by id.
func ResetTwoFactorURL(id string) string {
	return SettingsURL() + "/people/" + url.PathEscape(id) + "/two-factor"
}

// withNext is a path with the one to go on to, where there is one.
func withNext(path, next string) string {
	if next == "" {
		return path
	}
	return withQuery(path, url.Values{"next": {next}})
}

func withQuery(path string, query url.Values) string {
	if encoded := query.Encode(); encoded != "" {
		return path + "?" + encoded
	}
	return path
}
