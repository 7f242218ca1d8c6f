// Package billing holds the rules of consolidated billing: what a subscription
// owes, which invoice each instalment goes on and when that invoice falls due.
//
// It is pure. It knows no database, no HTTP and no clock: "today" is always an
// argument. Money is whole minor units, a day is a civil date, and everything
// that shows or makes an invoice asks the one function [Plan].
package billing
