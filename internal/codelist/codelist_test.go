package codelist_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"feltbok/internal/codelist"
	"feltbok/internal/domain"
)

func date(text string) time.Time {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return t
}

// Every list that a field names must exist, or its question could not be answered.
func TestLists_OfEveryField(t *testing.T) {
	for _, info := range domain.Types() {
		for _, f := range info.Fields {
			if f.List != "" && !codelist.Exists(f.List) {
				t.Errorf("%s.%s: no list %q", info.Type, f.Name, f.List)
			}
		}
	}
}

func TestLists_Sound(t *testing.T) {
	names := codelist.Names()
	if len(names) < 90 {
		t.Fatalf("only %d lists", len(names))
	}
	for _, name := range names {
		if !codelist.Exists(name) {
			t.Errorf("%s cannot be read", name)
		}
		entries := codelist.Entries(name)
		if len(entries) == 0 || codelist.Version(name) == "" {
			t.Errorf("%s is empty or has no version", name)
		}
		seen := [3]map[string]string{{}, {}, {}}
		for _, e := range entries {
			if strings.ContainsAny(e.Code, " ,;") {
				t.Errorf("%s: %q is no code", name, e.Code)
			}
			for i, lang := range []string{"nb", "nn", "en"} {
				label := e.In(lang)
				if label == "" || strings.TrimSpace(label) != label {
					t.Errorf("%s: %s has the label %q in %s", name, e.Code, label, lang)
				}
				// A group of the occupation standard with one occupation in it shares its name.
				if other, twice := seen[i][label]; twice && e.ValidTo == "" && !strings.HasPrefix(e.Code, other) {
					t.Errorf("%s: %s and %s are both called %q in %s", name, other, e.Code, label, lang)
				}
				seen[i][label] = e.Code
			}
			if e.ValidFrom != "" && e.ValidTo != "" && e.ValidTo < e.ValidFrom {
				t.Errorf("%s: %s ends before it begins", name, e.Code)
			}
		}
	}
}

// Norwegian labels: bokmål words must not have slipped into nynorsk, nor Danish ones into either.
func TestLists_Language(t *testing.T) {
	notNynorsk := []string{"ikke", "ikkje ikke", "noen", "hvem", "hva", "fra", "selv", "skole", "arbeidere", "kvinner og jenter i fare", "språkferdigheter", "tjenester", "vold", "uten"}
	danish := []string{"øerne", "Hviderusland", "Grækenland", "Tyrkiet", "Syrien", "Spanien", "tegnsprog", "græsk", "tjekkisk", "hollandsk"}
	for _, name := range codelist.Names() {
		for _, e := range codelist.Entries(name) {
			words := strings.FieldsFunc(strings.ToLower(e.In("nn")), func(r rune) bool { return strings.ContainsRune(" ,.()–-/:", r) })
			for _, wrong := range notNynorsk {
				if slices.Contains(words, wrong) {
					t.Errorf("%s: %s is %q in nynorsk, with the bokmål word %q", name, e.Code, e.In("nn"), wrong)
				}
			}
			for _, wrong := range danish {
				if strings.Contains(e.In("nb")+e.In("nn"), wrong) {
					t.Errorf("%s: %s has a Danish label: %q", name, e.Code, e.In("nb"))
				}
			}
		}
	}
}

// Lists that stand for Go constants must have exactly those codes.
func TestLists_MatchConstants(t *testing.T) {
	codes := func(name string) []string {
		var list []string
		for _, e := range codelist.Entries(name) {
			list = append(list, e.Code)
		}
		return list
	}
	var statuses, roles, groups []string
	for _, s := range domain.Statuses {
		statuses = append(statuses, string(s))
	}
	for _, r := range domain.AllRoles {
		roles = append(roles, string(r))
	}
	for _, r := range domain.AgeRules {
		groups = append(groups, string(r.Group))
	}
	for name, want := range map[string][]string{
		"status": statuses, "role": roles, "target_groups": groups,
		"missing":           {string(domain.Unknown), string(domain.Declined), string(domain.NotAsked), string(domain.NotApplicable)},
		"yes_no":            {"yes", "no"},
		"interview_status":  {string(domain.Draft), string(domain.ReadyForReview), string(domain.Reviewed), string(domain.Locked), string(domain.Amended)},
		"want_to_live_near": {"yes", "no"}, // "must not" is a keep_apart object, never a choice here
	} {
		if diff := cmp.Diff(want, codes(name)); diff != "" {
			t.Errorf("%s (-constants +list):\n%s", name, diff)
		}
	}
	for _, source := range codes("source") {
		if _, err := (domain.Answer{Value: "x", Source: domain.Source(source)}).Encode(); err != nil {
			t.Errorf("source %s: %v", source, err)
		}
	}
	for _, verification := range codes("verification") {
		if _, err := (domain.Answer{Value: "x", Verification: domain.Verification(verification)}).Encode(); err != nil {
			t.Errorf("verification %s: %v", verification, err)
		}
	}
}

func TestLists_Extent(t *testing.T) {
	for name, least := range map[string]int{"municipality": 471, "country": 252, "language": 200, "informal_skills": 40, "unhcr_need": 60} {
		if got := len(codelist.Entries(name)); got < least {
			t.Errorf("%s has %d entries, want %d", name, got, least)
		}
	}
	for name, wanted := range map[string]string{
		"country":      "SYR COD AFG ERI SSD SDN ETH SOM RWA BDI UGA UKR IRQ IRN PSE MMR COL LBY NER LBN JOR TUR EGY KEN TZA ZMB MYS NPL GRC ROU NOR XXA XXX",
		"language":     "arb apc ara kmr ckb kur tir tig aar amh orm som swh swa swc kin run lin fra prs pes pus haz urd uzb tur rus ukr nus din bfa fvr mls zag rhg spa eng nob nno nsl",
		"municipality": "0301 1508 5501 5601 1580 1507",
	} {
		for _, code := range strings.Fields(wanted) {
			if !codelist.Has(name, code) {
				t.Errorf("%s lacks %s", name, code)
			}
		}
	}
	for _, e := range codelist.Entries("municipality") {
		if e.ValidTo == "" && !codelist.Has("county", e.Code[:2]) {
			t.Errorf("municipality %s lies in no county", e.Code)
		}
	}
}

func TestLookup(t *testing.T) {
	tests := []struct {
		list, text, lang, want string // the first hit
	}{
		{"country", "syr", "nb", "SYR"},
		{"country", "Syria", "en", "SYR"},
		{"country", "سوريا", "nb", "SYR"},
		{"country", "burma", "nb", "MMR"},
		{"country", "dr congo", "nb", "COD"},
		{"country", "congo dr", "nb", "COD"}, // words in any order
		{"country", "norge", "nn", "NOR"},    // the bokmål name, nynorsk asked
		{"country", "noreg", "nb", "NOR"},
		{"country", "turkey", "nb", "TUR"},
		{"country", "turkiye", "en", "TUR"},
		{"country", "elfenbens", "nb", "CIV"},
		{"country", "cote d'ivoire", "nb", "CIV"},
		{"country", "tyskland", "nb", "DEU"},
		{"country", "NOR", "nb", "NOR"}, // the code before names that begin alike
		{"country", "niger", "nb", "NER"},
		{"country", "uganda", "nb", "UGA"},
		{"country", "statslos", "nb", "XXA"},
		{"language", "kurmanji", "nb", "kmr"},
		{"language", "farsi", "nb", "prs"},
		{"language", "persisk", "nb", "pes"},
		{"language", "دری", "nb", "prs"},
		{"language", "tigrinya", "nb", "tir"},
		{"language", "ትግርኛ", "nb", "tir"},
		{"language", "kiswahili", "nb", "swh"},
		{"language", "levantinsk", "nb", "apc"},
		{"language", "arabisk syr", "nb", "apc"},
		{"occupation", "skredder", "nb", "7531"},
		{"occupation", "tailor", "nb", "7531"},
		{"occupation", "sykepleier", "nb", "2223"},
		{"occupation", "nurse", "en", "2223"},
		{"occupation", "sjukepleiar", "nn", "2223"},
		{"occupation", "sjåfør", "nb", "8322"},
		{"occupation", "sjafor", "nb", "8322"},
		{"occupation", "bonde", "nb", "6111"},
		{"occupation", "hushjelp", "nb", "9111"},
		{"occupation", "7115", "nb", "7115"},
		{"occupation", "512", "nb", "512"},
		{"occupation", "kokker", "nb", "5120"}, // the occupation, not the group of the same name
		{"occupation", "cooks", "en", "5120"},
		{"occupation", "sjukepleiarar", "nn", "2223"},
		{"occupation", "dataregistr", "nb", "4132"},
		{"occupation", "vernepleier", "nb", "2224"},
		{"occupation", "bussjåfør", "nb", "8331"},
		{"occupation", "well driller", "en", "8113"},
		{"occupation", "community health", "nb", "3253"},
		{"occupation", "politi", "nb", "3355"},
		{"occupation", "soldat", "nb", "0310"},
		{"occupation", "subsistence farmer", "nb", "6310"},
		{"occupation", "gjeter", "nb", "6121"},
		{"occupation", "grønsak", "nn", "6111"},
		{"occupation", "scrap collector", "en", "9612"},
		{"municipality", "ålesund", "nb", "1508"},
		{"municipality", "alesund", "nb", "1508"},
		{"municipality", "mo i rana", "nb", "1833"},
		{"municipality", "0301", "nb", "0301"},
		{"municipality", "guovdageaidnu", "nb", "5612"},
	}
	for _, tt := range tests {
		found := codelist.Lookup(tt.list, tt.text, tt.lang, 5)
		if len(found) == 0 || found[0].Code != tt.want {
			t.Errorf("Lookup(%s, %q, %s) = %v, want %s first", tt.list, tt.text, tt.lang, labels(found), tt.want)
		}
	}
}

func labels(entries []codelist.Entry) []string {
	var list []string
	for _, e := range entries {
		list = append(list, e.Code+" "+e.Label)
	}
	return list
}

func TestLookup_Limits(t *testing.T) {
	if got := codelist.Lookup("country", "", "nb", 3); len(got) != 3 || got[0].Code != "SYR" {
		t.Errorf("an empty text gives %v, want the first three of the list", labels(got))
	}
	if got := codelist.Lookup("country", "a", "nb", 4); len(got) != 4 {
		t.Errorf("limit 4 gives %d", len(got))
	}
	if got := codelist.Lookup("country", "qqqq", "nb", 4); len(got) != 0 {
		t.Errorf("nonsense gives %v", labels(got))
	}
	if got := codelist.Lookup("no_such_list", "a", "nb", 4); got != nil {
		t.Errorf("no list gives %v", labels(got))
	}
	if got := codelist.Lookup("yes_no", "", "en", 0); len(got) != 2 || got[0].Label != "Yes" {
		t.Errorf("no limit gives %v", labels(got))
	}
	for _, e := range codelist.Lookup("municipality", "ålesund", "nb", 0) {
		if e.ValidTo != "" {
			t.Errorf("%s has ended and is still offered", e.Code)
		}
	}
}

func TestCodes_EndedStayReadable(t *testing.T) {
	if got := codelist.Label("municipality", "1507", "nb"); !strings.HasPrefix(got, "Ålesund") {
		t.Errorf("label of 1507 = %q", got)
	}
	for _, tt := range []struct {
		code, day string
		want      bool
	}{
		{"1507", "2023-12-31", true},
		{"1507", "2024-01-01", false},
		{"1508", "2023-12-31", false},
		{"1508", "2024-01-01", true},
		{"0301", "1999-01-01", true},
		{"9999", "2024-01-01", false},
	} {
		if got := codelist.Shipped().Valid("municipality", tt.code, date(tt.day)); got != tt.want {
			t.Errorf("%s valid on %s = %t, want %t", tt.code, tt.day, got, tt.want)
		}
	}
	if got := codelist.Label("country", "QQQ", "nb"); got != "QQQ" {
		t.Errorf("an unknown code reads %q, want itself", got)
	}
	if got := codelist.Label("country", "NOR", "nn"); got != "Noreg" {
		t.Errorf("Norway in nynorsk = %q", got)
	}
	for _, wrong := range []string{"", "../i18n/domain", "no_such_list"} {
		if codelist.Exists(wrong) || codelist.Entries(wrong) != nil || codelist.Version(wrong) != "" {
			t.Errorf("there is a list %q", wrong)
		}
	}
}

func TestCheckValue(t *testing.T) {
	network, _ := domain.Info("network")
	municipality, _ := network.Field("municipality")
	person, _ := domain.Info("person")
	nationalities, _ := person.Field("nationalities")
	tests := []struct {
		f      domain.Field
		value  any
		want   string
		listed int
	}{
		{municipality, "0301", "", 0},
		{municipality, "1507", "LIST_ENDED", 1},
		{municipality, "4711", "LIST", 1},
		{municipality, int64(301), "KIND", 1},
		{nationalities, []string{"SYR", "NOR"}, "", 0},
		{nationalities, []string{"SYR", "QQQ"}, "LIST", 1},
		{nationalities, nil, "", 0},
	}
	for _, tt := range tests {
		got := codelist.Shipped().CheckValue(tt.f, domain.Answer{Value: tt.value}, date("2026-06-01"))
		if len(got) != tt.listed || tt.listed > 0 && got[0].Rule != tt.want {
			t.Errorf("%s = %v: %+v, want %q", tt.f.Name, tt.value, got, tt.want)
		}
	}
}

func TestFold(t *testing.T) {
	for text, want := range map[string]string{
		"Ålesund": "alesund", "Sør-Trøndelag": "sor trondelag", "Côte d’Ivoire": "cote divoire", "  A  (b) ": "a b", "Türkiye": "turkiye",
		"سُوريا": "سوريا", "İstanbul": "istanbul", "": "", "—": "",
	} {
		if got := codelist.Fold(text); got != want {
			t.Errorf("Fold(%q) = %q, want %q", text, got, want)
		}
	}
}

func BenchmarkLookup(b *testing.B) {
	for _, text := range []string{"a", "ara", "arabisk syr", "hjelpearbeidere"} {
		b.Run(text, func(b *testing.B) {
			for b.Loop() {
				codelist.Lookup("language", text, "nb", 20)
				codelist.Lookup("occupation", text, "nb", 20)
			}
		})
	}
}

// settled is one household with an agreement, in the shape that the rules read.
type settled struct {
	id     uuid.UUID
	t      domain.Type
	fields map[string]string
}

func (s settled) ID() uuid.UUID     { return s.id }
func (s settled) Type() domain.Type { return s.t }
func (s settled) Answer(f string) domain.Answer {
	if s.fields[f] == "" {
		return domain.Answer{}
	}
	return domain.Answer{Value: s.fields[f]}
}

type settledCase []settled

func (c settledCase) Objects(t domain.Type) []domain.ObjectView {
	var found []domain.ObjectView
	for _, o := range c {
		if o.t == t {
			found = append(found, o)
		}
	}
	return found
}

// X26: a number that ended is no number for a settlement after its end, and still is one before.
func TestCheckCase_MunicipalityOfTheYear(t *testing.T) {
	id := func(n string) uuid.UUID { return uuid.NewSHA1(uuid.NameSpaceURL, []byte(n)) }
	for on, want := range map[string]bool{"2023-12-31": false, "2024-01-01": true} {
		view := settledCase{
			{id("case"), "case", map[string]string{"channel": "dossier"}},
			{id("p"), "person", map[string]string{"household": "h", "relation_to_pa": "principal_applicant", "given_names": "Test", "stateless": "yes"}},
			{id("r"), "request", map[string]string{"household": "h", "answer": "accepted", "municipality": "3005"}},
			{id("a"), "arrival", map[string]string{"about": id("p").String(), "settled_date": on}},
		}
		problems := codelist.Shipped().CheckCase(view, time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC))
		got := slices.ContainsFunc(problems, func(p domain.Problem) bool { return p.Rule == "X26" && p.Object == id("r") })
		if got != want {
			t.Errorf("settled on %s: X26 is %t, want %t", on, got, want)
		}
	}
}
