package db

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"billfold/billing"
)

// parties answers the rows of the seller, at 0, and of the invoices' buyers, by their
// key, as they are now. One that has changed since it last stood on an invoice gets a
// new row.
func (b *billBatch) parties(ctx context.Context, tx querier, invoices []batchInvoice) (map[int64]int64, error) {
	details := map[int64]any{0: b.tenant.PrintedSeller()}
	for _, invoice := range invoices {
		details[invoice.customer] = b.customers[invoice.customer].Buyer()
	}
	parties, texts := make(map[int64]int64, len(details)), make(map[int64]string, len(details))
	err := eachRow(ctx, tx, `SELECT j.value, p.key, p.details FROM json_each(?2) j CROSS JOIN parties p
		WHERE p.key = (SELECT max(n.key) FROM parties n WHERE n.tenant = ?1 AND n.customer IS nullif(j.value, 0))`,
		[]any{b.tenant.Key, jsonOf(slices.Collect(maps.Keys(details)))}, func(row scanner) error {
			var customer, key int64
			var text string
			err := row.Scan(&customer, &key, &text)
			parties[customer], texts[customer] = key, text
			return err
		})
	if err != nil {
		return nil, err
	}
	for _, customer := range slices.Sorted(maps.Keys(details)) {
		text, err := json.Marshal(details[customer])
		if err != nil {
			return nil, err
		}
		if texts[customer] == string(text) {
			continue
		}
		result, err := tx.ExecContext(ctx, `INSERT INTO parties (tenant, customer, details) VALUES (?1, nullif(?2, 0), ?3)`, b.tenant.Key, customer, string(text))
		if err != nil {
			return nil, err
		}
		if parties[customer], err = result.LastInsertId(); err != nil {
			return nil, err
		}
	}
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
	if _, err := tx.ExecContext(ctx, `UPDATE customers SET revision = `+nextRevision+`
		WHERE tenant = ?1 AND key IN (SELECT value FROM json_each(?2))`, b.tenant.Key, jsonOf(slices.Collect(maps.Keys(customers)))); err != nil {
		return err
	}
	return appendActivity(ctx, tx, Scope{b.tenant, b.scope.Actor}, b.now(), "invoices.issued", "run", b.ID, nil, map[string]any{
		"invoices": len(issued), "lines": lines, "total": billing.Money{Minor: total, Currency: b.tenant.Currency}.String(), "first": first, "last": last,
	})
}
