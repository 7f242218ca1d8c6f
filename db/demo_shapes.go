package db

// demoRole is what a customer shows.
type demoRole int

const (
	demoFirst     demoRole = iota // the one that the first group is made for
	demoFleet                     // has pages full of subscriptions, few of them grouped
	demoGrouped                   // has groups, where it has subscriptions enough
	demoCandidate                 // a company without a group: worth grouping
	demoInactive                  // a company that has left
	demoPerson                    // can't have groups
)

// demoShape is a customer before it has a name.
type demoShape struct {
	role demoRole
	// size is its number of subscriptions.
	size int
}

// The numbers of subscriptions that a demo can have.
const (
	MinDemo = 6         // what the first customer needs: free, grouped and ended ones
	MaxDemo = 2_000_000 // names and short ids have been seen to last for that many
)

const (
	// demoFirstSize is how many the first customer has, where the demo has as many.
	demoFirstSize = 10
	// demoCustomerSize is how many a customer has in the middle.
	demoCustomerSize = 10
	// A demo this large has a fleet of a tenth of it, up to maxDemoFleet.
	minDemoWithFleet = 1_000
	maxDemoFleet     = 5_000
)

// demoShapes shares out n subscriptions among customers, the first one leading. One
// customer in six is a person with one or two; companies differ widely.
func demoShapes(r demoRandom, n int) []demoShape {
	shapes := make([]demoShape, (n+demoCustomerSize-1)/demoCustomerSize)
	roles := newDemoDeck(demoShare[demoRole]{34, demoGrouped}, demoShare[demoRole]{5, demoCandidate}, demoShare[demoRole]{1, demoInactive})
	var companies []int
	left, weight, person := n, 0, 0
	for i := range shapes {
		if i%6 == 0 {
			person = r.between(2, 5) // the second customer is a company, which takes all that is left
		}
		switch s := &shapes[i]; {
		case i == 0:
			*s = demoShape{demoFirst, min(n, demoFirstSize)}
		case i == 1 && n >= minDemoWithFleet:
			*s = demoShape{demoFleet, min(n/10, maxDemoFleet)}
		case i%6 == person:
			*s = demoShape{demoPerson, 1 + r.IntN(4)/3}
		default:
			*s = demoShape{roles.deal(r), demoCompanySize(r)}
			companies, weight = append(companies, i), weight+s.size
			continue
		}
		left -= shapes[i].size
	}
	for _, i := range companies {
		shapes[i].size = max(1, shapes[i].size*left/weight)
	}
	for _, i := range companies {
		left -= shapes[i].size
	}
	for left != 0 && len(companies) > 0 { // what rounding, or a least of one, gave or took
		s := &shapes[companies[r.IntN(len(companies))]]
		switch {
		case left > 0:
			s.size, left = s.size+1, left-1
		case s.size > 1:
			s.size, left = s.size-1, left+1
		}
	}
	limitDemoRoles(shapes, n)
	return shapes
}

// limitDemoRoles gives groups to companies that would keep too many of n subscriptions
// out of them, which happens where the demo is small and a company is large.
func limitDemoRoles(shapes []demoShape, n int) {
	most := map[demoRole]int{demoCandidate: n * 22 / 100, demoInactive: n * 5 / 100}
	for i := range shapes {
		s := &shapes[i]
		left, limited := most[s.role]
		switch {
		case limited && s.size > left:
			s.role = demoGrouped
		case limited:
			most[s.role] = left - s.size
		}
	}
}

// demoCompanySize draws how many devices a company rents: mostly a handful.
func demoCompanySize(r demoRandom) int {
	switch roll := r.IntN(100); {
	case roll < 20:
		return r.between(1, 3)
	case roll < 60:
		return r.between(4, 9)
	case roll < 85:
		return r.between(10, 19)
	case roll < 97:
		return r.between(20, 45)
	}
	return r.between(46, 120)
}
