package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"

	"feltbok/app/theme"
)

// codeGroup is how many characters stand together: people read out and write down five at a time.
const codeGroup = 5

// codeCells draws a code in boxes of five characters, as many boxes in a row as fit. Each character is an object of its
// own: what the toolkit keeps of measured and drawn words is then single letters in no order.
type codeCells struct {
	boxes []*canvas.Rectangle
	chars []*canvas.Text
	times float32 // size of the letters in lines of body text
	width float32 // of the latest layout; zero is not known yet
}

// cell is the room of one character, pad the space inside a box, gap the space between boxes.
func (c *codeCells) cell() (size fyne.Size, pad, gap float32) {
	points := theme.Size(fynetheme.SizeNameText) * c.times
	size = fyne.MeasureText("M", points, fyne.TextStyle{Monospace: true})
	size.Width *= 1.12
	return size, points * 0.42, theme.Size(theme.SizeGap)
}

// set shows the characters of a code of a length; an empty place shows a middle dot.
func (c *codeCells) set(code []byte, length int, ink, fill, line fyne.ThemeColorName) {
	groups := (length + codeGroup - 1) / codeGroup
	for len(c.boxes) < groups {
		c.boxes = append(c.boxes, canvas.NewRectangle(color.Transparent))
	}
	for len(c.chars) < length {
		text := canvas.NewText("", color.Transparent)
		text.TextStyle.Monospace = true
		c.chars = append(c.chars, text)
	}
	c.boxes, c.chars = c.boxes[:groups], c.chars[:length]
	for _, box := range c.boxes {
		box.FillColor, box.StrokeColor, box.StrokeWidth = theme.Color(fill), theme.Color(line), 1
		box.CornerRadius = theme.Size(fynetheme.SizeNameInputRadius)
	}
	for i, char := range c.chars {
		char.TextSize = theme.Size(fynetheme.SizeNameText) * c.times
		char.Text, char.Color = "·", theme.Color(theme.ColorMuted)
		if i < len(code) {
			char.Text, char.Color = string(rune(code[i])), theme.Color(ink)
		}
	}
}

// each visits the box of each group and returns the size of all.
func (c *codeCells) each(width float32, visit func(group int, at fyne.Position, size fyne.Size)) fyne.Size {
	cell, pad, gap := c.cell()
	var x, y, widest float32
	height := cell.Height + pad
	for g := range c.boxes {
		wide := float32(min(codeGroup, len(c.chars)-g*codeGroup))*cell.Width + 2*pad
		if x > 0 && width > 0 && x+wide > width {
			x, y = 0, y+height+gap
		}
		if visit != nil {
			visit(g, fyne.NewPos(x, y), fyne.NewSize(wide, height))
		}
		widest = max(widest, x+wide)
		x += wide + gap
	}
	return fyne.NewSize(widest, y+height)
}

// minSize is one group wide and as high as all groups at the latest width.
func (c *codeCells) minSize() fyne.Size {
	cell, pad, _ := c.cell()
	return fyne.NewSize(codeGroup*cell.Width+2*pad, c.each(c.width, nil).Height)
}

// layout puts the boxes from a corner on, in a width.
func (c *codeCells) layout(corner fyne.Position, width float32) {
	c.width = width
	cell, pad, _ := c.cell()
	c.each(width, func(group int, at fyne.Position, size fyne.Size) {
		at = at.Add(corner)
		c.boxes[group].Move(at)
		c.boxes[group].Resize(size)
		for i := group * codeGroup; i < min((group+1)*codeGroup, len(c.chars)); i++ {
			char := c.chars[i]
			wide := fyne.MeasureText(char.Text, char.TextSize, char.TextStyle).Width
			char.Move(at.AddXY(pad+float32(i%codeGroup)*cell.Width+(cell.Width-wide)/2, (size.Height-cell.Height)/2))
			char.Resize(fyne.NewSize(wide, cell.Height))
		}
	})
}

// place is where the character with a number stands, for the cursor.
func (c *codeCells) place(index int) (fyne.Position, fyne.Size) {
	cell, pad, _ := c.cell()
	if len(c.boxes) == 0 {
		return fyne.Position{}, cell
	}
	group := min(index/codeGroup, len(c.boxes)-1)
	box := c.boxes[group]
	return box.Position().AddXY(pad+float32(index-group*codeGroup)*cell.Width, (box.Size().Height-cell.Height)/2), cell
}

func (c *codeCells) objects() []fyne.CanvasObject {
	objects := make([]fyne.CanvasObject, 0, len(c.boxes)+len(c.chars))
	for _, box := range c.boxes {
		objects = append(objects, box)
	}
	for _, char := range c.chars {
		objects = append(objects, char)
	}
	return objects
}
