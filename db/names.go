package db

import "context"

// Names are what things are called now, by their kind and id. What is not there any
// more, or never was, has none.
type Names map[string]map[string]string

// nameQueries answer id and name for a tenant and a list of ids.
var nameQueries = map[string]string{
	"group": `SELECT g.id, g.name FROM json_each(?2) j CROSS JOIN groups g
		WHERE g.tenant = ?1 AND g.id = j.value AND g.deleted_at IS NULL`,
	"customer": `SELECT c.id, coalesce(nullif(c.company, ''), nullif(trim(c.first_name || ' ' || c.last_name), ''), nullif(c.email, ''), c.id)
		FROM json_each(?2) j CROSS JOIN customers c WHERE c.tenant = ?1 AND c.id = j.value`,
	"subscription": `SELECT u.id, coalesce(nullif(trim(u.product || ' ' || u.serial), ''), u.id)
		FROM json_each(?2) j CROSS JOIN subscriptions u WHERE u.tenant = ?1 AND u.id = j.value`,
	"invoice": `SELECT i.id, i.number FROM json_each(?2) j CROSS JOIN invoices i WHERE i.tenant = ?1 AND i.id = j.value`,
	"user": `SELECT u.id, u.name FROM json_each(?2) j CROSS JOIN users u
		WHERE u.id = j.value AND (EXISTS (SELECT 1 FROM memberships m WHERE m.tenant = ?1 AND m.user = u.key)
			OR EXISTS (SELECT 1 FROM activity a WHERE a.tenant = ?1 AND a.subject_kind = 'user' AND a.subject_id = u.id))`,
	"key": `SELECT k.id, k.name FROM json_each(?2) j CROSS JOIN api_keys k WHERE k.tenant = ?1 AND k.id = j.value`,
}

// Names answers what things of a tenant are called, given their ids by kind.
func (s *Store) Names(ctx context.Context, t Tenant, ids map[string][]string) (Names, error) {
	names := make(Names)
	err := s.read(ctx, func(q querier) error {
		for kind, wanted := range ids {
			query, known := nameQueries[kind]
			if !known {
				continue
			}
			names[kind] = make(map[string]string, len(wanted))
			if err := eachRow(ctx, q, query, []any{t.Key, jsonOf(wanted)}, func(row scanner) error {
				var id, name string
				err := row.Scan(&id, &name)
				names[kind][id] = name
				return err
			}); err != nil {
				return err
			}
		}
		return nil
	})
	return names, wrap("names", err)
}
