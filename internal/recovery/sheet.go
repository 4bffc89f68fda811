package recovery

import (
	"fmt"
	"image/color"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"filippo.io/age"
	"github.com/boombuler/barcode/qr"

	"feltbok/assets"
	"feltbok/internal/i18n"
	"feltbok/internal/version"
)

// Sheet is what a custodian gets on paper: one page with the key, to be kept secret, and one without secrets for whoever keeps
// the kit.
type Sheet struct {
	Custodian Custodian
	// Identity is the custodian's key; nil leaves only the page without secrets.
	Identity *age.HybridIdentity
	// Kit that the custodian belongs to; nil when it is not made yet, then its lines stay blank to be filled in by hand.
	Kit      *Kit
	Training bool
	Date     time.Time // the day printed; the same sheet of the same day has the same bytes
	Lang     string
}

// Measures of the sheet in millimetres on A4, sizes of letters in points.
const (
	sheetWidth, sheetHeight   = 210.0, 297.0
	marginLeft, marginTop     = 22.0, 16.0
	textWidth                 = sheetWidth - 2*marginLeft
	qrSize                    = 52.0
	titleSize, headSize       = 22.0, 11.5
	bodySize, smallSize       = 10.0, 8.5
	keySize                   = 15.0
	bodyLine, smallLine       = 4.7, 4.1
	labelColumn, groupsWidth  = 34.0, 42.0 // four groups of four digits a line
	ink, faded, hairline      = 0, 95, 170
	family, monospaced        = "print", "mono"
	thin, thick, bandHeight   = 0.2, 0.5, 9.0
	columnGap, paragraphSpace = 8.0, 3.0
)

type sheetPage struct {
	*fpdf.Fpdf
	texts *i18n.Texts
	Sheet
}

var printFonts = sync.OnceValue(func() (fonts struct{ regular, bold, mono []byte }) {
	for name, into := range map[string]*[]byte{"regular": &fonts.regular, "bold": &fonts.bold, "mono": &fonts.mono} {
		content, err := assets.Fonts.ReadFile("fonts/feltbok-print-" + name + ".ttf")
		if err != nil {
			panic(err) // embedded
		}
		*into = content
	}
	return fonts
})

// WriteSheet writes a custodian's sheet as PDF. With an identity in it the result is the key itself, in the clear: it is for
// paper, and the caller's to put where only a printer gets it.
func WriteSheet(w io.Writer, s Sheet) error {
	pdf := fpdf.New("P", "mm", "A4", "")
	fonts := printFonts()
	pdf.AddUTF8FontFromBytes(family, "", fonts.regular)
	pdf.AddUTF8FontFromBytes(family, "B", fonts.bold)
	pdf.AddUTF8FontFromBytes(monospaced, "", fonts.mono)
	pdf.SetCatalogSort(true)
	day := s.Date.UTC().Truncate(24 * time.Hour)
	pdf.SetCreationDate(day)
	pdf.SetModificationDate(day)
	p := &sheetPage{Fpdf: pdf, texts: i18n.For(s.Lang), Sheet: s}
	pdf.SetProducer(version.Name, true)
	pdf.SetLang(p.texts.Lang())
	pdf.SetTitle(p.say("public_title"), true)
	pdf.SetMargins(marginLeft, marginTop, marginLeft)
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetCellMargin(0)
	if s.Identity != nil {
		pdf.SetTitle(p.say("title"), true)
		if err := p.secretPage(); err != nil {
			return err
		}
	}
	p.publicPage()
	return pdf.Output(w)
}

// say gives a text of the sheet with the custodian's label in it.
func (p *sheetPage) say(key string, pairs ...any) string {
	return p.texts.T("recovery.sheet."+key, append([]any{"Label", p.Custodian.Label}, pairs...)...)
}

func (p *sheetPage) secretPage() error {
	p.begin(p.say("title"), p.say("what"))
	p.band(p.say("secret"), p.warning())

	top := p.GetY()
	code, err := qr.Encode(p.Identity.String(), qr.Q, qr.AlphaNumeric)
	if err != nil {
		return fmt.Errorf("draw the code: %w", err)
	}
	p.drawCode(code.Bounds().Dx(), func(x, y int) bool { return code.At(x, y) == color.Black }, sheetWidth-marginLeft-qrSize, top, qrSize)
	p.facts(textWidth - qrSize - columnGap)
	p.SetXY(marginLeft, max(p.GetY(), top+qrSize)+paragraphSpace)

	p.head(p.say("key"))
	p.paragraph(p.say("key_hint"), textWidth)
	p.Ln(paragraphSpace)
	p.key()
	p.Ln(paragraphSpace)

	column := (textWidth - columnGap) / 2
	top = p.GetY()
	p.list(p.say("do"), []string{p.say("do1"), p.say("do2"), p.say("do3"), p.say("do4")}, marginLeft, column)
	bottom := p.GetY()
	p.SetY(top)
	p.list(p.say("dont"), []string{p.say("dont1"), p.say("dont2"), p.say("dont3"), p.say("dont4")}, marginLeft+column+columnGap, column)
	p.SetXY(marginLeft, max(bottom, p.GetY())+2*paragraphSpace)

	p.rule(hairline, thin)
	p.Ln(paragraphSpace / 2)
	p.small(p.say("without"))
	p.SetFont(monospaced, "", smallSize)
	p.MultiCell(textWidth, smallLine+0.4, p.openingCommand(), "", "L", false)
	p.foot(p.say("foot"))
	return nil
}

// warning says how many such sheets open a kit.
func (p *sheetPage) warning() string {
	switch {
	case p.Kit == nil:
		return p.say("warning_unknown")
	case p.Kit.Alone():
		return p.say("warning_alone")
	default:
		return p.texts.N("recovery.sheet.warning", p.Kit.Threshold-1)
	}
}

// openingCommand shows how age opens a file of the kit, in the order of its custodians.
func (p *sheetPage) openingCommand() string {
	labels := []string{p.Custodian.Label, "…"} // to be read as: the others
	if p.Kit != nil {
		if i := slices.IndexFunc(p.Kit.Files, func(f File) bool { return slices.Contains(f.Custodians, p.Custodian.Label) }); i >= 0 {
			labels = p.Kit.Files[i].Custodians
		}
	}
	var command strings.Builder
	for i, label := range labels {
		if i == 0 {
			fmt.Fprintf(&command, "age -d -i %s.key %s.age", label, strings.Join(labels, "-"))
		} else {
			fmt.Fprintf(&command, " | age -d -i %s.key", label)
		}
	}
	return command.String() + " > recovery.key"
}

func (p *sheetPage) publicPage() {
	p.begin(p.say("public_title"), p.say("public_what"))
	p.facts(textWidth)
	p.Ln(2 * paragraphSpace)
	p.head(p.say("files"))
	p.paragraph(p.fileNames(), textWidth)
	p.Ln(2 * paragraphSpace)
	p.list(p.say("keeper"), []string{p.say("keeper1"), p.say("keeper2"), p.say("keeper3")}, marginLeft, textWidth)
	p.Ln(2 * paragraphSpace)
	for _, line := range []string{"sign_name", "sign_place", "sign_given", "sign_checked"} {
		p.Ln(11)
		p.rule(ink, thin)
		p.Ln(0.8)
		p.small(p.say(line))
	}
	p.foot(p.say("public_foot"))
}

func (p *sheetPage) fileNames() string {
	if p.Kit == nil {
		return p.say("kit_later")
	}
	var names []string
	for _, file := range p.Kit.Files {
		if slices.Contains(file.Custodians, p.Custodian.Label) {
			names = append(names, file.Name)
		}
	}
	return strings.Join(names, ", ")
}

// begin starts a page with the program's name, the world, the title and one sentence that says what it is.
func (p *sheetPage) begin(title, what string) {
	p.AddPage()
	p.SetTextColor(faded, faded, faded)
	p.SetFont(family, "B", bodySize)
	p.CellFormat(textWidth/2, bodyLine, version.Name, "", 0, "L", false, 0, "")
	p.SetFont(family, "", bodySize)
	right := p.Date.UTC().Format(time.DateOnly)
	if p.Training {
		right = p.say("training") + " · " + right
		p.SetFont(family, "B", bodySize)
		p.SetTextColor(ink, ink, ink)
	}
	p.CellFormat(textWidth/2, bodyLine, right, "", 1, "R", false, 0, "")
	p.Ln(paragraphSpace / 2)
	p.rule(hairline, thin)
	p.Ln(2 * paragraphSpace)
	p.SetTextColor(ink, ink, ink)
	p.SetFont(family, "B", titleSize)
	p.MultiCell(textWidth, titleSize*0.42, title, "", "L", false)
	p.Ln(paragraphSpace)
	p.paragraph(what, textWidth)
	p.Ln(2 * paragraphSpace)
}

// band is the one loud element of the sheet: it survives a black-and-white printer.
func (p *sheetPage) band(word, text string) {
	const padding = 5.0
	y := p.GetY()
	p.SetFont(family, "B", headSize)
	width := p.GetStringWidth(word) + 2*padding
	p.SetFont(family, "B", bodySize)
	lines := p.SplitText(text, textWidth-width-2*padding)
	height := max(bandHeight, float64(len(lines))*bodyLine+4)
	for i, line := range lines {
		p.SetXY(marginLeft+width+padding, y+(height-float64(len(lines))*bodyLine)/2+float64(i)*bodyLine)
		p.CellFormat(0, bodyLine, line, "", 0, "L", false, 0, "")
	}
	p.SetDrawColor(ink, ink, ink)
	p.SetLineWidth(thick)
	p.Rect(marginLeft, y, textWidth, height, "D")
	p.SetFillColor(ink, ink, ink)
	p.Rect(marginLeft, y, width, height, "F")
	p.SetTextColor(255, 255, 255)
	p.SetFont(family, "B", headSize)
	p.SetXY(marginLeft, y)
	p.CellFormat(width, height, word, "", 0, "C", false, 0, "")
	p.SetTextColor(ink, ink, ink)
	p.SetXY(marginLeft, y+height+2*paragraphSpace)
}

// facts is the table that both pages have: it lets people see that the two belong together.
func (p *sheetPage) facts(width float64) {
	kit, need := p.say("kit_later"), p.say("kit_later")
	if p.Kit != nil {
		kit = grouped(p.Kit.ID, 4)
		need = p.say("need_of", "Threshold", p.Kit.Threshold, "Count", len(p.Kit.Custodians), "Labels", strings.Join(p.Kit.Labels(), ", "))
	}
	rows := [][2]string{
		{p.say("custodian"), p.Custodian.Label}, {p.say("kit"), kit}, {p.say("need"), need}, {p.say("fingerprint"), Fingerprint(p.Custodian.Recipient)},
	}
	for i, row := range rows {
		y := p.GetY()
		p.SetFont(family, "", smallSize)
		p.SetTextColor(faded, faded, faded)
		p.SetXY(marginLeft, y+0.3)
		p.MultiCell(labelColumn-3, bodyLine, row[0], "", "L", false)
		bottom := p.GetY()
		p.SetTextColor(ink, ink, ink)
		p.SetXY(marginLeft+labelColumn, y)
		switch {
		case i == 0:
			p.SetFont(family, "B", titleSize*0.7)
			p.MultiCell(width-labelColumn, bodyLine*1.3, row[1], "", "L", false)
		case i == 3 || i == 1 && p.Kit != nil:
			p.SetFont(monospaced, "", bodySize-0.5)
			p.MultiCell(groupsWidth, bodyLine, row[1], "", "L", false)
		default:
			p.SetFont(family, "", bodySize)
			p.MultiCell(width-labelColumn, bodyLine, row[1], "", "L", false)
		}
		p.SetXY(marginLeft, max(bottom, p.GetY())+1.2)
		p.SetDrawColor(hairline, hairline, hairline)
		p.SetLineWidth(thin)
		p.Line(marginLeft, p.GetY(), marginLeft+width, p.GetY())
		p.Ln(1.6)
	}
}

// key shows the identity in groups, and the check digits on a line of their own.
func (p *sheetPage) key() {
	lines := strings.Split(strings.TrimSpace(TypedText(p.Identity)), "\n")
	const step = 29.0
	for i, line := range lines {
		p.SetX(marginLeft)
		size := keySize
		if i == len(lines)-1 {
			p.Ln(1)
			size = keySize - 3
		}
		p.SetFont(monospaced, "", size)
		p.SetX(marginLeft)
		for _, group := range strings.Fields(line) {
			p.CellFormat(step, 8, group, "", 0, "L", false, 0, "")
		}
		if i == len(lines)-1 {
			p.SetFont(family, "", smallSize)
			p.SetTextColor(faded, faded, faded)
			p.CellFormat(0, 8, p.say("check"), "", 0, "L", false, 0, "")
			p.SetTextColor(ink, ink, ink)
		}
		p.Ln(8)
	}
}

// drawCode draws a code of n by n modules as lines of squares, sharp at any size. The paper around it is its quiet zone.
func (p *sheetPage) drawCode(n int, dark func(x, y int) bool, left, top, size float64) {
	const quiet = 2 // modules on the page's side; the margins give the rest
	module := size / float64(n+2*quiet)
	p.SetFillColor(ink, ink, ink)
	for y := range n {
		for x := 0; x < n; x++ {
			run := 0
			for x+run < n && dark(x+run, y) {
				run++
			}
			if run > 0 {
				p.Rect(left+float64(x+quiet)*module, top+float64(y+quiet)*module, float64(run)*module, module, "F")
				x += run
			}
		}
	}
}

func (p *sheetPage) head(text string) {
	p.SetX(marginLeft)
	p.SetFont(family, "B", headSize)
	p.CellFormat(textWidth, 6, text, "", 1, "L", false, 0, "")
}

func (p *sheetPage) paragraph(text string, width float64) {
	p.SetFont(family, "", bodySize)
	p.MultiCell(width, bodyLine, text, "", "L", false)
}

func (p *sheetPage) small(text string) {
	p.SetFont(family, "", smallSize)
	p.SetTextColor(faded, faded, faded)
	p.MultiCell(textWidth, smallLine, text, "", "L", false)
	p.SetTextColor(ink, ink, ink)
}

// list is a heading with points below it, in a column.
func (p *sheetPage) list(heading string, points []string, left, width float64) {
	p.SetX(left)
	p.SetFont(family, "B", headSize)
	p.CellFormat(width, 7, heading, "", 2, "L", false, 0, "")
	p.SetFont(family, "", bodySize)
	for _, point := range points {
		y := p.GetY()
		p.SetXY(left, y)
		p.CellFormat(4, bodyLine, "•", "", 0, "L", false, 0, "")
		p.SetXY(left+4, y)
		p.MultiCell(width-4, bodyLine, point, "", "L", false)
		p.SetY(p.GetY() + 1)
	}
}

func (p *sheetPage) rule(grey int, width float64) {
	p.SetDrawColor(grey, grey, grey)
	p.SetLineWidth(width)
	p.Line(marginLeft, p.GetY(), marginLeft+textWidth, p.GetY())
}

// foot stands at the bottom of the page, with the number of the page.
func (p *sheetPage) foot(text string) {
	p.SetXY(marginLeft, sheetHeight-14)
	p.SetFont(family, "", smallSize)
	p.SetTextColor(faded, faded, faded)
	p.CellFormat(textWidth, smallLine, text, "", 0, "L", false, 0, "")
	p.SetTextColor(ink, ink, ink)
}
