package match_test

import (
	"math"
	"testing"

	"feltbok/internal/match"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestFold(t *testing.T) {
	cases := []struct{ name, in, want string }{
		{"plain", "Test Mappe", "test mappe"},
		{"Norwegian", "Øystein Ærlig Åsen", "oystein aerlig asen"},
		{"composed and decomposed", "Åse A\u030ase", "ase ase"},
		{"Icelandic, Polish, German, Turkish", "Þór Łukasz Strauß İpek Işık", "thor lukasz strauss ipek isik"},
		{"Vietnamese", "Nguyễn Đức", "nguyen duc"},
		{"full width", "ＴＥＳＴ１", "test1"},
		{"Arabic points and tatweel", "مُحَمَّـــد", "محمد"},
		{"forms of alef and hamza", "أحمد إبراهيم آمنة ٱلحسن", "احمد ابراهيم امنه الحسن"},
		{"Persian and Arabic yeh and kaf", "علی کریم", match.Fold("علي كريم")},
		{"Urdu heh, teh marbuta", "فاطمہ فاطمة", "فاطمه فاطمه"},
		{"Arabic and Persian digits", "٠١٢٣٤٥٦٧٨٩ ۰۱۲۳۴۵۶۷۸۹", "0123456789 0123456789"},
		{"Cyrillic", "Юлія Зеленьчук ЇЖАК Ёлкин", "юлія зеленьчук іжак елкин"},
		{"Ethiopic stays", "ሰላም", "ሰላም"},
		{"Burmese vowels stay", "အောင်", "အောင်"},
		{"Greek final sigma", "Νίκος", "νικοσ"},
		{"hamza between", "مسؤول رائد", "مسوول رايد"},
		{"joiners", "نرگس\u200cخان", "نرگسخان"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := match.Fold(c.in); got != c.want {
				t.Errorf("Fold(%q) = %q, want %q", c.in, got, c.want)
			}
		})
	}
}

func TestFold_Idempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.OneOf(rapid.Rune(), rapid.RuneFrom([]rune("øæåßıİéüأإىیکةۀΣςᾳﬁǰΐ٣۴०'-")))).Draw(t, "s")
		once := match.Fold(s)
		if twice := match.Fold(once); twice != once {
			t.Fatalf("%q folds to %q and then to %q", s, once, twice)
		}
	})
}

func TestLatin(t *testing.T) {
	cases := []struct {
		in   string
		want []string
	}{
		{"Олександр", []string{"oleksandr"}},
		{"Галина Щербак", []string{"halyna shcherbak", "galyna shcherbak"}},
		{"Мар'яна", []string{"maryana"}},
		{"Юлія", []string{"yuliya"}},
		{"ሰላም ኪዳነ", []string{"selam kidane"}},
		{"ገብረማርያም", []string{"gebremaryam"}},
		{"ይስሓቅ", []string{"yishak"}},
		{"አበባ", []string{"abeba"}},
		{"အောင်ဆန်း", []string{"aungsan"}},
		{"မောင်ကျော်", []string{"maungkyaw"}},
		{"ဝင်း လှ", []string{"win hla"}},
		{"နိုင် ဇော် သိန်း", []string{"naing zaw thein"}},
		{"ထွန်း ခင် ကြည်", []string{"htun khin kyi"}},
		{"ဦး အေး", []string{"u aye"}},
		{"محمد", nil},
		{"Åse", []string{"ase"}},
		{"", nil},
	}
	for _, c := range cases {
		if diff := cmp.Diff(c.want, match.Latin(c.in)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.in, diff)
		}
	}
}

func TestSkeletons(t *testing.T) {
	same := [][]string{
		{"محمد", "Mohammed", "Muhamad", "Мухаммед", "መሐመድ"},
		{"فاطمة", "Fatima", "Fatimah", "فاطمه", "Фатима"},
		{"علي", "Ali", "علی", "Алі"},
		{"أحمد", "Ahmad", "Ahmed", "احمد"},
		{"يوسف", "Yousef", "Yusuf"},
		{"خديجة", "Khadija", "Hadija"},
		{"شریف", "Sharif", "Cherif"},
		{"عمر", "Omar", "Umar"},
		{"عبدالرحمن", "Abdulrahman"},
		{"ትግስት", "Tigist"},
		{"ዮሃንስ", "Yohannes"},
		{"ጸጋይ", "Tsegay"},
		{"پرویز", "Parviz", "Parwiz"},
	}
	for _, group := range same {
		want := match.Skeletons(group[0])[0]
		for _, word := range group[1:] {
			found := false
			for _, got := range match.Skeletons(word) {
				found = found || got == want
			}
			if !found {
				t.Errorf("%s gives %q, %s gives %q", group[0], want, word, match.Skeletons(word))
			}
		}
	}
	if got := match.Skeletons("رضا"); !cmp.Equal(got, []string{"rd", "rz"}) {
		t.Errorf("Arabic Rida and Persian Reza: %q", got)
	}
	for _, word := range []string{"", "two words", "김", "ء"} {
		if got := match.Skeletons(word); got != nil {
			t.Errorf("%q gives %q", word, got)
		}
	}
}

// TestJaroWinkler uses the values of Winkler's own papers.
func TestJaroWinkler(t *testing.T) {
	cases := []struct {
		a, b string
		want float64
	}{
		{"MARTHA", "MARHTA", 0.9611},
		{"DWAYNE", "DUANE", 0.84},
		{"DIXON", "DICKSONX", 0.8133},
		{"JELLYFISH", "SMELLYFISH", 0.8963},
		{"", "", 1},
		{"a", "", 0},
		{"abc", "abc", 1},
		{"abc", "xyz", 0},
		{"سلام", "سلام", 1},
		{"ሰላም", "ትግስት", 0},
	}
	for _, c := range cases {
		if got := match.JaroWinkler(c.a, c.b); math.Abs(got-c.want) > 0.0001 {
			t.Errorf("%s against %s: %.4f, want %.4f", c.a, c.b, got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.String().Draw(t, "a"), rapid.String().Draw(t, "b")
		if got := match.JaroWinkler(a, b); got < 0 || got > 1 || got != match.JaroWinkler(b, a) && math.Abs(got-match.JaroWinkler(b, a)) > 0.2 {
			t.Fatalf("%q, %q: %v", a, b, got)
		}
	})
}

func TestSimilarity(t *testing.T) {
	alike := [][2]string{
		{"Test Mappe", "Mappe Test"},
		{"Müller", "Muller"},
		{"Фатима Тест", "Fatima Test"},
		{"محمد", "Mohammed"},
		{"Yuliia Mappe", "Julia Mappe"},
		{"ሰላም", "Selam"},
		{"Test", "Test Mappe"},
	}
	for _, pair := range alike {
		if got := match.Similarity(pair[0], pair[1]); got < 0.85 {
			t.Errorf("%s and %s: %.2f", pair[0], pair[1], got)
		}
		if a, b := match.Similarity(pair[0], pair[1]), match.Similarity(pair[1], pair[0]); a != b {
			t.Errorf("%s and %s: %.2f one way, %.2f the other", pair[0], pair[1], a, b)
		}
	}
	for _, pair := range [][2]string{{"فاطمة", "خالد"}, {"ሰላም", "ትግስት"}, {"Test Mappe", "Prøve Linje"}, {"", "Test"}, {"Олександр", "Fatima"}} {
		if got := match.Similarity(pair[0], pair[1]); got > 0.7 {
			t.Errorf("%s and %s: %.2f", pair[0], pair[1], got)
		}
	}
}
