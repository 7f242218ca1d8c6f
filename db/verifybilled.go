package db

import (
	"context"
	"encoding/json"
	"fmt"

	"billfold/billing"
)

// verifyIssued compares the invoices with what the activity tells of those that were
// issued together, and looks for invoices that no entry tells of.
func (v *VerifiedTenant) verifyIssued(ctx context.Context, q querier, t Tenant) error {
	last := make(map[int]int) // the last number of each year
	err := eachRow(ctx, q, `SELECT after FROM activity INDEXED BY activity_action WHERE tenant = ?1 AND action = ?2 ORDER BY key`, []any{t.Key, issuedAction}, func(row scanner) error {
		var text []byte
		var entry issueEntry
		if err := row.Scan(&text); err != nil {
			return err
		}
		if err := json.Unmarshal(text, &entry); err != nil {
			v.add("an entry about issued invoices can’t be read")
			return nil
		}
		if entry.From != last[entry.Year]+1 {
			v.add("the invoices of %d from number %d to %d are in no entry of the activity", entry.Year, last[entry.Year]+1, entry.From-1)
		}
		last[entry.Year] = entry.To
		digest, err := storedDigest(ctx, q, t, entry)
		if err == nil && digest != entry.Digest {
			v.add("invoices %s to %s are not as they were issued", entry.First, entry.Last)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("issued invoices: %w", err)
	}
	return eachRow(ctx, q, `SELECT year, count(*), max(sequence) FROM invoices WHERE tenant = ?1 GROUP BY year`, []any{t.Key}, func(row scanner) error {
		var year, count, highest int
		err := row.Scan(&year, &count, &highest)
		v.Invoices += count
		if err == nil && (highest != last[year] || count != highest) {
			v.add("%d has %d invoices up to number %d, and the activity tells of %d", year, count, highest, last[year])
		}
		return err
	})
}

// storedDigest works out from the tables what an entry's digest should be.
func storedDigest(ctx context.Context, q querier, t Tenant, entry issueEntry) (string, error) {
	numbers := []any{t.Key, entry.Year, entry.From, entry.To}
	const these = `i.tenant = ?1 AND i.year = ?2 AND i.sequence BETWEEN ?3 AND ?4`
	invoices, err := rowsAsJSON(ctx, q, `SELECT i.key, i.id, i.number, i.sequence, i.customer, i.grp, i.subscription, i.period, i.turn, i.due_on,
		i.buyer, i.group_name, i.reference, i.vat_mode, i.vat_rate, i.subtotal, i.tax, i.total, i.lines FROM invoices i WHERE `+these+` ORDER BY i.sequence`, 19, numbers)
	if err != nil {
		return "", err
	}
	lines, err := rowsAsJSON(ctx, q, `SELECT l.invoice, l.position, l.subscription, l.period, l.product, l.serial, l.service_from, l.service_to, l.amount, l.tax
		FROM invoices i CROSS JOIN invoice_lines l WHERE l.tenant = ?1 AND l.invoice = i.key AND `+these+` ORDER BY i.sequence, l.position`, 10, numbers)
	if err != nil {
		return "", err
	}
	var parties []party
	var day string
	err = eachRow(ctx, q, `SELECT p.key, p.details FROM parties p WHERE p.key IN (SELECT i.buyer FROM invoices i WHERE `+these+` UNION SELECT i.seller FROM invoices i WHERE `+these+`)`,
		numbers, func(row scanner) error {
			var p party
			err := row.Scan(&p.key, &p.details)
			parties = append(parties, p)
			return err
		})
	if err != nil {
		return "", err
	}
	// Invoices that are gone, or of another day each, have no day in common.
	err = q.QueryRowContext(ctx, `SELECT iif(min(i.issued_on) = max(i.issued_on), max(i.issued_on), '') FROM invoices i WHERE `+these, numbers...).Scan(&day)
	if err != nil || day == "" {
		return "", err
	}
	date, err := billing.ParseDate(day)
	return digestOf(date, invoices, lines, parties), err
}

// rowsAsJSON writes rows of a query, each of some columns, as one JSON array of arrays.
func rowsAsJSON(ctx context.Context, q querier, query string, columns int, args []any) (string, error) {
	var all []any
	err := eachRow(ctx, q, query, args, func(row scanner) error {
		values, into := make([]any, columns), make([]any, columns)
		for i := range values {
			into[i] = &values[i]
		}
		all = append(all, values)
		return row.Scan(into...)
	})
	return jsonOf(all), err
}

// verifySums holds what is kept as a sum to what it is a sum of.
func (v *VerifiedTenant) verifySums(ctx context.Context, q querier, t Tenant) error {
	for _, check := range []struct{ fault, query string }{
		{"invoice %s does not add up to its lines", `SELECT i.number FROM invoices i
			CROSS JOIN (SELECT l.invoice, count(*) n, sum(l.amount) amount, sum(l.tax) tax FROM invoice_lines l WHERE l.tenant = ?1 GROUP BY l.invoice) s ON s.invoice = i.key
			WHERE i.tenant = ?1 AND (s.n <> i.lines OR s.tax <> i.tax OR s.amount <> iif(i.vat_mode = 'inclusive', i.total, i.subtotal))`},
		{"invoice %s has no lines", `SELECT i.number FROM invoices i WHERE i.tenant = ?1 AND NOT EXISTS (SELECT 1 FROM invoice_lines l WHERE l.tenant = ?1 AND l.invoice = i.key)`},
		{"invoice %s counts as billed, or not, against its lines", `SELECT i.number FROM invoices i WHERE i.tenant = ?1
			AND i.live <> EXISTS (SELECT 1 FROM invoice_lines l WHERE l.tenant = ?1 AND l.invoice = i.key AND l.live = 1)`},
		{"invoice %s is credited by another sum than its credit notes", `SELECT i.number FROM invoices i WHERE i.tenant = ?1
			AND i.credited <> (SELECT ifnull(sum(n.total), 0) FROM credit_notes n WHERE n.tenant = ?1 AND n.invoice = i.key)`},
		{"invoice %s was paid by another sum than was open", `SELECT i.number FROM invoices i WHERE i.tenant = ?1
			AND i.paid_amount NOT BETWEEN iif(i.status IN ('paid', 'processing'), i.total - i.credited, 0) AND iif(i.status IN ('paid', 'processing'), i.total, 0)`},
		{"credit note %s does not add up to its lines", `SELECT n.number FROM credit_notes n JOIN invoices i ON i.key = n.invoice WHERE n.tenant = ?1
			AND n.tax + iif(i.vat_mode = 'inclusive', n.total - n.tax, n.subtotal) <> (SELECT ifnull(sum(l.tax + iif(i.vat_mode = 'inclusive', l.amount - l.tax, l.amount)), 0) FROM invoice_lines l WHERE l.credit = n.key)`},
		{"credit notes of %s have a gap in their numbers", `SELECT n.year FROM credit_notes n WHERE n.tenant = ?1 GROUP BY n.year HAVING count(*) <> max(n.sequence)`},
		{"the numbers of %s are not where their documents are", `SELECT s.kind || 's in ' || s.year FROM number_series s WHERE s.tenant = ?1 AND s.last <> iif(s.kind = 'invoice',
			(SELECT ifnull(max(sequence), 0) FROM invoices i WHERE i.tenant = ?1 AND i.year = s.year), (SELECT ifnull(max(sequence), 0) FROM credit_notes n WHERE n.tenant = ?1 AND n.year = s.year))`},
		{"what was issued on %s does not add up", `SELECT day FROM (SELECT issued_on day, grp IS NOT NULL consolidated, count(*) n, sum(total) total, sum(credited) credited FROM invoices WHERE tenant = ?1 GROUP BY 1, 2) i
			FULL JOIN (SELECT * FROM issued_days WHERE tenant = ?1) d USING (day, consolidated) WHERE i.n IS NOT d.invoices OR i.total IS NOT d.total OR i.credited IS NOT d.credited`},
		{"what %s come to does not add up", `SELECT status || ' invoices of ' || day FROM (SELECT status, ifnull(paid_on, due_on) day, count(*) n, sum(iif(status = 'paid', paid_amount, total - credited)) amount FROM invoices WHERE tenant = ?1 GROUP BY 1, 2) i
			FULL JOIN (SELECT * FROM invoice_days WHERE tenant = ?1) d USING (status, day) WHERE ifnull(i.n, 0) <> ifnull(d.invoices, 0) OR ifnull(i.amount, 0) <> ifnull(d.amount, 0)`},
		{"run %s does not add up", `SELECT r.id FROM billing_runs r LEFT JOIN (SELECT run, count(*) n, sum(lines) lines, sum(total) total FROM invoices WHERE tenant = ?1 GROUP BY run) i ON i.run = r.key
			WHERE r.tenant = ?1 AND (r.invoices <> ifnull(i.n, 0) OR r.lines <> ifnull(i.lines, 0) OR r.total <> ifnull(i.total, 0))`},
		{"subscription %s is not billed as far as it says", `SELECT u.id FROM subscriptions u WHERE u.tenant = ?1 AND u.billed_to IS NOT NULL
			AND (substr(u.billed_to, 1, 4) - substr(u.owed_from, 1, 4)) * 12 + substr(u.billed_to, 6) - substr(u.owed_from, 6)
			<> (SELECT count(*) FROM invoice_lines l WHERE l.tenant = ?1 AND l.subscription = u.key AND l.live = 1 AND l.period >= u.owed_from AND l.period < u.billed_to)`},
	} {
		if err := eachRow(ctx, q, check.query, []any{t.Key}, func(row scanner) error {
			var what string
			err := row.Scan(&what)
			if err == nil {
				v.add(check.fault, what)
			}
			return err
		}); err != nil {
			return fmt.Errorf(check.fault+": %w", "…", err)
		}
	}
	return nil
}
