package db

import (
	"context"
	"errors"

	"github.com/alexedwards/argon2id"
)

// ErrBusy means that too many passwords are being checked at the moment.
var ErrBusy = errors.New("too many people are signing in at the moment")

// Checking a password takes 46 MiB of memory and a noticeable part of a second on
// purpose. Only so many are checked at once, and only so many more wait for it, so
// that a flood of sign-ins can take neither all memory nor everybody's time.
const (
	passwordsAtOnce  = 4
	passwordsWaiting = 32
)

// hashParams are OWASP's recommendation for Argon2id with one pass: 46 MiB.
var hashParams = &argon2id.Params{Memory: 47104, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// dummyHash is compared with where there is no user, so that an unknown e-mail
// address takes as long as a wrong password. It is the hash of a random password
// that nobody knows, made with hashParams.
const dummyHash = "$argon2id$v=19$m=47104,t=1,p=1$fAIOX8niqLONqTIei8872A$LfsCBa09DuB89KclvvSKgE+MMUgEl4RciM/7JQ4hlLQ"

// passwords hashes and compares passwords, a few at a time.
type passwords struct {
	admitted chan struct{} // at work or waiting
	working  chan struct{}
}

func newPasswords() passwords {
	return passwords{
		admitted: make(chan struct{}, passwordsAtOnce+passwordsWaiting),
		working:  make(chan struct{}, passwordsAtOnce),
	}
}

// hash answers what is kept of a password. It fails with [ErrBusy], or when ctx is
// done before its turn.
func (p passwords) hash(ctx context.Context, password string) (hash string, err error) {
	turn := p.inTurn(ctx, func() { hash, err = argon2id.CreateHash(password, hashParams) })
	return hash, errors.Join(turn, err)
}

// match tells whether a hash was made of a password. It fails like hash.
func (p passwords) match(ctx context.Context, password, hash string) (match bool, err error) {
	turn := p.inTurn(ctx, func() { match, err = argon2id.ComparePasswordAndHash(password, hash) })
	return match, errors.Join(turn, err)
}

func (p passwords) inTurn(ctx context.Context, work func()) error {
	select {
	case p.admitted <- struct{}{}:
		defer func() { <-p.admitted }()
	default:
		return ErrBusy
	}
	select {
	case p.working <- struct{}{}:
		defer func() { <-p.working }()
	case <-ctx.Done():
		return ctx.Err()
	}
	work()
	return nil
}
