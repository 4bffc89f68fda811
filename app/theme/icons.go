package theme

import (
	"bytes"
	"fmt"
	"image/color"
	"sync"

	"fyne.io/fyne/v2"

	"feltbok/assets"
)

// Icon is one of the program's line icons in a colour of the look in use. It implements fyne.ThemedResource, so
// that the toolkit draws it anew when the look changes. (The toolkit's own colouring changes fills only, not lines.)
type Icon struct {
	name  string
	color fyne.ThemeColorName
}

var _ fyne.ThemedResource = (*Icon)(nil)

// NewIcon returns the icon assets/icons/<name>.svg in the ink colour. An unknown name gives an empty picture.
func NewIcon(name string) *Icon { return &Icon{name: name, color: ColorInk} }

// In returns the icon in another colour.
func (i *Icon) In(name fyne.ThemeColorName) *Icon { return &Icon{name: i.name, color: name} }

// Name identifies picture and colour: the toolkit caches drawings by it.
func (i *Icon) Name() string { return fmt.Sprintf("%s-%s.svg", i.name, hex(Color(i.color))) }

// ThemeColorName returns the colour's name.
func (i *Icon) ThemeColorName() fyne.ThemeColorName { return i.color }

// Content returns the picture as SVG.
func (i *Icon) Content() []byte {
	return bytes.ReplaceAll(drawing(i.name), []byte("#000000"), []byte("#"+hex(Color(i.color))))
}

// HasIcon tells whether assets/icons/<name>.svg exists.
func HasIcon(name string) bool { return len(drawing(name)) > len(nothing) }

const nothing = `<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24"></svg>`

var drawings sync.Map

func drawing(name string) []byte {
	if known, ok := drawings.Load(name); ok {
		return known.([]byte)
	}
	content, err := assets.Icons.ReadFile("icons/" + name + ".svg")
	if err != nil {
		content = []byte(nothing)
	}
	drawings.Store(name, content)
	return content
}

func hex(c color.Color) string {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	return fmt.Sprintf("%02x%02x%02x", n.R, n.G, n.B)
}
