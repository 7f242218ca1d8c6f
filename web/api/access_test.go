package api

import (
	"net/http"
	"testing"
)

func TestAccess(t *testing.T) {
	w := newWorld(t)
	made := w.create(group("cus_holz", "1", `"sub_1"`))["billingGroupId"].(string)
	revoked := w.newKey(w.mietwerk, false)
	w.exec(`UPDATE api_keys SET revoked_at = 1 WHERE shown = ?1`, revoked[:9])
	calls := []struct{ method, path, body string }{
		{"GET", groups, ""},
		{"POST", groups, group("cus_holz", "1", `"sub_2"`)},
		{"POST", groups + "/preview", group("cus_holz", "1", `"sub_2"`)},
		{"GET", groups + "/" + made, ""},
		{"GET", groups + "/" + made + "/upcoming", ""},
		{"PATCH", groups + "/" + made, `{"groupName":"x"}`},
		{"DELETE", groups + "/" + made, ""},
		{"HEAD", groups, ""},
	}
	tests := []struct {
		name    string
		headers []string
		status  int
		code    string
	}{
		{"no key", []string{"Authorization:"}, 401, "AUTH_REQUIRED"},
		{"blank key", []string{"Authorization: Bearer "}, 401, "AUTH_REQUIRED"},
		{"another scheme", []string{"Authorization: Basic " + w.key}, 401, "AUTH_REQUIRED"},
		{"bare key", []string{"Authorization: " + w.key}, 401, "AUTH_REQUIRED"},
		{"only a cookie", []string{"Authorization:", "Cookie: __Host-session=" + w.key + "; session=" + w.key}, 401, "AUTH_REQUIRED"},
		{"no key, no tenant", []string{"Authorization:", "Tenant-ID:"}, 401, "AUTH_REQUIRED"},
		{"unknown key", []string{"Authorization: Bearer bf_unknown"}, 401, "INVALID_TOKEN"},
		{"revoked key", []string{"Authorization: Bearer " + revoked}, 401, "INVALID_TOKEN"},
		{"no tenant", []string{"Tenant-ID:"}, 403, "NO_TENANT_ACCESS"},
		{"another tenant", []string{"Tenant-ID: " + w.other.ID}, 403, "NO_TENANT_ACCESS"},
		{"another tenant's key", []string{"Authorization: Bearer " + w.otherKey}, 403, "NO_TENANT_ACCESS"},
		{"unknown tenant", []string{"Tenant-ID: ten_unknown"}, 403, "NO_TENANT_ACCESS"},
		{"read-only key, another tenant", []string{"Authorization: Bearer " + w.readKey, "Tenant-ID: " + w.other.ID}, 403, "NO_TENANT_ACCESS"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, c := range calls {
				r := w.call(c.method, c.path, c.body, test.headers...)
				if r.status != test.status || c.method != "HEAD" && string(r.refusal().Code) != test.code {
					t.Errorf("%s %s: %d %s, want %d %s", c.method, c.path, r.status, r.body, test.status, test.code)
				}
			}
		})
	}
	if n := w.groups(); n != 1 {
		t.Errorf("%d groups", n)
	}
}

// A read-only key reads and previews, and writes nothing.
func TestReadOnlyKey(t *testing.T) {
	w := newWorld(t)
	as := "Authorization: bearer " + w.readKey // the scheme's case does not matter
	w.call("POST", groups, group("cus_holz", "1", `"sub_1"`), as).refused(http.StatusForbidden, "INSUFFICIENT_PERMISSIONS")
	if r := w.call("POST", groups+"/preview", group("cus_holz", "1", `"sub_1"`), as); r.status != http.StatusOK {
		t.Errorf("preview: %d %s", r.status, r.body)
	}
	if r := w.call("GET", groups, "", as); r.status != http.StatusOK {
		t.Errorf("list: %d %s", r.status, r.body)
	}
	if n := w.groups(); n != 0 {
		t.Errorf("%d groups", n)
	}
}
