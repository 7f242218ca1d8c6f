package billing

import (
	"fmt"
	"slices"
)

// Export is the rental platform's export of its subscriptions, read from a CSV file.
// See [ParseExport].
type Export struct {
	// Rows has a row for each subscription, in the order of the file.
	Rows []ExportRow
	// Customers are those the rows name, in the order they are first named.
	Customers []*ExportCustomer
}

// ExportRow is what one row tells about a subscription.
type ExportRow struct {
	// Line is where the row begins in the file, counted from 1.
	Line int
	// ID is the subscription's; no two rows of an export share one.
	ID       string
	Customer *ExportCustomer

	// OrderID, Product, SKU and Serial are "" where the row doesn't tell them.
	OrderID, Product, SKU, Serial string

	MonthlyAmount Money
	Start         Date
	// Length is the contract's in months, 1 to 120.
	Length int
	Status SubscriptionStatus
	// EndDate is the day an ended contract ended, and zero where the row doesn't tell
	// it. On the row of an active one it is the contract's planned end, which follows
	// from start and length.
	EndDate Date
	// NextBilling is the next day the rental platform would have billed, or zero.
	NextBilling Date
}

// RowProblem is one thing in a file that can't be read, or that the rules refuse.
type RowProblem struct {
	// Line is the line of the file, counted from 1.
	Line int
	// Column is the name of the column, or "" where the row or the file as a whole is meant.
	Column string
	// Code says which rule was broken.
	Code Code
	// Message is a sentence that tells a person what to do.
	Message string
}

// String writes the problem for a person: "line 7, column monthlyAmount: …".
func (p RowProblem) String() string {
	if p.Column == "" {
		return fmt.Sprintf("line %d: %s", p.Line, p.Message)
	}
	return fmt.Sprintf("line %d, column %s: %s", p.Line, p.Column, p.Message)
}

// MaxRowProblems is how many problems of a file are kept to be listed. A file of
// another kind altogether has several in each of its rows, and nobody reads those.
const MaxRowProblems = 10_000

// RowProblems are the problems of a file, in the order of its lines.
type RowProblems struct {
	// Listed holds the first [MaxRowProblems].
	Listed []RowProblem
	// Total counts all of them.
	Total int
}

// Add counts a problem, and lists it where there is room.
func (ps *RowProblems) Add(p RowProblem) {
	ps.Total++
	if len(ps.Listed) < MaxRowProblems {
		ps.Listed = append(ps.Listed, p)
	}
}

// column is one column of the export, told by its name in the header.
type column int

// The columns that are read. The file must have those before orderId; the others
// may be missing.
const (
	subscriptionIDColumn column = iota
	customerIDColumn
	customerEmailColumn
	customerNameColumn
	companyColumn
	skuColumn
	productNameColumn
	serialNumberColumn
	statusColumn
	startDateColumn
	endDateColumn
	contractLengthColumn
	monthlyAmountColumn
	currencyColumn
	orderIDColumn
	nextBillingDateColumn
	vatIDColumn
	streetColumn
	postalCodeColumn
	cityColumn
	countryColumn
	paymentTermsColumn
	columnCount

	requiredColumns = orderIDColumn
)

var columnNames = [columnCount]string{
	"subscriptionId", "customerId", "customerEmail", "customerName", "company", "sku", "productName", "serialNumber",
	"status", "startDate", "endDate", "contractLength", "monthlyAmount", "currency",
	"orderId", "nextBillingDate", "vatId", "street", "postalCode", "city", "country", "paymentTerms",
}

func (c column) String() string { return columnNames[c] }

// ExportColumns answers the names of the columns that an export must have and of
// those it may have.
func ExportColumns() (required, optional []string) {
	return slices.Clone(columnNames[:requiredColumns]), slices.Clone(columnNames[requiredColumns:])
}
