package db

import (
	"context"
	"fmt"
	"time"

	"billfold/billing"
)

// saveCustomers brings the customers of rows up to date, each of them once.
func (r *importRun) saveCustomers(ctx context.Context, q querier, told []*billing.ExportCustomer) error {
	var fresh []*billing.ExportCustomer
	var ids []string
	for _, c := range told {
		if _, saved := r.customers[c]; !saved {
			r.customers[c] = 0
			fresh, ids = append(fresh, c), append(ids, c.ID)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	known, err := knownCustomers(ctx, q, r.scope.Tenant, ids)
	if err != nil {
		return fmt.Errorf("known customers: %w", err)
	}
	for _, c := range fresh {
		if err := r.saveCustomer(ctx, q, c, known[c.ID]); err != nil {
			return fmt.Errorf("customer %s: %w", c.ID, err)
		}
	}
	return nil
}

func (r *importRun) saveCustomer(ctx context.Context, q querier, told *billing.ExportCustomer, known keyedCustomer) (err error) {
	key := known.key
	r.customers[told] = key
	var after billing.Customer
	if key == 0 {
		r.result.CustomersNew++
		after = told.TakeIn()
		after.CreatedBy = r.scope.Actor.ID
	} else if after = told.Merge(known.Customer); after != known.Customer {
		r.result.CustomersChanged++
	}
	if after == known.Customer || !r.writes {
		return nil
	}
	var at time.Time
	if r.customers[told], at, err = saveCustomer(ctx, q, r.scope.Tenant, r.now, key, after); err != nil || key == 0 {
		return err
	}
	before, now := difference(customerEntry(known.Customer), customerEntry(after))
	return appendActivity(ctx, q, r.scope, at, "customer.changed", "customer", after.ID, before, now)
}

// saveSubscriptions writes new and changed subscriptions. What is new is told by the
// import's own entry in the activity.
func (r *importRun) saveSubscriptions(ctx context.Context, q querier, changes []subscriptionChange) (err error) {
	var customers []string // a subscription may come from another customer
	for _, c := range changes {
		customers = append(customers, c.customer.ID, c.before.CustomerID)
		customer := r.customers[c.customer]
		if c.key == 0 {
			err = insertSubscription(ctx, q, r.scope.Tenant, r.now, customer, c.after)
		} else {
			err = updateSubscription(ctx, q, r.scope, r.now, c.key, customer, c.before, c.after)
		}
		if err != nil {
			return fmt.Errorf("subscription %s: %w", c.after.ID, err)
		}
	}
	return planChanged(ctx, q, r.scope.Tenant, customers...)
}

// customerEntry is what the activity keeps of a customer.
func customerEntry(c billing.Customer) map[string]any {
	entry := map[string]any{"type": c.Type, "status": c.Status, "company": c.Company, "firstName": c.FirstName, "lastName": c.LastName, "email": c.Email,
		"phone": c.Phone, "street": c.Address.Street, "postalCode": c.Address.PostalCode, "city": c.Address.City, "country": c.Address.Country, "vatId": c.VATID,
		"vatTreatment": c.VATTreatment, "paymentTerms": nil}
	if c.PaymentTerms != nil {
		entry["paymentTerms"] = *c.PaymentTerms
	}
	return entry
}

// difference answers the fields that two entries of one thing don't agree on.
func difference(before, after map[string]any) (was, is map[string]any) {
	was, is = make(map[string]any), make(map[string]any)
	for field, value := range after {
		if before[field] != value {
			was[field], is[field] = before[field], value
		}
	}
	return was, is
}
