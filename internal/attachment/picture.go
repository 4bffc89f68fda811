package attachment

import (
	"bytes"
	"image"
	"image/draw"
	"image/jpeg"
	"image/png"

	"feltbok/internal/fault"
)

// Picture draws a picture the right way up, with at most longest points on its longer side; a smaller one keeps its size. Faults:
// A-LARGE over [MaxPixels], A-PICTURE when it cannot be drawn. The caller clears Pix.
func Picture(mediaType string, content []byte, longest int) (*image.RGBA, error) {
	config, decode := jpeg.DecodeConfig, jpeg.Decode
	switch mediaType {
	case JPEG:
	case PNG:
		config, decode = png.DecodeConfig, png.Decode
	default:
		return nil, badPicture("not a picture")
	}
	is, err := config(bytes.NewReader(content))
	if err != nil {
		return nil, fault.New("A-PICTURE", "", err)
	}
	if is.Width <= 0 || is.Height <= 0 {
		return nil, badPicture("no points")
	}
	if int64(is.Width)*int64(is.Height) > MaxPixels {
		return nil, fault.Newf("A-LARGE", "", "%d by %d points", is.Width, is.Height)
	}
	full, err := decode(bytes.NewReader(content))
	if err != nil {
		return nil, fault.New("A-PICTURE", "", err)
	}
	defer wipe(full)
	small := shrink(full, longest)
	return turn(small, orientationOf(mediaType, content)), nil
}

// shrink averages points so that the longer side has at most longest.
func shrink(full image.Image, longest int) *image.RGBA {
	b := full.Bounds()
	w, h := b.Dx(), b.Dy()
	if most := max(w, h); most > longest {
		w, h = max(w*longest/most, 1), max(h*longest/most, 1)
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	// Row by row, so that there is never a second picture of full size.
	band := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()/h+2))
	defer clear(band.Pix)
	for y := range h {
		top, bottom := y*b.Dy()/h, max((y+1)*b.Dy()/h, y*b.Dy()/h+1)
		rows := bottom - top
		draw.Draw(band, image.Rect(0, 0, b.Dx(), rows), full, image.Pt(b.Min.X, b.Min.Y+top), draw.Src)
		for x := range w {
			left, right := x*b.Dx()/w, max((x+1)*b.Dx()/w, x*b.Dx()/w+1)
			average(out.Pix[out.PixOffset(x, y):], band, left, right, rows)
		}
	}
	return out
}

func average(into []byte, band *image.RGBA, left, right, rows int) {
	var sum [4]int
	for row := range rows {
		line := band.Pix[row*band.Stride+4*left : row*band.Stride+4*right]
		for i, v := range line {
			sum[i%4] += int(v)
		}
	}
	n := rows * (right - left)
	for i := range sum {
		into[i] = byte((sum[i] + n/2) / n)
	}
}

// turn brings a stored picture upright and clears what it was made of.
func turn(p *image.RGBA, up orientation) *image.RGBA {
	if up == upright {
		return p
	}
	w, h := p.Rect.Dx(), p.Rect.Dy()
	if up >= 5 {
		w, h = h, w
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			fromX, fromY := x, y
			switch up {
			case 2:
				fromX = w - 1 - x
			case 3:
				fromX, fromY = w-1-x, h-1-y
			case 4:
				fromY = h - 1 - y
			case 5:
				fromX, fromY = y, x
			case 6:
				fromX, fromY = y, w-1-x
			case 7:
				fromX, fromY = h-1-y, w-1-x
			case 8:
				fromX, fromY = h-1-y, x
			}
			copy(out.Pix[out.PixOffset(x, y):][:4], p.Pix[p.PixOffset(fromX, fromY):][:4])
		}
	}
	clear(p.Pix)
	return out
}

// wipe overwrites a decoded picture.
func wipe(picture image.Image) {
	switch p := picture.(type) {
	case *image.YCbCr:
		clear(p.Y)
		clear(p.Cb)
		clear(p.Cr)
	case *image.CMYK:
		clear(p.Pix)
	case *image.Gray:
		clear(p.Pix)
	case *image.Gray16:
		clear(p.Pix)
	case *image.RGBA:
		clear(p.Pix)
	case *image.RGBA64:
		clear(p.Pix)
	case *image.NRGBA:
		clear(p.Pix)
	case *image.NRGBA64:
		clear(p.Pix)
	case *image.Paletted:
		clear(p.Pix)
	}
}
