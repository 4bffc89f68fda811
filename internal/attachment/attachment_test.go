package attachment_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"feltbok/internal/attachment"
	"feltbok/internal/domain"
	"feltbok/internal/fault"
)

const secret = "Kanarifugl-7f3a9c51"

// scene is red at the top and blue at the bottom, with a green corner at the top left.
func scene(w, h int) image.Image {
	p := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{R: 255, A: 255}
			if y >= h/2 {
				c = color.RGBA{B: 255, A: 255}
			}
			if y < h/4 && x < w/4 {
				c = color.RGBA{G: 255, A: 255}
			}
			p.Set(x, y, c)
		}
	}
	return p
}

func mustJPEG(t testing.TB, p image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, p, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func mustPNG(t testing.TB, p image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func segment(marker byte, content string) []byte {
	out := binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(content)+2))
	return append(out, content...)
}

// exif is what a telephone writes: orientation, and after it the maker's secrets.
func exif(order string, up byte) string {
	if order == "II" {
		return "Exif\x00\x00II*\x00\x08\x00\x00\x00\x02\x00" + "\x0f\x01\x02\x00\x04\x00\x00\x00abc\x00" + "\x12\x01\x03\x00\x01\x00\x00\x00" + string([]byte{up, 0, 0, 0}) + "\x00\x00\x00\x00GPS " + secret
	}
	return "Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01" + "\x01\x12\x00\x03\x00\x00\x00\x01\x00" + string([]byte{up, 0, 0}) + "\x00\x00\x00\x00GPS " + secret
}

// photo puts what cameras add into a JPEG file.
func photo(t testing.TB, order string, up byte) []byte {
	t.Helper()
	plain := mustJPEG(t, scene(64, 32))
	out := append([]byte{}, plain[:2]...)
	for _, s := range [][]byte{
		segment(0xe0, "JFIF\x00\x01\x02\x01\x00H\x00H\x01\x01"+secret[:3]), segment(0xe1, exif(order, up)), segment(0xe1, "http://ns.adobe.com/xap/1.0/\x00"+secret),
		segment(0xe2, "ICC_PROFILE\x00\x01\x01"+secret), segment(0xed, "Photoshop 3.0\x00"+secret), segment(0xfe, secret),
	} {
		out = append(out, s...)
	}
	out = append(out, 0xff, 0xff) // filling before a marker
	out = append(out, plain[3:]...)
	return append(out, secret+"behind the end"...)
}

func mustRead(t testing.TB, raw []byte) *attachment.File {
	t.Helper()
	f, err := attachment.Read(raw)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestRead_PhotoKeepsThePictureAndNothingElse(t *testing.T) {
	raw := photo(t, "MM", 1)
	before := bytes.Clone(raw)
	f := mustRead(t, raw)
	if !bytes.Equal(raw, before) {
		t.Error("the caller's bytes were changed")
	}
	if f.MediaType != attachment.JPEG {
		t.Errorf("type %s", f.MediaType)
	}
	for _, trace := range []string{secret, "GPS", "Exif", "ICC", "adobe", "Photoshop", "behind"} {
		if bytes.Contains(f.Content, []byte(trace)) {
			t.Errorf("%q is still there", trace)
		}
	}
	want, err := jpeg.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	got, err := jpeg.Decode(bytes.NewReader(f.Content))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.(*image.YCbCr).Y, got.(*image.YCbCr).Y); diff != "" {
		t.Error("the picture is another")
	}
	if again := mustRead(t, f.Content); !bytes.Equal(again.Content, f.Content) {
		t.Error("reading what was read gives something else")
	}
	f.Clear()
	if len(bytes.Trim(f.Content, "\x00")) != 0 {
		t.Error("clearing leaves something")
	}
}

// Which side is up stays, written anew, and is drawn so. The green corner tells all eight ways apart.
func TestPicture_RightWayUp(t *testing.T) {
	corners := map[byte][2]int{1: {0, 0}, 2: {1, 0}, 3: {1, 1}, 4: {0, 1}, 5: {0, 0}, 6: {1, 0}, 7: {1, 1}, 8: {0, 1}}
	for _, order := range []string{"MM", "II"} {
		for up := byte(0); up <= 9; up++ {
			f := mustRead(t, photo(t, order, up))
			p, err := attachment.Picture(f.MediaType, f.Content, 32)
			if err != nil {
				t.Fatal(err)
			}
			want := image.Pt(32, 16)
			if up >= 5 && up <= 8 {
				want = image.Pt(16, 32)
			}
			if p.Rect.Size() != want {
				t.Errorf("%s %d: %v", order, up, p.Rect)
			}
			corner, known := corners[up]
			if !known {
				corner = [2]int{0, 0}
			}
			at := p.RGBAAt(1+corner[0]*(want.X-3), 1+corner[1]*(want.Y-3))
			if at.G < 200 || at.R > 60 || at.B > 60 {
				t.Errorf("%s %d: the corner is %v", order, up, at)
			}
		}
	}
}

func TestPicture_Sizes(t *testing.T) {
	f := mustRead(t, mustPNG(t, scene(300, 3)))
	for longest, want := range map[int]image.Point{100: image.Pt(100, 1), 300: image.Pt(300, 3), 900: image.Pt(300, 3), 1: image.Pt(1, 1)} {
		p, err := attachment.Picture(f.MediaType, f.Content, longest)
		if err != nil || p.Rect.Size() != want {
			t.Errorf("at most %d: %v, %v", longest, p.Rect, err)
		}
	}
	if _, err := attachment.Picture(attachment.PDF, f.Content, 9); fault.Code(err) != "A-PICTURE" {
		t.Errorf("a PDF file as a picture: %v", err)
	}
}

func chunkPNG(name, content string) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(content)))
	out = append(append(out, name...), content...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

func TestRead_PNG(t *testing.T) {
	plain := mustPNG(t, scene(20, 20))
	const head = 8 + 25 // signature and IHDR
	raw := bytes.Clone(plain[:head])
	for _, chunk := range [][]byte{chunkPNG("tEXt", "Author\x00"+secret), chunkPNG("eXIf", exif("MM", 1)[6:]), chunkPNG("iTXt", secret), chunkPNG("tIME", "\x07\xea\x0b\x16\x09\x00\x00"), chunkPNG("iCCP", secret)} {
		raw = append(raw, chunk...)
	}
	raw = append(append(raw, plain[head:]...), secret...)
	f := mustRead(t, raw)
	if f.MediaType != attachment.PNG || !bytes.Equal(f.Content, plain) {
		t.Errorf("%s of %d bytes, want the %d of the picture", f.MediaType, len(f.Content), len(plain))
	}
}

// The type goes by content; what cannot be kept or drawn says so.
func TestRead_Refuses(t *testing.T) {
	plain, dots := mustJPEG(t, scene(64, 32)), mustPNG(t, scene(64, 32))
	huge := bytes.Clone(dots)
	binary.BigEndian.PutUint32(huge[16:], 1<<22)
	binary.BigEndian.PutUint32(huge[29:], crc32.ChecksumIEEE(huge[12:29]))
	flipped := bytes.Clone(dots)
	flipped[60] ^= 1
	for name, one := range map[string]struct {
		raw  []byte
		code string
	}{
		"nothing":                  {nil, "A-TYPE"},
		"a text":                   {[]byte("photo.jpg"), "A-TYPE"},
		"a photo of another type":  {[]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), "A-TYPE"},
		"a PDF file without end":   {[]byte("%PDF-1.7\nhello"), "A-TYPE"},
		"a page of the web":        {[]byte("<html>%PDF-1.7 %%EOF"), "A-TYPE"},
		"too large":                {make([]byte, attachment.MaxSize+1), "A-LARGE"},
		"too many points":          {huge, "A-LARGE"},
		"a photo cut short":        {plain[:len(plain)*2/3], "A-PICTURE"},
		"a photo's first bytes":    {plain[:3], "A-PICTURE"},
		"a photo's header":         {plain[:40], "A-PICTURE"},
		"a photo with odd markers": {append(append([]byte{0xff, 0xd8}, segment(0xc9, "x")...), plain[2:]...), "A-PICTURE"},
		"no marker":                {[]byte("\xff\xd8\xff\xdb\x00\x03\x00hello"), "A-PICTURE"},
		"a PNG cut short":          {dots[:len(dots)-20], "A-PICTURE"},
		"a PNG changed":            {flipped, "A-PICTURE"},
		"a PNG's first bytes":      {dots[:8], "A-PICTURE"},
	} {
		if f, err := attachment.Read(one.raw); fault.Code(err) != one.code || f != nil {
			t.Errorf("%s: %v, want %s", name, err, one.code)
		}
	}
}

func TestRead_PDFStaysAsItIs(t *testing.T) {
	raw := []byte("%PDF-1.4\n1 0 obj<</Type/Page>>endobj 2 0 obj<</Type /Pages/Kids[1 0 R]>>endobj\n3 0 obj <</Type /Page /Parent 2 0 R>> endobj\n%%EOF\n")
	f := mustRead(t, raw)
	if f.MediaType != attachment.PDF || !bytes.Equal(f.Content, raw) {
		t.Errorf("%s of %d bytes", f.MediaType, len(f.Content))
	}
	if n := attachment.Pages(f.Content); n != 2 {
		t.Errorf("%d pages", n)
	}
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	if _, err := z.Write([]byte("1 0 2 30 <</Type/Page/Parent 9 0 R>> <</Type/Page/Parent 9 0 R>> <</Type/Pages>>")); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	modern := "%PDF-1.5\n7 0 obj<</Type/Font/Filter/FlateDecode>>stream\nno\nendstream endobj\n8 0 obj\n<</Type/ObjStm/N 3/Filter/FlateDecode>>\nstream\r\n" + packed.String() + "\nendstream\nendobj\n%%EOF"
	if n := attachment.Pages([]byte(modern)); n != 2 {
		t.Errorf("%d pages of a packed file", n)
	}
	if n := attachment.Pages([]byte("%PDF-1.5 /Encrypt %%EOF")); n != 0 {
		t.Errorf("%d pages of a file that does not tell", n)
	}
	if f.SHA256() == ([32]byte{}) {
		t.Error("no hash")
	}
}

func FuzzRead(f *testing.F) {
	f.Add(photo(f, "MM", 6))
	f.Add(mustPNG(f, scene(9, 9)))
	f.Add([]byte("%PDF-1.5\n1 0 obj<</Type/ObjStm>>stream\r\nx\x9c%%EOF"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		file, err := attachment.Read(raw)
		if err != nil {
			if fault.Code(err) == "" {
				t.Fatalf("no code: %v", err)
			}
			return
		}
		if file.MediaType == attachment.PDF {
			attachment.Pages(file.Content)
			return
		}
		again, err := attachment.Read(file.Content)
		if err != nil || !bytes.Equal(again.Content, file.Content) {
			t.Fatalf("reading again: %v", err)
		}
	})
}

func TestClaim(t *testing.T) {
	want := attachment.Claim{Blob: uuid.New(), MediaType: attachment.PNG, Size: attachment.Piece + 1, SHA256: [32]byte{1, 2}}
	encode := func(answers map[string]domain.Answer) map[string]json.RawMessage {
		set := map[string]json.RawMessage{}
		for field, answer := range answers {
			raw, err := answer.Encode()
			if err != nil {
				t.Fatal(err)
			}
			set[field] = raw
		}
		return set
	}
	got, err := attachment.ClaimedIn("case_attachment", encode(want.Answers()))
	if err != nil || *got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err := attachment.ClaimedIn("person", encode(want.Answers())); got != nil || err != nil {
		t.Errorf("of another type: %+v, %v", got, err)
	}
	if got, err := attachment.ClaimedIn("special_attachment", encode(map[string]domain.Answer{"title": {Value: "Vitnemål"}})); got != nil || err != nil {
		t.Errorf("of a title: %+v, %v", got, err)
	}
	if at, end := want.PieceAt(1); want.Pieces() != 2 || at != attachment.Piece || end != want.Size {
		t.Errorf("%d pieces, the last from %d to %d", want.Pieces(), at, end)
	}
	for name, change := range map[string]func(map[string]domain.Answer){
		"half of it":          func(a map[string]domain.Answer) { delete(a, "sha256") },
		"oversize":            func(a map[string]domain.Answer) { a["size"] = domain.Answer{Value: int64(attachment.MaxSize + 1)} },
		"empty":               func(a map[string]domain.Answer) { a["size"] = domain.Answer{Value: int64(0)} },
		"size as text":        func(a map[string]domain.Answer) { a["size"] = domain.Answer{Value: "12"} },
		"hash in capitals":    func(a map[string]domain.Answer) { a["sha256"] = domain.Answer{Value: "AB" + a["sha256"].Text()[2:]} },
		"hash too short":      func(a map[string]domain.Answer) { a["sha256"] = domain.Answer{Value: "ab"} },
		"no name":             func(a map[string]domain.Answer) { a["blob"] = domain.Answer{Value: uuid.Nil.String()} },
		"name spelt in short": func(a map[string]domain.Answer) { a["blob"] = domain.Answer{Value: "0193f0a2c0de70008000000000000077"} },
		"another type":        func(a map[string]domain.Answer) { a["media_type"] = domain.Answer{Value: "text/html"} },
		"taken away":          func(a map[string]domain.Answer) { a["blob"] = domain.Answer{} },
	} {
		answers := want.Answers()
		change(answers)
		if got, err := attachment.ClaimedIn("case_attachment", encode(answers)); err == nil || got != nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
