package form_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/form"
	"feltbok/internal/form/xlsform"
)

// publicForm is a form that nobody here wrote.
type publicForm struct {
	pack, name string
	set        *form.Set
	err        error
}

// TestPublic takes in the forms in the folder FELTBOK_FORMS, one folder for each package they come from, and answers those that are
// taken in at random. It writes docs/forms-refused.md anew into FELTBOK_REPORT. Without the folder it has nothing to do; make
// evaluator fetches the packages.
func TestPublic(t *testing.T) {
	folder := os.Getenv("FELTBOK_FORMS")
	if folder == "" {
		t.Skip("run by make evaluator")
	}
	forms := readPublic(t, folder)
	if len(forms) < 100 {
		t.Fatalf("%d forms", len(forms))
	}
	for _, f := range forms {
		if f.err != nil {
			var faults *form.Errors
			if !errors.As(f.err, &faults) {
				t.Errorf("%s %s: %v", f.pack, f.name, f.err)
			}
			continue
		}
		t.Run(f.pack+"/"+f.name, func(t *testing.T) { runs(t, f.set) })
	}
	if report := os.Getenv("FELTBOK_REPORT"); report != "" {
		reasons := "| Reason | What |\n|---|---|\n"
		for _, reason := range xlsform.Reasons {
			reasons += "| " + reason.Code + " | " + reason.Meaning + " |\n"
		}
		for name, text := range map[string]string{"REASONS.md": reasons + "\n", "PUBLIC.md": publicReport(forms)} {
			if err := os.WriteFile(filepath.Join(report, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func readPublic(t *testing.T, folder string) []publicForm {
	t.Helper()
	var forms []publicForm
	err := filepath.WalkDir(folder, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(folder, file)
		if err != nil {
			return err
		}
		pack, name, _ := strings.Cut(filepath.ToSlash(relative), "/")
		switch {
		case filepath.Ext(file) == ".xlsx" && !entry.IsDir():
			content, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			set, err := form.Import(path.Base(name), content, form.ImportOptions{})
			forms = append(forms, publicForm{pack, name, set, err})
		case entry.Name() == "survey.csv":
			whole := filepath.Dir(file)
			set, err := form.ImportFolder(os.DirFS(filepath.Dir(whole)), filepath.Base(whole), form.ImportOptions{})
			forms = append(forms, publicForm{pack, path.Dir(name), set, err})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return forms
}

// runs encodes a set, reads it again, and answers it: each round changes every question that is shown, and the state must be that of
// everything entered at once.
func runs(t *testing.T, set *form.Set) {
	encoded, err := form.Encode(set)
	if err != nil {
		t.Fatal(err)
	}
	again, err := form.Decode(encoded)
	if err != nil {
		t.Fatalf("what was taken in cannot be read again: %v", err)
	}
	if second, err := form.Encode(again); err != nil || string(second) != string(encoded) {
		t.Fatal("read again it is another set")
	}
	i := form.New(again, form.Context{Clock: today})
	i.Evaluate()
	i.ApplyDefaults()
	next := byte(1)
	outer := map[uuid.UUID]uuid.UUID{}
	for round := range 3 {
		for _, item := range again.Flat() {
			rows := []uuid.UUID{uuid.Nil}
			if item.Repeat != "" {
				rows = i.Rows(item.Repeat)
			}
			for _, row := range rows {
				path := form.Path{Row: row, Repeat: item.Repeat, Name: item.Name}
				switch {
				case item.Kind == form.Repeat && round < 2 && next < 60:
					id := uuid.UUID{1: next}
					next++
					i.AddRowIn(item.Name, row, id)
					outer[id] = row
				case item.Kind.Asked() && i.Visible(path):
					i.Set(path, answerFor(i, item, path, round))
				}
			}
		}
	}
	if faults := i.Faults(); len(faults) > 0 {
		t.Errorf("expressions fail: %v", faults)
	}
	j := form.New(again, form.Context{Clock: today})
	for _, item := range again.Flat() {
		for _, row := range rowsOf(i, item) {
			path := form.Path{Row: row, Repeat: item.Repeat, Name: item.Name}
			if item.Repeat != "" {
				j.PutRowIn(item.Repeat, outer[row], row)
			}
			if item.Kind.Asked() || item.Kind == form.Calculate {
				j.Put(path, i.Answer(path))
			}
		}
	}
	j.Evaluate()
	for _, item := range again.Flat() {
		for _, row := range rowsOf(i, item) {
			path := form.Path{Row: row, Repeat: item.Repeat, Name: item.Name}
			if i.Visible(path) != j.Visible(path) {
				t.Errorf("%v is shown %v step by step, %v at once", path, i.Visible(path), j.Visible(path))
			}
		}
	}
}

func rowsOf(i *form.Instance, item *form.Item) []uuid.UUID {
	if item.Repeat == "" {
		return []uuid.UUID{uuid.Nil}
	}
	return i.Rows(item.Repeat)
}

// answerFor gives an answer of the question's kind, another in each round.
func answerFor(i *form.Instance, item *form.Item, path form.Path, round int) domain.Answer {
	var codes []string
	for _, choice := range i.Choices(path, "en") {
		codes = append(codes, choice.Code)
	}
	switch item.Kind {
	case form.Integer:
		return number(int64(round + 1))
	case form.Decimal:
		return text(fmt.Sprint(round) + ".5")
	case form.Date:
		return text(fmt.Sprintf("200%d-02-03", round))
	case form.PartialDate:
		return text("1990-03")
	case form.DateTime:
		return text(fmt.Sprintf("2020-01-0%dT10:00:00+01:00", round+1))
	case form.Time:
		return text("10:30")
	case form.Acknowledge:
		return domain.Answer{Value: true}
	case form.Code, form.YesNo:
		if len(codes) == 0 {
			return domain.Answer{}
		}
		return text(codes[round%len(codes)])
	case form.MultiCode, form.Rank:
		return domain.Answer{Value: codes}
	}
	return text(strings.Repeat("a", round+1))
}

// publicReport is the page about forms of others that are refused.
func publicReport(forms []publicForm) string {
	var out strings.Builder
	counts := map[string][2]int{}
	reasons := map[string]int{}
	var refused []string
	for _, f := range forms {
		count := counts[f.pack]
		if f.err == nil {
			count[0]++
		} else {
			count[1]++
			var faults *form.Errors
			if errors.As(f.err, &faults) {
				refused = append(refused, fmt.Sprintf("* %s `%s`", f.pack, f.name))
				seen := map[string]int{}
				for _, p := range faults.Problems {
					if seen[p.Code]++; seen[p.Code] == 1 {
						reasons[p.Code]++
						refused = append(refused, fmt.Sprintf("  * %s %s", p.Code, strings.Join(strings.Fields(p.String()), " ")))
					}
				}
				if more := len(faults.Problems) - len(seen); more > 0 {
					refused = append(refused, fmt.Sprintf("  * and %d more of these reasons", more))
				}
			}
		}
		counts[f.pack] = count
	}
	packs := make([]string, 0, len(counts))
	for pack := range counts {
		packs = append(packs, pack)
	}
	slices.Sort(packs)
	fmt.Fprintln(&out, "| Package | Taken in | Refused |\n|---|---:|---:|")
	total := [2]int{}
	for _, pack := range packs {
		total[0], total[1] = total[0]+counts[pack][0], total[1]+counts[pack][1]
		fmt.Fprintf(&out, "| %s | %d | %d |\n", pack, counts[pack][0], counts[pack][1])
	}
	fmt.Fprintf(&out, "| all | %d | %d |\n\nBy reason:\n\n| Reason | Forms |\n|---|---:|\n", total[0], total[1])
	codes := make([]string, 0, len(reasons))
	for code := range reasons {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	for _, code := range codes {
		fmt.Fprintf(&out, "| %s | %d |\n", code, reasons[code])
	}
	fmt.Fprintf(&out, "\n%s\n", strings.Join(refused, "\n"))
	return out.String()
}
