package intake

import (
	"regexp"
	"strings"
	"sync"

	"feltbok/internal/codelist"
	"feltbok/internal/domain"
	"feltbok/internal/i18n"
)

// Field is one thing that a column of a list can say.
type Field struct {
	// Key names it in mappings, templates and texts ("intake.field." + Key): type and field with a dot between, such as
	// "person.birth", or one of the two that are no field of a record: "person.full_name" and "household.label".
	Key string
	// Type and Name are the field of the record; Name is empty for the two that are none.
	Type domain.Type
	Name string

	words []string // headings that people use for it
}

// Keys of the fields that intake itself asks about.
const (
	caseNumber   = "case.unhcr_case_no"
	individualNo = "person.unhcr_individual_no"
	fullName     = "person.full_name"
	homeLabel    = "household.label"
)

// fields are all that a list can fill, in the order of the template. What they mean is in domain.md 7.3 and 7.4. Health, ethnicity,
// religion and UNHCR's specific needs are not among them: they are P3 and are asked about in the interview, where it is seen who
// is in the room (domain.md 15.7); see [sensitiveWords].
var fields = []Field{
	column("case", "unhcr_case_no", "case number", "case no", "case id", "unhcr case number", "unhcr case no", "unhcr case id", "rst case number", "resettlement case number",
		"registration group number", "registration group", "progres case number", "file number", "case", "casenumber", "case_no", "caseno", "saksnummer", "saksnr", "sak", "unhcr saksnummer", "unhcr sak", "unhcr saksnr", "unhcr nummer"),
	column("person", "unhcr_individual_no", "individual number", "individual no", "individual id", "unhcr individual number", "unhcr id", "individual registration number", "registration number",
		"progres id", "individ nummer", "individnummer", "individnr", "unhcr individnummer", "unhcr personnummer", "person id", "personid"),
	column("person", "relation_to_pa", "relationship to principal applicant", "relationship to pa", "relation to pa", "relationship", "relation", "rel to pa", "relationship to p a", "relationship to hr1", "relationship to head of household",
		"role in case", "relasjon", "relasjon til hovedsøker", "relasjon til hs", "slektskap", "forhold til hovedsøker", "tilknytning", "rolle"),
	column("person", "family_name", "family name", "last name", "surname", "lastname", "etternavn", "slektsnavn", "familienavn", "etternamn"),
	column("person", "given_names", "given name", "given names", "first name", "first names", "forename", "firstname", "fornavn", "førenamn"),
	{Key: fullName, Type: "person", words: []string{"name", "full name", "fullname", "name of applicant", "applicant", "navn", "fullt navn", "hele navnet", "namn"}},
	column("person", "father_name", "fathers name", "name of father", "father", "fars navn", "farsnavn", "middle name", "mellomnavn"),
	column("person", "grandfather_name", "grandfathers name", "grandfather", "farfars navn", "bestefars navn"),
	column("person", "mother_name", "mothers name", "name of mother", "mother", "mors navn", "morsnavn"),
	column("person", "name_native_script", "name in native script", "native name", "name in original script", "original script", "name in own script", "arabic name", "name in arabic", "navn i egen skrift", "navn på eget skriftspråk"),
	column("person", "name_called", "called", "nickname", "preferred name", "kallenavn", "tiltalenavn", "kalt"),
	column("person", "other_spellings", "alias", "aliases", "other names", "other spellings", "also known as", "aka", "andre navn", "andre skrivemåter"),
	column("person", "sex", "gender", "m f", "f m", "kjønn", "kj", "sex gender"),
	column("person", "birth", "date of birth", "dob", "birth date", "birthdate", "born", "year of birth", "fødselsdato", "fødselsår", "født", "f dato", "fdato", "fødd"),
	column("person", "birth_place", "place of birth", "city of birth", "birthplace", "pob", "fødested", "fødeby", "fødestad"),
	column("person", "birth_country", "country of birth", "birth country", "cob", "fødeland"),
	column("person", "nationalities", "nationality", "nationalities", "citizenship", "country of nationality", "statsborgerskap", "nasjonalitet", "statsborgarskap"),
	column("person", "country_of_origin", "country of origin", "coo", "origin", "hjemland", "opprinnelsesland", "opphavsland"),
	column("person", "civil_status", "marital status", "civil status", "sivilstatus", "sivilstand", "ekteskapelig status"),
	column("person", "mother_tongue", "mother tongue", "native language", "first language", "mother tongues", "language", "main language", "morsmål", "språk"),
	column("person", "interpreter_language_1", "interpreter language", "interview language", "language of interview", "preferred language", "interpretation language", "tolkespråk", "tolk", "tolkespråk 1", "ønsket tolkespråk"),
	column("person", "interpreter_language_2", "second interpreter language", "other interpreter language", "tolkespråk 2", "andre tolkespråk"),
	column("person", "interpreter_dialect", "dialect", "dialekt"),
	column("person", "travel_docs", "travel document", "travel documents", "passport", "reisedokument", "reisedokumenter", "pass"),
	column("person", "duf_no", "duf", "duf number", "duf no", "dufnr", "duf nummer", "dufnummer", "duf nr"),
	{Key: homeLabel, Type: "household", words: []string{"household", "household number", "household no", "husstand", "husstandsnummer", "husstandsnr", "husstand nr", "hushald"}},
	column("case", "case_size_rrf", "case size", "family size", "number of persons", "no of persons", "size", "household size", "antall personer", "antall", "sakens størrelse", "familiestørrelse"),
	column("case", "contact_channel", "phone", "phone number", "telephone", "telephone number", "mobile", "mobile number", "contact", "contact number", "telefon", "telefonnummer", "mobil", "tlf", "kontakt"),
	column("case", "country_of_asylum", "country of asylum", "coa", "asylum country", "host country", "asylland", "oppholdsland"),
	column("case", "place_of_stay", "place of stay", "current address", "address", "camp", "location", "place", "settlement", "coa address", "oppholdssted", "adresse", "sted", "leir"),
	column("case", "arrived_country_of_asylum", "date of arrival", "arrival date", "arrival in country of asylum", "doa", "ankomstdato", "ankommet", "ankomst til asylland"),
	column("case", "submission_priority", "priority", "submission priority", "urgency", "prioritet", "hastegrad"),
	column("case", "submission_cat_primary", "submission category", "primary submission category", "primary category", "submission category 1", "resettlement category", "kategori", "innsendingskategori", "hovedkategori"),
	column("case", "submission_cat_secondary", "secondary submission category", "secondary category", "submission category 2", "sekundærkategori", "kategori 2"),
	column("case", "submitted_by", "submitted by", "submitting organisation", "referred by", "fremmet av", "innsendt av"),
	column("case", "unhcr_reference_no", "reference number", "unhcr reference", "unhcr reference number", "reference", "rst reference", "referanse", "referansenummer", "unhcr referanse"),
	column("case", "udi_case_ref", "udi reference", "udi case", "udi case number", "udi number", "udi saksnummer", "udi sak", "udi ref", "udi referanse"),
	column("case", "quota_bucket", "quota", "sub quota", "kvote", "delkvote", "kvotetype"),
	column("case", "channel", "channel", "processing", "sakstype", "kanal", "uttakstype"),
}

func column(t domain.Type, name string, words ...string) Field {
	return Field{Key: string(t) + "." + name, Type: t, Name: name, words: words}
}

// Fields lists what a column can say, in the order in which they are offered and stand in the template. Read only.
func Fields() []Field { return fields }

// FieldOf finds a field by its key.
func FieldOf(key string) (Field, bool) {
	for _, f := range fields {
		if f.Key == key {
			return f, true
		}
	}
	return Field{}, false
}

// info is the field of the record.
func (f Field) info() domain.Field {
	if f.Name == "" {
		return domain.Field{}
	}
	t, _ := domain.Info(f.Type)
	field, _ := t.Field(f.Name)
	return field
}

// sensitiveWords are headings of columns that are never read from a list: P3, or about the claim for protection, which is UDI's
// (domain.md 5, 15.7, 16.7).
var sensitiveWords = []string{
	"ethnicity", "ethnic group", "ethnic origin", "etnisitet", "etnisk gruppe", "religion", "faith", "livssyn", "specific needs", "specific need", "specific needs codes", "vulnerability", "vulnerabilities",
	"spesielle behov", "sårbarhet", "medical", "medical condition", "health", "diagnosis", "disability", "helse", "diagnose", "funksjonsnedsettelse", "sexual orientation", "seksuell orientering",
	"persecution", "refugee claim", "claim", "reason for flight", "fluktgrunn", "asylgrunn", "forfølgelse", "criminal record", "strafferegister", "torture", "tortur", "sgbv", "gbv",
}

var inParentheses = regexp.MustCompile(`\([^)]*\)|\[[^\]]*\]`)

// headingForms are the ways in which a heading is looked up: as it stands, without what is in parentheses, and of a JSON name with
// dots the last part, alone and with the one before.
func headingForms(heading string) []string {
	forms := []string{codelist.Fold(heading), codelist.Fold(inParentheses.ReplaceAllString(heading, " "))}
	if parts := strings.Split(heading, "."); len(parts) > 1 {
		last := len(parts) - 1
		forms = append(forms, codelist.Fold(parts[last-1]+" "+parts[last]), codelist.Fold(parts[last]))
	}
	if _, below, ok := strings.Cut(heading, " – "); ok {
		forms = append(forms, codelist.Fold(below))
	}
	return forms
}

// byHeading holds the key of each heading, folded.
var byHeading = sync.OnceValue(func() map[string]string {
	index := map[string]string{}
	for _, f := range fields {
		name := f.Name
		if name == "" {
			_, name, _ = strings.Cut(f.Key, ".")
		}
		for _, word := range append([]string{f.Key, name}, f.words...) {
			index[codelist.Fold(word)] = f.Key
		}
		for _, lang := range i18n.Languages { // what the template says
			index[codelist.Fold(i18n.For(lang).T("intake.field."+f.Key))] = f.Key
		}
	}
	return index
})

var sensitive = sync.OnceValue(func() map[string]bool {
	index := map[string]bool{}
	for _, word := range sensitiveWords {
		index[codelist.Fold(word)] = true
	}
	return index
})

// keyOf finds the field that a heading means; "" when none is known.
func keyOf(heading string) string {
	for _, form := range headingForms(heading) {
		if key, ok := byHeading()[form]; ok {
			return key
		}
	}
	return ""
}

// Sensitive reports whether a heading announces what is never read from a list.
func Sensitive(heading string) bool {
	for _, form := range headingForms(heading) {
		if sensitive()[form] {
			return true
		}
	}
	return false
}

// Known reports whether a heading is recognised at all; it is what [feltbok/internal/sheet.Options] asks for.
func Known(heading string) bool { return keyOf(heading) != "" || Sensitive(heading) }
