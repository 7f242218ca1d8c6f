package api

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
)

// groupTag is a group's strong entity tag: its id and version, which are all that
// If-Match looks at, and a sum of what is said of it. The version would not do for
// If-None-Match: totals follow the rentals' prices and ends, which don't change the
// group.
func groupTag(version int, group billingGroup) (string, error) {
	said, err := json.Marshal(group)
	if err != nil {
		return "", fmt.Errorf("api: entity tag: %w", err)
	}
	sum := fnv.New64a()
	sum.Write(said)
	return fmt.Sprintf(`"%s.%d.%016x"`, group.BillingGroupID, version, sum.Sum64()), nil
}

// entityTags are the tags that a conditional call names.
type entityTags struct {
	// any is "*": whatever there is.
	any bool
	// strong and weak are the tags as they are written, without W/.
	strong, weak []string
}

// parseTags reads "*" or a list of entity tags as RFC 9110 has it, and tells whether
// it is one.
func parseTags(lines []string) (tags entityTags, ok bool) {
	rest := strings.TrimSpace(strings.Join(lines, ","))
	if rest == "*" {
		return entityTags{any: true}, true
	}
	for rest != "" {
		if rest[0] == ',' { // an empty item says nothing
			rest = strings.TrimLeft(rest[1:], " \t")
			continue
		}
		list := &tags.strong
		if after, weak := strings.CutPrefix(rest, "W/"); weak {
			list, rest = &tags.weak, after
		}
		tag, after, ok := cutTag(rest)
		if !ok || after != "" && after[0] != ',' {
			return entityTags{}, false
		}
		*list, rest = append(*list, tag), after
	}
	return tags, len(tags.strong)+len(tags.weak) > 0
}

// cutTag cuts a quoted tag, which may hold commas, off a list.
func cutTag(list string) (tag, rest string, ok bool) {
	if list == "" || list[0] != '"' {
		return "", "", false
	}
	end := strings.IndexByte(list[1:], '"') + 2
	if end < 2 || strings.ContainsFunc(list[:end], func(r rune) bool { return r <= ' ' || r == 0x7F }) {
		return "", "", false
	}
	return list[:end], strings.TrimLeft(list[end:], " \t"), true
}

// has tells whether a caller who names tags in If-None-Match has what tag stands for.
// What can't be read names nothing.
func has(r *http.Request, tag string) bool {
	tags, _ := parseTags(r.Header.Values("If-None-Match"))
	return tags.any || slices.Contains(tags.strong, tag) || slices.Contains(tags.weak, tag)
}

// noVersion is a version that no group has.
const noVersion = -1

// expected answers the version that a group must have for a call to change it, 0
// where any will do. If-Match takes the tags of earlier answers; a weak tag, or one of
// something else, matches nothing.
func (s *server) expected(c echo.Context, access db.Access, id string) (int, error) {
	lines := c.Request().Header.Values("If-Match")
	if len(lines) == 0 {
		return 0, nil
	}
	tags, ok := parseTags(lines)
	if !ok {
		return 0, refuse(billing.CodeValidation, "Send the ETag of the group in the header If-Match, with its quotation marks, or *.")
	}
	if tags.any {
		return 0, nil
	}
	switch versions := versionsIn(tags.strong, id); len(versions) {
	case 0:
		return noVersion, nil
	case 1:
		return versions[0], nil
	default:
		// Only the newest can be right, whatever happens until the change is made.
		group, err := s.store.Group(c.Request().Context(), access.Tenant, id)
		if err == nil && !slices.Contains(versions, group.Version) {
			return noVersion, nil
		}
		return group.Version, err
	}
}

// versionsIn answers the versions of a group that tags stand for.
func versionsIn(tags []string, id string) (versions []int) {
	for _, tag := range tags {
		after, ours := strings.CutPrefix(strings.Trim(tag, `"`), id+".")
		number, _, _ := strings.Cut(after, ".")
		if version, err := strconv.Atoi(number); ours && err == nil && version > 0 && !slices.Contains(versions, version) {
			versions = append(versions, version)
		}
	}
	return versions
}
