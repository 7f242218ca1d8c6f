package api

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
)

// caller is who makes a call, as far as it is known.
type caller struct {
	access db.Access
	// err says why there is no access, and is nil where there is.
	err error
}

// callerKey finds the caller in a call's context.
const callerKey = "api.caller"

// identify finds out whose key a call carries. Only the Authorization header
// counts: a browser sends a session's cookie along on its own, so a cookie must
// never open this door.
func (s *server) identify(r *http.Request) caller {
	scheme, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	secret = strings.TrimSpace(secret)
	if !strings.EqualFold(scheme, "Bearer") || secret == "" {
		return caller{err: refuse(codeAuthRequired, "Send your API key in the header “Authorization: Bearer <key>”.")}
	}
	// Every call pays for this: with a context that can be cancelled the driver would
	// start a goroutine for it, which costs more than the lookup.
	access, err := s.store.Access(context.WithoutCancel(r.Context()), secret)
	if errors.Is(err, db.ErrNoKey) {
		err = refuse(codeInvalidToken, "This API key is unknown or was revoked. Check it, or ask an owner for a new one.")
	}
	return caller{access, err}
}

// guarded is the route's handler behind what the route needs.
func (r route) guarded() echo.HandlerFunc {
	return func(c echo.Context) error {
		who := c.Get(callerKey).(caller)
		if r.need != none {
			if err := who.may(r.need, c.Request().Header.Get("Tenant-ID")); err != nil {
				return err
			}
		}
		return r.handler(c, who.access)
	}
}

// may tells why a caller can't do what a route does for a tenant, or nil. A tenant
// that is missing, unknown or another's gets one and the same answer.
func (who caller) may(n need, tenantID string) error {
	switch {
	case who.err != nil:
		return who.err
	case tenantID != who.access.Tenant.ID:
		return refuse(codeNoTenantAccess, "Send the id of the business unit this API key belongs to in the header “Tenant-ID”.")
	case n == write && who.access.ReadOnly:
		return refuse(codeInsufficientPermissions, "This API key can only read. Use one that may write.")
	}
	return nil
}

// challenge tells a client what a 401 asks for, as RFC 6750 has it.
func challenge(h http.Header, code billing.Code) {
	switch code {
	case codeAuthRequired:
		h.Set("WWW-Authenticate", `Bearer realm="billfold"`)
	case codeInvalidToken:
		h.Set("WWW-Authenticate", `Bearer realm="billfold", error="invalid_token"`)
	}
}
