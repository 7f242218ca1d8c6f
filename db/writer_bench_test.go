package db

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"testing"
)

// BenchmarkWrite measures durable changes per second through the writer against its
// control: the same statement in a bare transaction each, on the same connection.
// One caller is to reach 0.7 of the control, several together more than 1.
func BenchmarkWrite(b *testing.B) {
	writers := []struct {
		name  string
		write func(s *Store, fn func(context.Context, *sql.Tx) error) error
	}{
		{"bare", bareWrite},
		{"store", func(s *Store, fn func(context.Context, *sql.Tx) error) error {
			return s.write(context.Background(), fn)
		}},
	}
	for _, callers := range []int{1, 16} {
		for _, writer := range writers {
			b.Run(fmt.Sprintf("%s/callers=%d", writer.name, callers), func(b *testing.B) {
				s := newStore(b)
				fn := note(newTenant(b, s), "bench")
				b.ResetTimer()
				var wg sync.WaitGroup
				for c := range callers {
					wg.Go(func() {
						for i := c; i < b.N; i += callers {
							if err := writer.write(s, fn); err != nil {
								b.Error(err)
							}
						}
					})
				}
				wg.Wait()
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "changes/s")
			})
		}
	}
}

func bareWrite(s *Store, fn func(context.Context, *sql.Tx) error) error {
	ctx := context.Background()
	tx, err := s.writer.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := fn(ctx, tx); err != nil {
		return err
	}
	return tx.Commit()
}
