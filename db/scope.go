package db

import "billfold/billing"

// Tenant is a business unit as the database knows it.
type Tenant struct {
	// Key leads every key and index of the tenant's rows. It never leaves the
	// program; outside a tenant is known by its ID.
	Key int64
	billing.Tenant
}

// ActorKind says what somebody who changes something is.
type ActorKind string

// The kinds of actor.
const (
	ActorUser   ActorKind = "user"   // a person in the console
	ActorKey    ActorKind = "key"    // a program with an API key
	ActorSystem ActorKind = "system" // the command line, or Billfold by itself
)

// Actor is who changes something, as the activity keeps it.
type Actor struct {
	Kind ActorKind
	// ID is the user's or the key's; the system has none.
	ID   string
	Name string
}

// Scope is who does something, and in which tenant: the first argument of every
// use case that changes something.
type Scope struct {
	Tenant Tenant
	Actor  Actor
}
