package unlock

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/i18n"
)

// middle keeps its object at a width in points (at 100 %) in the middle of the page, a little above the centre.
type middle struct{ width float32 }

func (middle) MinSize(objects []fyne.CanvasObject) fyne.Size { return objects[0].MinSize() }

func (m middle) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	width := min(size.Width, m.width*theme.Size(theme.SizeTouch)/44)
	objects[0].Resize(fyne.NewSize(width, objects[0].MinSize().Height)) // the width first: wrapped words then know their height
	height := objects[0].MinSize().Height
	objects[0].Resize(fyne.NewSize(width, height))
	objects[0].Move(fyne.NewPos((size.Width-width)/2, max((size.Height-height)*0.4, 0)))
}

// tall gives an object a height to scroll in.
type tall struct{ content fyne.CanvasObject }

func (t tall) object() fyne.CanvasObject { return container.New(tallLayout{}, t.content) }

type tallLayout struct{}

func (tallLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return objects[0].MinSize().Max(fyne.NewSize(0, 7*theme.Size(theme.SizeTouch)))
}

func (tallLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) { objects[0].Resize(size) }

// startingWith finds choices whose label holds the text, those that begin with it first.
func startingWith(choices []ui.Choice, text string, limit int) []ui.Choice {
	var first, then []ui.Choice
	text = strings.ToLower(text)
	for _, c := range choices {
		switch label := strings.ToLower(c.Label); {
		case strings.HasPrefix(label, text):
			first = append(first, c)
		case strings.Contains(label, text):
			then = append(then, c)
		}
	}
	found := append(first, then...)
	return found[:min(len(found), limit)]
}

// looks is the choice of language and of light or dark, which has to be there before anybody is known.
func (p *Place) looks() fyne.CanvasObject {
	t := p.o.Texts
	next := i18n.Languages[0]
	for i, lang := range i18n.Languages {
		if lang == t.Lang() {
			next = i18n.Languages[(i+1)%len(i18n.Languages)]
		}
	}
	language := ui.NewQuiet("language", t.T("unlock.language."+next), func() { p.choose(ui.Look{Lang: next}) })
	variant, icon := theme.Dark, "today"
	if p.o.Look.Variant == theme.Dark {
		variant = theme.Light
	}
	look := ui.NewIconButton(icon, t.T("unlock."+string(variant)), func() { p.choose(ui.Look{Variant: variant}) })
	return ui.Row(theme.SizeGapTight, language, look)
}

func (p *Place) choose(look ui.Look) {
	if p.o.Choose != nil && !p.busy {
		p.o.Choose(look)
	}
}
