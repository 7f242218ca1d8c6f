package db

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"

	"billfold/billing"
)

// party is a row of who stands on invoices.
type party struct {
	key     int64
	details string
}

// standing answers the rows of the seller, at 0, and of the invoices' buyers, by their
// key, as they are now. One that has changed since it last stood on an invoice gets a
// new row.
func (b *billBatch) standing(ctx context.Context, tx querier, invoices []batchInvoice) (map[int64]party, error) {
	details := map[int64]any{0: b.tenant.PrintedSeller()}
	for _, invoice := range invoices {
		details[invoice.customer] = b.customers[invoice.customer].Buyer()
	}
	parties, unread := make(map[int64]party, len(details)), make([]int64, 0, len(details))
	for customer := range details {
		p, known := b.stored[customer]
		if parties[customer] = p; !known {
			unread = append(unread, customer)
		}
	}
	err := eachRow(ctx, tx, `SELECT j.value, p.key, p.details FROM json_each(?2) j CROSS JOIN parties p
		WHERE p.key = (SELECT max(n.key) FROM parties n WHERE n.tenant = ?1 AND n.customer IS nullif(j.value, 0))`,
		[]any{b.tenant.Key, jsonOf(unread)}, func(row scanner) error {
			var customer int64
			var p party
			err := row.Scan(&customer, &p.key, &p.details)
			parties[customer] = p
			return err
		})
	if err != nil {
		return nil, err
	}
	for _, customer := range slices.Sorted(maps.Keys(details)) {
		text := jsonOf(details[customer])
		if parties[customer].details == text {
			continue
		}
		result, err := tx.ExecContext(ctx, `INSERT INTO parties (tenant, customer, details) VALUES (?1, nullif(?2, 0), ?3)`, b.tenant.Key, customer, text)
		if err != nil {
			return nil, err
		}
		key, err := result.LastInsertId()
		if err != nil {
			return nil, err
		}
		parties[customer] = party{key, text}
	}
	b.parties = parties
	return parties, nil
}

// turns answers how often each of the invoices was issued before, where it was: it is
// billed again.
func (b *billBatch) turns(ctx context.Context, tx querier, invoices []batchInvoice) (map[dueItem]int, error) {
	turns := make(map[dueItem]int)
	for query, grouped := range map[string]bool{
		`SELECT j.key, count(*) FROM json_each(?2) j CROSS JOIN invoices i
			WHERE i.tenant = ?1 AND i.grp = j.value ->> 0 AND i.period = j.value ->> 1 AND i.live = 0 GROUP BY j.key`: true,
		`SELECT j.key, count(*) FROM json_each(?2) j CROSS JOIN invoice_lines l CROSS JOIN invoices i
			WHERE l.tenant = ?1 AND l.subscription = j.value ->> 0 AND l.period = j.value ->> 1 AND l.live = 0
			AND i.tenant = ?1 AND i.key = l.invoice AND i.grp IS NULL GROUP BY j.key`: false,
	} {
		var asked []any
		var of []dueItem
		for _, invoice := range invoices {
			if invoice.grouped == grouped {
				asked, of = append(asked, []any{invoice.target, invoice.Period.String()}), append(of, invoice.identity())
			}
		}
		if len(asked) == 0 {
			continue
		}
		err := eachRow(ctx, tx, query, []any{b.tenant.Key, jsonOf(asked)}, func(row scanner) error {
			var i, n int
			err := row.Scan(&i, &n)
			turns[of[i]] = n
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return turns, nil
}

// advance writes how far the subscriptions on invoices are billed now.
func (b *billBatch) advance(ctx context.Context, tx querier, invoices []batchInvoice) error {
	touched := make(map[string]billing.Subscription)
	for _, invoice := range invoices {
		for _, line := range invoice.Lines {
			b.billed.AddLine(line.Subscription.ID, invoice.Period)
			touched[line.Subscription.ID] = line.Subscription
		}
	}
	upTo := make(map[billing.Period][]int64)
	for id, s := range touched {
		if to := b.billed.FirstOpen(s); s.OwedFrom.Before(to) {
			upTo[to] = append(upTo[to], b.keys[id])
		}
	}
	for to, keys := range upTo {
		if _, err := tx.ExecContext(ctx, `UPDATE subscriptions SET billed_to = ?2
			WHERE tenant = ?1 AND key IN (SELECT value FROM json_each(?3))`, b.tenant.Key, to.String(), jsonOf(keys)); err != nil {
			return err
		}
	}
	return nil
}

// record counts what was issued in the run and in the days, takes it out of what was set
// aside, and tells the activity and whoever plans.
func (b *billBatch) record(ctx context.Context, tx querier, issued []issuedInvoice, run *BillingRun) error {
	if len(issued) == 0 {
		return nil
	}
	var lines int
	var total int64
	var days [2]struct{ invoices, total int64 } // individual ones, and consolidated ones
	customers := make(map[int64]bool)
	for _, in := range issued {
		lines += len(in.Lines)
		total += in.Totals.Total
		sum := &days[index(in.grouped)]
		sum.invoices++
		sum.total += in.Totals.Total
		customers[in.customer] = true
	}
	for consolidated, sum := range days {
		if sum.invoices == 0 {
			continue
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO issued_days (tenant, day, consolidated, invoices, total) VALUES (?1, ?2, ?3, ?4, ?5)
			ON CONFLICT DO UPDATE SET invoices = invoices + ?4, total = total + ?5`, b.tenant.Key, b.day.String(), consolidated, sum.invoices, sum.total); err != nil {
			return err
		}
	}
	first, last := invoiceNumber(b.tenant, b.day.Year, issued[0].sequence), invoiceNumber(b.tenant, b.day.Year, issued[len(issued)-1].sequence)
	if run.First == "" {
		run.First = first
	}
	run.Last = last
	run.Invoices += len(issued)
	run.Lines += lines
	run.Total.Minor += total
	if err := b.backAgain(ctx, tx, issued); err != nil {
		return err
	}
	if err := tx.QueryRowContext(ctx, `SELECT `+nextRevision, b.tenant.Key).Scan(&b.revision); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE customers SET revision = ?3
		WHERE tenant = ?1 AND key IN (SELECT value FROM json_each(?2))`, b.tenant.Key, jsonOf(slices.Collect(maps.Keys(customers))), b.revision); err != nil {
		return err
	}
	return nil
}

// issueEntry is what the activity keeps of invoices that were issued together.
type issueEntry struct {
	Invoices int    `json:"invoices"`
	Lines    int    `json:"lines"`
	Total    string `json:"total"`
	First    string `json:"first"`
	Last     string `json:"last"`
	// Year, From and To say which numbers they have.
	Year int `json:"year"`
	From int `json:"from"`
	To   int `json:"to"`
	// Digest is the SHA-256 of all that is frozen about them.
	Digest string `json:"digest"`
}

// issuedAction is the activity's word for it.
const issuedAction = "invoices.issued"

// recordIssue tells the activity what was written, with a hash over all of it, so that
// no invoice can be changed unseen later.
func (b *billBatch) recordIssue(ctx context.Context, tx querier, issued []issuedInvoice, parties map[int64]party) error {
	first, last := issued[0].sequence, issued[len(issued)-1].sequence
	entry := issueEntry{
		Invoices: len(issued), First: invoiceNumber(b.tenant, b.day.Year, first), Last: invoiceNumber(b.tenant, b.day.Year, last), Year: b.day.Year, From: first, To: last,
		Digest: digestOf(b.day, b.written.rows, b.written.lines, slices.Collect(maps.Values(parties))),
	}
	var total int64
	for _, in := range issued {
		entry.Lines += len(in.Lines)
		total += in.Totals.Total
	}
	entry.Total = billing.Money{Minor: total, Currency: b.tenant.Currency}.String()
	return appendActivity(ctx, tx, Scope{b.tenant, b.scope.Actor}, b.now(), issuedAction, "run", b.ID, nil, entry)
}

// digestOf answers the SHA-256 over a day and the invoices issued on it, their lines and
// parties, each as JSON.
func digestOf(day billing.Date, invoices, lines string, parties []party) string {
	slices.SortFunc(parties, func(a, b party) int { return cmp.Compare(a.key, b.key) })
	hash := sha256.New()
	for _, text := range []string{day.String(), invoices, lines} {
		io.WriteString(hash, text)
	}
	for _, p := range parties {
		fmt.Fprintf(hash, "%d%s", p.key, p.details)
	}
	return hex.EncodeToString(hash.Sum(nil))
}
