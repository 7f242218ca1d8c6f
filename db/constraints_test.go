package db

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/mattn/go-sqlite3"
)

// house is a small valid database: tenant 1 with two business customers, a group
// and two subscriptions, tenant 2 with a customer and a group.
const house = `
	INSERT INTO tenants (key, id, name, currency, timezone, vat_mode, vat_rate, payment_terms, invoice_prefix, created_at) VALUES
		(1, 'ten_1', 'One', 'EUR', 'Europe/Berlin', 'exclusive', 1900, 14, 'ONE', 0),
		(2, 'ten_2', 'Two', 'JPY', 'Asia/Tokyo', 'none', 0, 30, 'TWO', 0);
	INSERT INTO users (key, id, email, name, password_hash, created_at) VALUES (1, 'usr_1', 'a@example.com', 'A', 'hash', 0);
	INSERT INTO memberships (tenant, user, role) VALUES (1, 1, 'owner');
	INSERT INTO invites (tenant, id, email, role, token_hash, invited_by, created_at, expires_at) VALUES (1, 'inv_1', 'b@example.com', 'member', zeroblob(32), 'A', 0, 1);
	INSERT INTO setup_links (only, token_hash, created_at) VALUES (1, zeroblob(32), 0);
	INSERT INTO sessions (token_hash, user, tenant, created_at, last_used_at) VALUES (zeroblob(32), 1, 1, 0, 0);
	INSERT INTO api_keys (key, tenant, id, name, shown, hash, read_only, created_at) VALUES (1, 1, 'key_1', 'K', 'bf_', zeroblob(32), 0, 0);
	INSERT INTO customers (key, tenant, id, type, status, company, first_name, last_name, email, phone, street, postal_code, city, country, vat_id, vat_treatment, created_at, updated_at) VALUES
		(1, 1, 'C1', 'business', 'active', 'One', '', '', '', '', '', '', '', '', '', 'standard', 0, 0),
		(2, 1, 'C2', 'business', 'active', 'Two', '', '', '', '', '', '', '', '', '', 'standard', 0, 0),
		(3, 2, 'C1', 'business', 'active', 'Three', '', '', '', '', '', '', '', '', '', 'standard', 0, 0);
	INSERT INTO customer_words (tenant, word, customer) VALUES (1, 'one', 1);
	INSERT INTO groups (key, tenant, id, customer, name, status, reference, notes, created_by, created_at, updated_at, version) VALUES
		(1, 1, 'bg_1', 1, 'G1', 'active', '', '', 'usr_1', 0, 0, 1),
		(2, 1, 'bg_2', 2, 'G2', 'active', '', '', 'usr_1', 0, 0, 1),
		(3, 2, 'bg_3', 3, 'G3', 'active', '', '', 'usr_1', 0, 0, 1);
	INSERT INTO group_days (tenant, grp, from_period, day) VALUES (1, 1, '2026-11', 1);
	INSERT INTO subscriptions (key, tenant, id, customer, order_id, product, sku, serial, amount, start, length, contract_end, status, ended_on, owed_from, grp, grouped_from, created_at, updated_at) VALUES
		(1, 1, 'S1', 1, '', 'Laptop', '', '', 12900, '2026-01-31', 12, '2027-01-31', 'active', NULL, '2026-11', 1, '2026-12', 0, 0),
		(2, 1, 'S2', 1, '', 'Phone', '', '', 8900, '2026-01-31', 12, '2027-01-31', 'active', NULL, '2026-11', NULL, NULL, 0, 0);
	INSERT INTO parties (key, tenant, customer, details) VALUES (1, 1, NULL, '{}'), (2, 1, 1, '{}');
	INSERT INTO billing_runs (key, tenant, id, actor_kind, actor_name, due_by, issued_on, due, done, invoices, lines, total, set_aside, first, last, state, problem, started_at, updated_at)
		VALUES (1, 1, 'run_1', 'user', 'A', '2026-12-01', '2026-12-01', 2, 2, 2, 2, 21800, 0, '', '', 'done', '', 0, 0);
	INSERT INTO invoices (key, tenant, id, number, year, sequence, customer, grp, subscription, period, turn, issued_on, due_on, seller, buyer, group_name, reference,
		vat_mode, vat_rate, subtotal, tax, total, lines, run, created_at, live, status, updated_at) VALUES
		(1, 1, 'pay_1', 'A-2026-000001', 2026, 1, 1, 1, NULL, '2026-12', 1, '2026-12-01', '2026-12-31', 1, 2, 'G1', '', 'none', 0, 12900, 0, 12900, 1, 1, 0, 1, 'pending', 0),
		(2, 1, 'pay_2', 'A-2026-000002', 2026, 2, 1, NULL, 2, '2026-11', 1, '2026-12-01', '2026-12-31', 1, 2, '', '', 'none', 0, 8900, 0, 8900, 1, 1, 0, 1, 'pending', 0),
		(3, 1, 'pay_3', 'A-2026-000003', 2026, 3, 1, NULL, 1, '2026-12', 1, '2026-12-01', '2026-12-31', 1, 2, '', '', 'none', 0, 12900, 0, 12900, 1, 1, 0, 1, 'pending', 0);
	INSERT INTO invoice_lines (tenant, invoice, position, subscription, period, product, serial, service_from, service_to, amount, tax, live) VALUES
		(1, 1, 1, 1, '2026-12', 'Laptop', '', '2026-12-31', '2027-01-31', 12900, 0, 1), (1, 2, 1, 2, '2026-11', 'Phone', '', '2026-11-30', '2026-12-31', 8900, 0, 1);
	INSERT INTO credit_notes (key, tenant, id, number, year, sequence, invoice, kind, reason, issued_on, subtotal, tax, total, created_by, created_at)
		VALUES (1, 1, 'cn_1', 'A-CN-2026-000001', 2026, 1, 2, 'waived', 'Goodwill', '2026-12-02', 8900, 0, 8900, 'A', 0);
	INSERT INTO uploads (key, tenant, id, name, content, created_by, created_at) VALUES (1, 1, 'up_1', 'a.csv', x'00', 'usr_1', 0);
	INSERT INTO activity (key, tenant, at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id) VALUES (1, 1, 0, 'user', 'usr_1', 'A', 'group.created', 'group', 'bg_1');`

// What the rules in package billing promise, the database holds against any code
// that forgets them: hand-written SQL is refused.
func TestConstraints(t *testing.T) {
	const (
		check   = sqlite3.ErrNoExtended(275)  // SQLITE_CONSTRAINT_CHECK
		foreign = sqlite3.ErrNoExtended(787)  // SQLITE_CONSTRAINT_FOREIGNKEY
		notNull = sqlite3.ErrNoExtended(1299) // SQLITE_CONSTRAINT_NOTNULL
		primary = sqlite3.ErrNoExtended(1555) // SQLITE_CONSTRAINT_PRIMARYKEY
		trigger = sqlite3.ErrNoExtended(1811) // SQLITE_CONSTRAINT_TRIGGER
		unique  = sqlite3.ErrNoExtended(2067) // SQLITE_CONSTRAINT_UNIQUE
		strict  = sqlite3.ErrNoExtended(3091) // SQLITE_CONSTRAINT_DATATYPE
	)
	s := newStore(t)
	if _, err := s.writer.db.Exec(house); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		rule, sql string
		want      sqlite3.ErrNoExtended
	}{
		{"one origin", `INSERT INTO origin (only, rehearsal, demo) VALUES (2, 0, 0)`, check},
		{"rehearsal is yes or no", `UPDATE origin SET rehearsal = 2`, check},
		{"demo is yes or no", `UPDATE origin SET demo = 2`, check},

		{"a tenant's id is its own", `UPDATE tenants SET id = 'ten_2' WHERE key = 1`, unique},
		{"a tenant has a name", `UPDATE tenants SET name = ''`, check},
		{"a currency has three letters", `UPDATE tenants SET currency = 'EURO'`, check},
		{"a tenant has a time zone", `UPDATE tenants SET timezone = ''`, check},
		{"VAT modes", `UPDATE tenants SET vat_mode = 'some'`, check},
		{"a VAT rate is no more than 100 %", `UPDATE tenants SET vat_rate = 10001`, check},
		{"a VAT rate is not negative", `UPDATE tenants SET vat_rate = -1`, check},
		{"a VAT rate is whole", `UPDATE tenants SET vat_rate = 19.5`, strict},
		{"payment terms to choose from", `UPDATE tenants SET payment_terms = 15`, check},
		{"a tenant has an invoice prefix", `UPDATE tenants SET invoice_prefix = ''`, check},
		{"a cut-over day is a day", `UPDATE tenants SET cut_over = '22.11.2026'`, check},

		{"one user for an e-mail address", `INSERT INTO users (id, email, name, password_hash, created_at) VALUES ('usr_2', 'a@example.com', 'B', 'hash', 0)`, unique},
		{"e-mail addresses in lower case", `UPDATE users SET email = 'A@example.com'`, check},
		{"a user has an e-mail address", `UPDATE users SET email = ''`, check},
		{"a user has a name", `UPDATE users SET name = ''`, check},
		{"a user has a password", `UPDATE users SET password_hash = ''`, check},
		{"roles", `INSERT INTO memberships (tenant, user, role) VALUES (2, 1, 'root')`, check},
		{"one role in a tenant", `INSERT INTO memberships (tenant, user, role) VALUES (1, 1, 'owner')`, primary},
		{"the last owner stays", `DELETE FROM memberships`, trigger},
		{"the last owner stays one", `UPDATE memberships SET role = 'admin'`, trigger},
		{"the last owner does not go elsewhere", `UPDATE memberships SET tenant = 2`, trigger},
		{"the last owner is not replaced", `INSERT OR REPLACE INTO memberships (tenant, user, role) VALUES (1, 1, 'member')`, trigger},
		{"invited to one role", `UPDATE invites SET role = 'root'`, check},
		{"one invite for an e-mail address", `INSERT INTO invites (tenant, id, email, role, token_hash, invited_by, created_at, expires_at) VALUES (1, 'inv_2', 'b@example.com', 'member', randomblob(32), 'A', 0, 1)`, unique},
		{"an invite is kept as a hash", `UPDATE invites SET token_hash = x'01'`, check},
		{"a link invites once", `INSERT INTO invites (tenant, id, email, role, token_hash, invited_by, created_at, expires_at) VALUES (2, 'inv_2', 'b@example.com', 'member', zeroblob(32), 'A', 0, 1)`, unique},
		{"invited in lower case", `UPDATE invites SET email = 'B@example.com'`, check},
		{"an invite ends", `UPDATE invites SET expires_at = 0`, check},
		{"an invite is a tenant's", `UPDATE invites SET tenant = 9`, foreign},
		{"members exist", `INSERT INTO memberships (tenant, user, role) VALUES (1, 9, 'member')`, foreign},
		{"members are of a tenant", `INSERT INTO memberships (tenant, user, role) VALUES (9, 1, 'member')`, foreign},
		{"users with a role stay", `DELETE FROM users`, foreign},
		{"tenants with data stay", `DELETE FROM tenants WHERE key = 2`, foreign},

		{"one set-up link", `INSERT INTO setup_links (only, token_hash, created_at) VALUES (2, zeroblob(32), 0)`, check},
		{"a link is kept as a hash", `UPDATE setup_links SET token_hash = x'01'`, check},
		{"a session is kept as a hash", `UPDATE sessions SET token_hash = x'01'`, check},
		{"a session is somebody's", `UPDATE sessions SET user = 9`, foreign},
		{"a session is in a tenant", `UPDATE sessions SET tenant = 9`, foreign},
		{"a key is kept as a hash", `UPDATE api_keys SET hash = x'01'`, check},
		{"a key's hash is its own", `INSERT INTO api_keys (tenant, id, name, shown, hash, read_only, created_at) VALUES (2, 'key_2', 'K', 'bf_', zeroblob(32), 0, 0)`, unique},
		{"a key has a name", `UPDATE api_keys SET name = ''`, check},
		{"a key reads only, or not", `UPDATE api_keys SET read_only = 2`, check},
		{"a key is a tenant's", `UPDATE api_keys SET tenant = 9`, foreign},

		{"customer types", `UPDATE customers SET type = 'club'`, check},
		{"customer states", `UPDATE customers SET status = 'gone'`, check},
		{"VAT treatments", `UPDATE customers SET vat_treatment = 'other'`, check},
		{"a customer has at most a year to pay", `UPDATE customers SET payment_terms = 366`, check},
		{"a customer has an id", `UPDATE customers SET id = '' WHERE key = 1`, check},
		{"a customer's id is its own in a tenant", `UPDATE customers SET id = 'C2' WHERE key = 1`, unique},
		{"a customer with subscriptions stays", `DELETE FROM customers WHERE key = 1`, foreign},
		{"words are of a customer of the same tenant", `INSERT INTO customer_words (tenant, word, customer) VALUES (2, 'one', 1)`, foreign},

		{"a group has a name", `UPDATE groups SET name = ''`, check},
		{"a group's name ends after 120 characters", `UPDATE groups SET name = printf('%.121c', 'x')`, check},
		{"a reference ends after 60 characters", `UPDATE groups SET reference = printf('%.61c', 'x')`, check},
		{"notes end after 2000 characters", `UPDATE groups SET notes = printf('%.2001c', 'x')`, check},
		{"group states", `UPDATE groups SET status = 'deleted'`, check},
		{"versions count from 1", `UPDATE groups SET version = 0`, check},
		{"a group's customer is of its tenant", `UPDATE groups SET customer = 3 WHERE key = 2`, foreign},
		{"a group with members keeps its customer", `UPDATE groups SET customer = 2 WHERE key = 1`, foreign},
		{"a group with members stays", `DELETE FROM groups WHERE key = 1`, foreign},
		{"no day 0", `UPDATE group_days SET day = 0`, check},
		{"no day 29", `UPDATE group_days SET day = 29`, check},
		{"one day from a period on", `INSERT INTO group_days (tenant, grp, from_period, day) VALUES (1, 1, '2026-11', 5)`, primary},
		{"a day holds from a month on", `UPDATE group_days SET from_period = 'soon'`, check},
		{"a day is a group's", `UPDATE group_days SET grp = 9`, foreign},

		{"not in another customer's group", `UPDATE subscriptions SET grp = 2 WHERE key = 1`, foreign},
		{"not in another tenant's group", `UPDATE subscriptions SET grp = 3 WHERE key = 1`, foreign},
		{"not in a group that does not exist", `UPDATE subscriptions SET grp = 9 WHERE key = 1`, foreign},
		{"not to another customer while grouped", `UPDATE subscriptions SET customer = 2 WHERE key = 1`, foreign},
		{"not another tenant's customer", `UPDATE subscriptions SET customer = 3 WHERE key = 2`, foreign},
		{"grouped from some month", `UPDATE subscriptions SET grp = 1 WHERE key = 2`, check},
		{"not grouped from without a group", `UPDATE subscriptions SET grp = NULL WHERE key = 1`, check},
		{"grouped from a month", `UPDATE subscriptions SET grouped_from = '2026-12-01' WHERE key = 1`, check},
		{"ended on some day", `UPDATE subscriptions SET status = 'cancelled' WHERE key = 2`, check},
		{"not ended while active", `UPDATE subscriptions SET ended_on = '2026-11-22' WHERE key = 2`, check},
		{"not ended before the start", `UPDATE subscriptions SET status = 'cancelled', ended_on = '2026-01-30' WHERE key = 2`, check},
		{"subscription states", `UPDATE subscriptions SET status = 'lost', ended_on = '2026-11-22' WHERE key = 2`, check},
		{"no negative amount", `UPDATE subscriptions SET amount = -1`, check},
		{"no amount beyond the limit", `UPDATE subscriptions SET amount = 1000000000001`, check},
		{"amounts are whole", `UPDATE subscriptions SET amount = 129.5`, strict},
		{"a contract has months", `UPDATE subscriptions SET length = 0`, check},
		{"a contract had months at first", `UPDATE subscriptions SET original_length = 0`, check},
		{"somebody took a subscription in", `UPDATE subscriptions SET created_by = ''`, check},
		{"somebody took a customer in", `UPDATE customers SET created_by = ''`, check},
		{"a contract has at most 120 months", `UPDATE subscriptions SET length = 121`, check},
		{"a start is a day", `UPDATE subscriptions SET start = '31.01.2026'`, check},
		{"an end is a day", `UPDATE subscriptions SET contract_end = '2027-01'`, check},
		{"owed from a month", `UPDATE subscriptions SET owed_from = '2026-11-01'`, check},
		{"owed from some month", `UPDATE subscriptions SET owed_from = NULL`, notNull},
		{"a subscription's id is its own in a tenant", `UPDATE subscriptions SET id = 'S1'`, unique},
		{"a subscription has an id", `UPDATE subscriptions SET id = '' WHERE key = 1`, check},

		{"a group has one live invoice a month", another("invoices", 1, "id", "'pay_9'", "number", "'9'", "sequence", "9"), unique},
		{"an instalment has one live line", another("invoice_lines", 1, "invoice", "3"), unique},
		{"a line is of its invoice's month", another("invoice_lines", 1, "position", "2", "period", "'2027-01'"), foreign},
		{"a line is of an invoice", another("invoice_lines", 1, "invoice", "9", "period", "'2027-01'"), foreign},
		{"a line is of a subscription", another("invoice_lines", 1, "position", "2", "subscription", "9"), foreign},
		{"a line lives or not", `UPDATE invoice_lines SET live = 2`, check},
		{"a line dies by a credit note", `UPDATE invoice_lines SET live = 0 WHERE invoice = 2`, check},
		{"a line is credited by a credit note", `UPDATE invoice_lines SET credit = 9 WHERE invoice = 2`, foreign},
		{"a line's service lasts", another("invoice_lines", 1, "invoice", "3", "subscription", "2", "service_to", "service_from"), check},
		{"an invoice is of its group's customer", another("invoices", 1, "id", "'pay_9'", "number", "'9'", "sequence", "9", "customer", "2", "period", "'2027-01'"), foreign},
		{"an invoice is of a month", another("invoices", 2, "id", "'pay_9'", "sequence", "9", "period", "'soon'"), check},
		{"an invoice is issued on a day", another("invoices", 2, "id", "'pay_9'", "sequence", "9", "issued_on", "'today'"), check},
		{"an invoice is due from its day on", another("invoices", 2, "id", "'pay_9'", "sequence", "9", "due_on", "'2026-11-30'"), check},
		{"an invoice's id is its own", another("invoices", 2, "sequence", "9"), unique},
		{"an invoice's number is its own", another("invoices", 2, "id", "'pay_9'"), unique},
		{"an invoice is a group's or a subscription's", another("invoices", 2, "id", "'pay_9'", "sequence", "9", "subscription", "NULL"), check},
		{"an invoice adds up", another("invoices", 2, "id", "'pay_9'", "sequence", "9", "tax", "1"), check},
		{"an invoice has its run", another("invoices", 2, "id", "'pay_9'", "sequence", "9", "run", "9"), foreign},
		{"an invoice has a known state", `UPDATE invoices SET status = 'lost'`, check},
		{"a paid invoice has its day", `UPDATE invoices SET status = 'paid'`, check},
		{"no more is credited than was asked for", `UPDATE invoices SET credited = total + 1`, check},
		{"an issued invoice is frozen", `UPDATE invoices SET due_on = '2027-01-31'`, trigger},
		{"an issued invoice is kept", `DELETE FROM invoices`, trigger},
		{"an issued line is frozen", `UPDATE invoice_lines SET amount = 1`, trigger},
		{"an issued line is kept", `DELETE FROM invoice_lines`, trigger},
		{"who stands on an invoice is frozen", `UPDATE parties SET details = '[]'`, trigger},
		{"who stands on an invoice is kept", `DELETE FROM parties`, trigger},
		{"a credit note is frozen", `UPDATE credit_notes SET reason = 'Other'`, trigger},
		{"a credit note is kept", `DELETE FROM credit_notes`, trigger},
		{"a credit note's number is its own", another("credit_notes", 1, "key", "2", "id", "'cn_2'", "number", "'2'"), unique},
		{"a credit note has a reason", another("credit_notes", 1, "key", "2", "id", "'cn_2'", "number", "'2'", "sequence", "2", "reason", "''"), check},
		{"a credit note adds up", another("credit_notes", 1, "key", "2", "id", "'cn_2'", "number", "'2'", "sequence", "2", "total", "1"), check},
		{"a contract is billed beyond where it begins to owe", `UPDATE subscriptions SET billed_to = owed_from`, check},

		{"an upload is a tenant's", `UPDATE uploads SET tenant = 9`, foreign},
		{"an upload's id is its own", `INSERT INTO uploads (tenant, id, name, content, created_by, created_at) VALUES (1, 'up_1', 'b.csv', x'00', 'usr_1', 0)`, unique},

		{"activity is never changed", `UPDATE activity SET actor_name = 'B'`, trigger},
		{"activity is never deleted", `DELETE FROM activity`, trigger},
		{"kinds of actor", `INSERT INTO activity (tenant, at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id) VALUES (1, 0, 'cat', '', '', 'x', '', '')`, check},
		{"activity names what was done", `INSERT INTO activity (tenant, at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id) VALUES (1, 0, 'user', '', '', '', '', '')`, check},
		{"activity keeps JSON", `INSERT INTO activity (tenant, at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id, after) VALUES (1, 0, 'user', '', '', 'x', '', '', '{')`, check},
		{"activity is a tenant's", `INSERT INTO activity (tenant, at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id) VALUES (9, 0, 'user', '', '', 'x', '', '')`, foreign},
	} {
		t.Run(test.rule, func(t *testing.T) {
			_, err := s.writer.db.Exec(test.sql)
			refusal, _ := errors.AsType[sqlite3.Error](err)
			if refusal.ExtendedCode != test.want {
				t.Errorf("%s\nanswers %d, %v, want %d", test.sql, refusal.ExtendedCode, err, test.want)
			}
			if errors.Is(translate(err), ErrUnavailable) {
				t.Error("a broken rule is taken for a database that is not available")
			}
		})
	}
}

// another answers the SQL that writes a row of the fixture once more with some columns
// set to other values.
func another(table string, invoice int, columns ...string) string {
	all := map[string]string{
		"invoices": `tenant, id, number, year, sequence, customer, grp, subscription, period, turn, issued_on, due_on, seller, buyer, group_name, reference, ` +
			`vat_mode, vat_rate, subtotal, tax, total, lines, run, created_at, live, status, updated_at`,
		"invoice_lines": `tenant, invoice, position, subscription, period, product, serial, service_from, service_to, amount, tax, live`,
		"credit_notes":  `key, tenant, id, number, year, sequence, invoice, kind, reason, issued_on, subtotal, tax, total, created_by, created_at`,
	}[table]
	values := ", " + all + ","
	for i := 0; i < len(columns); i += 2 {
		values = strings.Replace(values, ", "+columns[i]+",", ", "+columns[i+1]+",", 1)
	}
	key := "key"
	if table == "invoice_lines" {
		key = "invoice"
	}
	return fmt.Sprintf(`INSERT INTO %s (%s) SELECT %s FROM %s WHERE %s = %d`, table, all, strings.Trim(values, ", "), table, key, invoice)
}
