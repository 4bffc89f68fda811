package casefile_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"github.com/google/uuid"

	"feltbok/app/caseload/missiontest"
	"feltbok/app/ui"
	"feltbok/app/ui/drivepick"
	"feltbok/internal/attachment"
	"feltbok/internal/domain"
	"feltbok/internal/workspace"
)

const attachmentSection = 7

// diploma is a picture of an invented document, as a JPEG file.
func diploma(t testing.TB) []byte {
	t.Helper()
	p := image.NewRGBA(image.Rect(0, 0, 600, 800))
	for y := range 800 {
		for x := range 600 {
			c := color.RGBA{246, 240, 222, 255}
			if x < 20 || x >= 580 || y < 20 || y >= 780 || y > 120 && y%60 < 12 && x > 80 && x < 520-y%7*30 {
				c = color.RGBA{92, 64, 38, 255}
			}
			p.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, p, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func mustAttach(t testing.TB, ws *workspace.Workspace, caseID, person uuid.UUID, kind domain.Type, title string, raw []byte) *workspace.Record {
	t.Helper()
	file, err := attachment.Read(raw)
	if err != nil {
		t.Fatal(err)
	}
	record, err := ws.AddAttachment(t.Context(), workspace.NewAttachment{Case: caseID, Person: person, Type: kind, Kind: "school_document", Title: title, FileName: "IMG 1.jpg", File: file})
	if err != nil {
		t.Fatal(err)
	}
	return record
}

var somePDF = []byte("%PDF-1.4\n1 0 obj<</Type /Page >>endobj 2 0 obj<</Type /Page >>endobj\n%%EOF")

func (s *screen) attachments(id uuid.UUID) []workspace.Attachment {
	s.T.Helper()
	all, err := s.WS.Attachments(s.T.Context(), id)
	if err != nil {
		s.T.Fatal(err)
	}
	return all
}

// picker finds what chooses a folder.
func (s *screen) picker() (found *drivepick.Picker) {
	s.T.Helper()
	missiontest.Walk(s.Window.Canvas(), func(o fyne.CanvasObject) {
		if p, ok := o.(*drivepick.Picker); ok {
			found = p
		}
	})
	if found == nil {
		s.T.Fatal("nothing chooses a folder")
	}
	return found
}

func (s *screen) table() (found *ui.Table) {
	s.T.Helper()
	missiontest.Walk(s.Window.Canvas(), func(o fyne.CanvasObject) {
		if one, ok := o.(*ui.Table); ok {
			found = one
		}
	})
	if found == nil {
		s.T.Fatal("no list of files")
	}
	return found
}

// pictures counts the pictures on screen.
func (s *screen) pictures() (found []*image.RGBA) {
	missiontest.Walk(s.Window.Canvas(), func(o fyne.CanvasObject) {
		if one, ok := o.(*canvas.Image); ok {
			if p, ok := one.Image.(*image.RGBA); ok {
				found = append(found, p)
			}
		}
	})
	return found
}

// A file is chosen by its content, described, added once, shown, copied out after a warning, removed and brought back.
func TestAttachment_AddShowRemove(t *testing.T) {
	s, id := laptopCase(t, "elderly_parent")
	s.choose(attachmentSection)
	if !s.Says("Ingen vedlegg") {
		t.Error("the page does not say that there is nothing")
	}
	folder := t.TempDir()
	for name, content := range map[string][]byte{"Test Mappe vitnemål.txt": diploma(t), "notat.jpg": []byte("ikke et bilde")} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.press("Legg til vedlegg")
	s.picker().Type(folder)
	s.Settle()
	table := s.table()
	row := func(name string) int {
		for i := range table.Length() {
			if table.Cell(i, 0).Text == name {
				return i
			}
		}
		t.Fatalf("%s is not offered", name)
		return 0
	}
	table.OnOpen(row("notat.jpg"))
	s.Settle()
	if !s.Says("JPEG, PNG og PDF") {
		t.Error("the page does not say which files it takes")
	}
	table.OnOpen(row("Test Mappe vitnemål.txt"))
	s.Settle()
	if !s.Says("Sted, tid, kamera") || len(s.pictures()) != 1 {
		t.Errorf("the file chosen is not shown: %d pictures", len(s.pictures()))
	}
	save := missiontest.Button(t, s.Window.Canvas(), "Legg til")
	save.OnTapped()
	s.Settle()
	if len(s.attachments(id)) != 0 || !s.Says("Skriv hva vedlegget er") {
		t.Error("added without saying what it is")
	}
	s.write("Hva det er", "Vitnemål 2014")
	save.OnTapped()
	s.Settle()
	if !s.Says("Velg hva slags dokument") {
		t.Error("added without kind")
	}
	s.field("Slag").TypedRune('1')
	save.OnTapped()
	s.Settle()
	if len(s.attachments(id)) != 0 || !s.Says("Velg hvem som får se") {
		t.Error("added without class")
	}
	s.field("Hvem som får se det").TypedRune('1')
	for range 5 {
		save.OnTapped()
	}
	s.Settle()
	all := s.attachments(id)
	if len(all) != 1 || all[0].Type() != "case_attachment" || all[0].Text("file_name") != "Test Mappe vitnemål.txt" || all[0].Text("title") != "Vitnemål 2014" || all[0].Claim.MediaType != attachment.JPEG {
		t.Fatalf("%d attachments: %+v", len(all), all)
	}
	if !s.Says("Vitnemål 2014") || len(s.pictures()) != 1 {
		t.Errorf("the card does not show it: %d pictures", len(s.pictures()))
	}
	s.press("Åpne")
	if !s.Says("Filen het") || len(s.pictures()) < 1 {
		t.Error("the file is not shown")
	}
	shown := s.pictures()
	s.press("Lagre en kopi …")
	if !s.Says("ikke forseglet") {
		t.Error("no warning before a copy")
	}
	out := t.TempDir()
	s.picker().Type(out)
	s.Settle()
	s.press("Lagre kopi")
	copies, err := os.ReadDir(out)
	if err != nil || len(copies) != 1 || strings.Contains(copies[0].Name(), "Test") || filepath.Ext(copies[0].Name()) != ".jpg" {
		t.Errorf("copies %v, %v", copies, err)
	}
	s.press("Tilbake til saken")
	for _, p := range shown {
		if p.Rect.Dx() > 360 && len(bytes.Trim(p.Pix, "\x00")) != 0 {
			t.Error("the picture stays in memory after the page is closed")
		}
	}
	missiontest.Button(t, s.Window.Canvas(), "Fjern vedlegget").OnTapped()
	s.Settle()
	if len(s.attachments(id)) != 0 || !s.Says("Vedlegget er fjernet") {
		t.Error("not removed")
	}
	s.press("Angre")
	if len(s.attachments(id)) != 1 || !s.Says("Vitnemål 2014") {
		t.Error("not brought back")
	}
	thumbs := s.pictures()
	s.Place.Leave()
	for _, p := range thumbs {
		if len(bytes.Trim(p.Pix, "\x00")) != 0 {
			t.Error("a small picture stays in memory after leaving")
		}
	}
}

// Nothing of class special stands on the page, in counts or pictures, before the user asks.
func TestAttachment_SpecialOnlyWhenAsked(t *testing.T) {
	s, id := laptopCase(t, "elderly_parent")
	mustAttach(t, s.WS, id, uuid.Nil, "special_attachment", "Epikrise fra sykehuset", diploma(t))
	mustAttach(t, s.WS, id, uuid.Nil, "case_attachment", "Arbeidsattest", somePDF)
	s.Settle()
	for section := range 7 {
		s.choose(section + 1)
		if s.Says("Epikrise") {
			t.Errorf("section %d shows it", section+1)
		}
	}
	if !s.Says("Vedlegg (1)") || len(s.pictures()) != 0 {
		t.Errorf("a count or picture hints at it: %d pictures", len(s.pictures()))
	}
	for _, words := range s.Words() {
		if strings.HasPrefix(words, "Vis også") {
			s.press(words)
			break
		}
	}
	if !s.Says("Epikrise fra sykehuset") || len(s.pictures()) != 1 {
		t.Errorf("it is not shown when asked for: %d pictures", len(s.pictures()))
	}
}

func TestAttachment_Looks(t *testing.T) {
	ws := missiontest.Laptop(t)
	c := missiontest.Story(t, "mother_with_three")
	for i := range 3 {
		mustAttach(t, ws, c.ID, c.Persons[i%len(c.Persons)], "case_attachment", fmt.Sprintf("Vitnemål %d", 2012+i), diploma(t))
	}
	mustAttach(t, ws, c.ID, uuid.Nil, "case_attachment", "Arbeidsattest fra skredderverkstedet", somePDF)
	for _, look := range missiontest.Looks {
		t.Run(look.Name, func(t *testing.T) {
			w := look.Window(t)
			s := open(t, ws, w, look.Lang, c.ID)
			check := func(name string) {
				s.Settle()
				s.Check("casefile-"+name, look)
			}
			s.choose(attachmentSection)
			check("attachments")
			word := map[string][3]string{"nb": {"Åpne", "Legg til vedlegg", "Lagre en kopi …"}, "nn": {"Opne", "Legg til vedlegg", "Lagre ein kopi …"}, "en": {"Open", "Add an attachment", "Save a copy …"}}[look.Lang]
			s.press(word[0])
			check("attachment")
			s.press(word[2])
			check("attachment-copy")
			w.Canvas().Overlays().Remove(w.Canvas().Overlays().Top())
			s.choose(attachmentSection)
			s.press(word[1])
			folder := t.TempDir()
			if err := os.WriteFile(filepath.Join(folder, "IMG_0001.jpg"), diploma(t), 0o600); err != nil {
				t.Fatal(err)
			}
			s.picker().Type(folder)
			s.Settle()
			s.table().OnOpen(0)
			check("attachment-add")
		})
	}
}
