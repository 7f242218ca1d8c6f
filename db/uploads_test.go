package db

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"billfold/billing"
)

func upload(t testing.TB, s *Store, tenant Tenant, file string) string {
	t.Helper()
	id, err := s.CreateUpload(t.Context(), newScope(tenant), "export.csv", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestUploadIsCheckedAndTakenIn(t *testing.T) {
	s := newStore(t)
	tenant := newTenant(t, s)
	id := upload(t, s, tenant, exportFile(exportRow("S-1")))
	u, check, err := s.CheckUpload(t.Context(), tenant, id)
	if err != nil || u.Name != "export.csv" || u.ID != id || u.At.IsZero() {
		t.Fatalf("upload %+v, error %v", u, err)
	}
	wantResult(t, check, ImportResult{Rows: 1, New: 1, CustomersNew: 1})
	result, err := s.TakeInUpload(t.Context(), newScope(tenant), id)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(check, result); diff != "" {
		t.Errorf("the check said otherwise (-check +import):\n%s", diff)
	}
	if one, err := s.ImportTakenIn(t.Context(), tenant, id); err != nil || one.New != 1 || one.File != "export.csv" {
		t.Errorf("the import is remembered as %+v, error %v", one, err)
	}
	for name, err := range map[string]error{"checked": checkUpload(t, s, tenant, id), "taken in": takeInUpload(t, s, tenant, id)} {
		if billing.CodeOf(err) != billing.CodeNotFound {
			t.Errorf("%s once more: error %v", name, err)
		}
	}
}

func checkUpload(t testing.TB, s *Store, tenant Tenant, id string) error {
	_, _, err := s.CheckUpload(t.Context(), tenant, id)
	return err
}

func takeInUpload(t testing.TB, s *Store, tenant Tenant, id string) error {
	_, err := s.TakeInUpload(t.Context(), newScope(tenant), id)
	return err
}

// The newest import is the one taken in last, however long its file has been waiting.
func TestImportsAreInTheOrderTheyWereTakenIn(t *testing.T) {
	s := newStore(t)
	tenant := newTenant(t, s)
	waiting := upload(t, s, tenant, exportFile(exportRow("S-1")))
	takeIn(t, s, tenant, exportFile(exportRow("S-2")))
	if err := takeInUpload(t, s, tenant, waiting); err != nil {
		t.Fatal(err)
	}
	if list, err := s.Imports(t.Context(), tenant, 1); err != nil || len(list) != 1 || list[0].ID != waiting {
		t.Errorf("the newest import: %+v, error %v", list, err)
	}
}

func TestUploadWithProblemsStays(t *testing.T) {
	s := newStore(t)
	tenant := newTenant(t, s)
	id := upload(t, s, tenant, exportFile(exportRow("S-1", "status", "x")))
	result, err := s.TakeInUpload(t.Context(), newScope(tenant), id)
	if err != nil || result.Problems.Total != 1 {
		t.Errorf("result %+v, error %v", result, err)
	}
	if err := checkUpload(t, s, tenant, id); err != nil {
		t.Errorf("the upload is gone: %v", err)
	}
}

// Two clicks at the same moment: one import.
func TestUploadIsTakenInOnce(t *testing.T) {
	s := newStore(t)
	tenant := newTenant(t, s)
	id := upload(t, s, tenant, exportFile(exportRow("S-1")))
	errs := make([]error, 8)
	var clicks sync.WaitGroup
	for i := range errs {
		clicks.Go(func() { errs[i] = takeInUpload(t, s, tenant, id) })
	}
	clicks.Wait()
	done := 0
	for _, err := range errs {
		switch {
		case err == nil:
			done++
		case billing.CodeOf(err) != billing.CodeNotFound:
			t.Errorf("error %v", err)
		}
	}
	if imports, err := s.Imports(t.Context(), tenant, 10); err != nil || done != 1 || len(imports) != 1 {
		t.Errorf("%d succeeded, %d imports, error %v; want one", done, len(imports), err)
	}
}

func TestUploadOfAnotherBusinessUnit(t *testing.T) {
	s := newStore(t)
	here, there := newTenant(t, s), newTenant(t, s)
	id := upload(t, s, there, exportFile(exportRow("S-1")))
	for name, err := range map[string]error{"check": checkUpload(t, s, here, id), "take in": takeInUpload(t, s, here, id)} {
		if billing.CodeOf(err) != billing.CodeNotFound {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if err := checkUpload(t, s, there, id); err != nil {
		t.Errorf("its own: %v", err)
	}
}

// After a day an upload is gone, at once for whoever asks and from the file with the
// next upload of anybody.
func TestUploadLivesForADay(t *testing.T) {
	clock := newStepClock() // 22 November 2026
	s := openStore(t, t.TempDir()+"/test.db", clock.clock())
	tenant := newTenant(t, s)
	id := upload(t, s, tenant, exportFile(exportRow("S-1")))
	clock.step(uploadLife - time.Minute)
	if err := checkUpload(t, s, tenant, id); err != nil {
		t.Errorf("before its day has passed: %v", err)
	}
	clock.step(time.Minute)
	for name, err := range map[string]error{"check": checkUpload(t, s, tenant, id), "take in": takeInUpload(t, s, tenant, id)} {
		if billing.CodeOf(err) != billing.CodeNotFound {
			t.Errorf("%s after its day: error %v", name, err)
		}
	}
	next := upload(t, s, newTenant(t, s), "x")
	if rows := strings.Join(imported(t, s), "\n"); strings.Contains(rows, `"`+id+`","export.csv"`) || !strings.Contains(rows, next) {
		t.Errorf("uploads:\n%s", rows)
	}
}
