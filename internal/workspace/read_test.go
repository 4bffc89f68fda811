package workspace_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/form"
	"feltbok/internal/workspace"
)

// TestSearch_AcrossScripts: a name is found in its own script, without its accents, by its beginning, and by numbers; a number
// of another case is not. Texts of special are never searched (security.md 3.6).
func TestSearch_AcrossScripts(t *testing.T) {
	m := mustLaptop(t)
	persons := []map[string]domain.Answer{
		{"given_names": text("Fātima"), "family_name": text("Ḥusayn"), "name_native_script": text("فاطمة حسين")},
		{"given_names": text("Tsegay"), "family_name": text("Gebremedhin"), "name_native_script": text("ጸጋይ ገብረመድህን")},
		{"given_names": text("Bjørg-Åse"), "family_name": text("Øvrebø"), "name_native_script": text("Оксана Шевченко")},
	}
	var ids []uuid.UUID
	for i, answers := range persons {
		caseID := mustSet(t, m, workspace.Target{Type: "case"}, map[string]domain.Answer{
			"unhcr_case_no": text(fmt.Sprintf("200-24C0%04d", i+1)), "mission": text(missionID.String()),
		}).ID()
		ids = append(ids, mustSet(t, m, workspace.Target{Type: "person", Case: caseID}, answers).ID())
		mustSet(t, m, workspace.Target{Type: "health", Case: caseID, Subject: ids[i]}, map[string]domain.Answer{"note": text("epilepsi")})
	}
	for _, unlocked := range []string{"same period", "after an unlock"} {
		for query, want := range map[string]int{
			"فاطمة": 0, "حسين": 0, "Fatima": 0, "HUSAYN": 0, "fat": 0, "ጸጋይ": 1, "gebremed": 1, "tsegay geb": 1, "Шевченко": 2, "Øvrebø": 2, "ovrebo": 2, "Åse": 2,
			"epilepsi": -1, "Nobody": -1,
		} {
			hits, err := m.ws.Search(t.Context(), query, 10)
			if err != nil {
				t.Fatal(err)
			}
			var found []uuid.UUID
			for _, hit := range hits {
				found = append(found, hit.ID)
			}
			if want < 0 && len(found) > 0 || want >= 0 && (len(found) == 0 || found[0] != ids[want]) {
				t.Errorf("%s: %q finds %v, want person %d", unlocked, query, hits, want)
			}
		}
		for i := range persons {
			hits, err := m.ws.Search(t.Context(), fmt.Sprintf("200-24C0%04d", i+1), 10)
			if err != nil || len(hits) == 0 || hits[0].Type != "case" {
				t.Errorf("case number %d: %v, %v", i+1, hits, err)
			}
		}
		m.as(t, 0)
	}
	mustSet(t, m, workspace.Target{Type: "person", ID: ids[0]}, map[string]domain.Answer{"family_name": text("Karimi"), "name_native_script": text("کریمی")})
	if hits, err := m.ws.Search(t.Context(), "حسين", 10); err != nil || len(hits) != 0 {
		t.Errorf("the former name is still found: %v, %v", hits, err)
	}
}

// TestInterview_GoesOnAfterAKill: the place follows from the answers. The folder is copied while the program runs, which is
// what a kill leaves behind.
func TestInterview_GoesOnAfterAKill(t *testing.T) {
	m := mustLaptop(t)
	caseID, person := mustCase(t, m)
	id, err := m.ws.StartInterview(t.Context(), caseID, person, "individual_adult")
	if err != nil {
		t.Fatal(err)
	}
	session, err := m.ws.Interview(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	answered := 0
	for at := range session.Sections() {
		for _, item := range session.Sections()[at].Set.Flat() {
			if answered == 6 {
				break
			}
			path := form.Path{Name: item.Name}
			instance := session.Instance(at)
			if !item.Kind.Asked() || item.Repeat != "" || !instance.Has(path) || !instance.Visible(path) || instance.ReadOnly(path) {
				continue
			}
			field, ok := fieldOf(session.Sections()[at].Set.Object, item.Name)
			if !ok || field.Kind != domain.Text && field.Kind != domain.LongText {
				continue
			}
			answered++
			value := fmt.Sprintf("Svar %d", answered)
			if _, err := session.Set(t.Context(), at, path, text(value)); err != nil {
				t.Fatal(err)
			}
			killed := &machine{dir: filepath.Join(t.TempDir(), "killed"), now: m.Now()}
			if err := os.CopyFS(killed.dir, os.DirFS(m.dir)); err != nil {
				t.Fatal(err)
			}
			killed.unlock(t, 0)
			again, err := killed.ws.Interview(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			place, ok := again.LastPlace()
			if !ok || place.Section != at || place.Path != path {
				t.Errorf("answered %s in section %d, goes on at %+v", path.Name, at, place)
			}
			if got := again.Instance(at).Answer(path).Text(); got != value {
				t.Errorf("%s: have %q, acknowledged %q", path.Name, got, value)
			}
			killed.lock(t)
		}
	}
	if answered < 3 {
		t.Errorf("only %d questions were answered", answered)
	}
}

func fieldOf(object domain.Type, name string) (domain.Field, bool) {
	info, ok := domain.Info(object)
	if !ok {
		return domain.Field{}, false
	}
	return info.Field(name)
}
