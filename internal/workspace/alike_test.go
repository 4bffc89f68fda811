package workspace_test

import (
	"fmt"
	"testing"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/workspace"
)

// TestAlike: somebody who is in the register already is found while the name is typed again, in another spelling or script; brothers
// and sisters are not taken for each other, and of a person who was removed nothing is said.
func TestAlike(t *testing.T) {
	m := mustLaptop(t)
	caseID, _ := mustCase(t, m)
	person := func(given, family, native, birth string) uuid.UUID {
		return mustSet(t, m, workspace.Target{Type: "person", Case: caseID}, map[string]domain.Answer{
			"given_names": text(given), "family_name": text(family), "name_native_script": text(native), "birth": text(birth),
		}).ID()
	}
	people := map[uuid.UUID]string{
		person("Mohammed", "Al-Hussein", "محمد الحسين", "1985-01-01"): "mohammed",
		person("Tsegay", "Gebremedhin", "ጸጋይ ገብረመድህን", "1990"):        "tsegay",
		person("Yusuf", "Karimi", "یوسف کریمی", "2012"):               "yusuf",
	}
	gone := person("Leyla", "Karimi", "", "2014")
	mustSet(t, m, workspace.Target{Type: "person", ID: gone, Case: caseID}, map[string]domain.Answer{"_deleted": {Value: true}})
	for _, c := range []struct {
		typed workspace.Typed
		want  string
	}{
		{workspace.Typed{Given: "Muhammad", Family: "Alhussein"}, "mohammed"},
		{workspace.Typed{Given: "Mohamed", Family: "Hussein", Birth: "1985"}, "mohammed"},
		{workspace.Typed{Native: "محمد الحسين"}, "mohammed"},
		{workspace.Typed{Given: "Al-Hussein", Family: "Mohammed"}, "mohammed"}, // names in the other order
		{workspace.Typed{Given: "Mohammed", Family: "Al-Hussein", Birth: "2015"}, ""},
		{workspace.Typed{Given: "Tsegai", Family: "Gebremedhin"}, "tsegay"},
		{workspace.Typed{Native: "ጸጋይ ገብረመድህን"}, "tsegay"},
		{workspace.Typed{Given: "Fatima", Family: "Karimi"}, ""}, // a sister
		{workspace.Typed{Family: "Karimi"}, ""},
		{workspace.Typed{Given: "Yusuf"}, ""},
		{workspace.Typed{Given: "Yusuf", Birth: "2011"}, "yusuf"},
		{workspace.Typed{Given: "Leyla", Family: "Karimi"}, ""},
		{workspace.Typed{}, ""},
	} {
		found, err := m.ws.Alike(t.Context(), uuid.Nil, c.typed, 5)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, one := range found {
			got += people[one.Person]
			if one.Case != caseID || one.Number != "200-24C00001" || one.Name == "" {
				t.Errorf("%+v: %+v", c.typed, one)
			}
		}
		if got != c.want {
			t.Errorf("%+v is like %q, want %q (%+v)", c.typed, got, c.want, found)
		}
	}
	for id, name := range people {
		if name == "tsegay" {
			if found, err := m.ws.Alike(t.Context(), id, workspace.Typed{Given: "Tsegay", Family: "Gebremedhin"}, 5); err != nil || len(found) != 0 {
				t.Errorf("a person is like herself: %v, %v", found, err)
			}
		}
	}
}

// TestSearchAnswers: words of ordinary answers are found with whom they are about; names are not, nor anything of special and sealed.
func TestSearchAnswers(t *testing.T) {
	m := mustLaptop(t)
	caseID, person := mustCase(t, m)
	mustSet(t, m, workspace.Target{Type: "person", ID: person, Case: caseID}, map[string]domain.Answer{"birth_place": text("Ved elven øst for Goma, i huset til morfar, der broren også bodde en tid")})
	mustSet(t, m, workspace.Target{Type: "case", ID: caseID, Case: caseID}, map[string]domain.Answer{"place_of_stay": text("Nakivale")})
	mustSet(t, m, workspace.Target{Type: "health", Case: caseID, Subject: person}, map[string]domain.Answer{"note": text("epilepsi")})
	for query, want := range map[string]string{
		"ØST FOR": "person birth_place Test Mappe: Ved elven øst for Goma, i huset til morfar, der broren og …", "nakiv": "case place_of_stay : Nakivale", "Mappe": "", "epilepsi": "", "no": "", "zz": "", "": "",
	} {
		found, err := m.ws.SearchAnswers(t.Context(), query, 5)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, one := range found {
			got += fmt.Sprintf("%s %s %s: %s", one.Type, one.Field, one.Name, one.Words)
			if one.Case != caseID || one.Number != "200-24C00001" || (one.Name != "") != (one.Person == person) {
				t.Errorf("%q: %+v", query, one)
			}
		}
		if got != want {
			t.Errorf("%q finds %q, want %q", query, got, want)
		}
	}
	if found, err := m.ws.SearchAnswers(t.Context(), "nakivale", 0); err != nil || len(found) != 0 {
		t.Errorf("more than the limit: %v, %v", found, err)
	}
}
