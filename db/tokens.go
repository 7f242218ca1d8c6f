package db

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"time"
)

// touchAfter is how old a time of last use may become before it is written again.
const touchAfter = time.Minute

// newToken makes an unguessable token of 32 random bytes, for a URL, a cookie or a
// header. The database keeps only what [hashToken] makes of it.
func newToken() string {
	var b [32]byte
	rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// hashToken answers the SHA-256 of a token. A slow hash is for passwords; nobody
// can try all tokens.
func hashToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// touch writes a time of last use behind the caller's back: a page must not wait
// for the disk, or for a long import, because of it. Each statement gets the token's
// hash as ?1 and the time in milliseconds as ?2. A failure is not told to anybody;
// the next use tries again.
func (s *Store) touch(hash []byte, now time.Time, statements ...string) {
	id := string(hash)
	if _, underWay := s.touching.LoadOrStore(id, nil); underWay {
		return
	}
	go func() {
		defer s.touching.Delete(id)
		_ = s.write(context.Background(), func(ctx context.Context, tx *sql.Tx) error {
			for _, statement := range statements {
				if _, err := tx.ExecContext(ctx, statement, hash, now.UnixMilli()); err != nil {
					return err
				}
			}
			return nil
		})
	}()
}
