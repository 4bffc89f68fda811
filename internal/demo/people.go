package demo

// word is a name in Latin letters and in the script of the language; native is empty where that is the Latin one.
type word struct{ latin, native string }

// profile describes one of the groups that Norway receives: how names look, what is spoken, where people wait.
type profile struct {
	country   string // of nationality and origin
	asylum    string // where they stay
	place     string
	languages []string // mother tongues met in the group
	second    []string // other languages met
	interpret string   // what one interprets to
	script    string
	family    word
	male      []word
	female    []word
	oneName   bool // the group has no family names
	weight    int  // how often the group is drawn
}

// profiles: given names are things found in a classroom, family names are built on "test". None is a name that people
// of the language carry.
var profiles = []profile{
	{
		country: "SYR", asylum: "LBN", place: "Bekaa", languages: []string{"apc", "apc", "kmr"}, second: []string{"arb", "tur", "fra"},
		interpret: "apc", script: "arabic", family: word{"Testawi", "تستاوي"}, weight: 28,
		male:   []word{{"Kitab", "كتاب"}, {"Daftar", "دفتر"}, {"Kursi", "كرسي"}, {"Qalam", "قلم"}, {"Sunduq", "صندوق"}, {"Shubbak", "شباك"}, {"Miqass", "مقص"}},
		female: []word{{"Waraqa", "ورقة"}, {"Tawila", "طاولة"}, {"Sabbura", "سبورة"}, {"Haqiba", "حقيبة"}, {"Mistara", "مسطرة"}, {"Maktaba", "مكتبة"}, {"Mimhat", "ممحاة"}},
	},
	{
		country: "COD", asylum: "UGA", place: "Nakivale", languages: []string{"swc", "swc", "kin", "lin"}, second: []string{"swh", "fra", "lin", "kin"},
		interpret: "swh", script: "latin", family: word{"Testabo", ""}, weight: 22,
		male:   []word{{"Kitabu", ""}, {"Kiti", ""}, {"Mlango", ""}, {"Kalamu", ""}, {"Sanduku", ""}, {"Ubao", ""}, {"Daftari", ""}},
		female: []word{{"Karatasi", ""}, {"Meza", ""}, {"Taa", ""}, {"Kikapu", ""}, {"Sahani", ""}, {"Ndoo", ""}, {"Dirisha", ""}},
	},
	{
		country: "ERI", asylum: "ETH", place: "Addis Abeba", languages: []string{"tir"}, second: []string{"amh", "arb"},
		interpret: "tir", script: "geez", family: word{"Testay", "ተስታይ"}, weight: 9,
		male:   []word{{"Metshaf", "መጽሓፍ"}, {"Wenber", "ወንበር"}, {"Bri", "ብርዒ"}, {"Satsun", "ሳጹን"}, {"Ma'tso", "ማዕጾ"}},
		female: []word{{"Tawla", "ጣውላ"}, {"Wereqet", "ወረቐት"}, {"Meskot", "መስኮት"}, {"Seleda", "ሰሌዳ"}, {"Lampa", "ላምባ"}},
	},
	{
		country: "AFG", asylum: "TUR", place: "Kayseri", languages: []string{"prs", "prs", "haz", "pus"}, second: []string{"prs", "pes", "tur", "urd"},
		interpret: "prs", script: "arabic", family: word{"Testzada", "تستزاده"}, weight: 11,
		male:   []word{{"Qalam", "قلم"}, {"Mez", "میز"}, {"Sandoq", "صندوق"}, {"Darwaza", "دروازه"}, {"Pensil", "پنسل"}},
		female: []word{{"Kitabcha", "کتابچه"}, {"Chawki", "چوکی"}, {"Panjara", "پنجره"}, {"Takhta", "تخته"}, {"Kaghaz", "کاغذ"}},
	},
	{
		country: "SDN", asylum: "EGY", place: "Kairo", languages: []string{"ara", "fvr", "mls", "zag"}, second: []string{"ara", "arb"},
		interpret: "ara", script: "arabic", family: word{"Testabi", "تستابي"}, weight: 9,
		male:   []word{{"Korras", "كراس"}, {"Dulab", "دولاب"}, {"Bab", "باب"}, {"Tabashir", "طباشير"}, {"Sullam", "سلم"}},
		female: []word{{"Sabbura", "سبورة"}, {"Tarabeza", "تربيزة"}, {"Shanta", "شنطة"}, {"Lamba", "لمبة"}, {"Barraya", "براية"}},
	},
	{
		country: "MMR", asylum: "MYS", place: "Kuala Lumpur", languages: []string{"mya", "rhg"}, second: []string{"eng", "msa"},
		interpret: "mya", script: "burmese", family: word{}, oneName: true, weight: 6,
		male:   []word{{"Test Sar Ok", "တက်စ် စာအုပ်"}, {"Test Baw Pin", "တက်စ် ဘောပင်"}, {"Test Kala Htaing", "တက်စ် ကုလားထိုင်"}, {"Test Tan Khar", "တက်စ် တံခါး"}},
		female: []word{{"Test Sar Pwe", "တက်စ် စားပွဲ"}, {"Test Pya Tin", "တက်စ် ပြတင်း"}, {"Test Se Ku", "တက်စ် စက္ကူ"}, {"Test Mi Ein", "တက်စ် မီးအိမ်"}},
	},
	{
		country: "COL", asylum: "CRI", place: "San José", languages: []string{"spa"}, second: []string{"eng"},
		interpret: "spa", script: "latin", family: word{"Testales Prueba", ""}, weight: 4,
		male:   []word{{"Cuaderno", ""}, {"Lápiz", ""}, {"Libro", ""}, {"Tablero", ""}, {"Escritorio", ""}},
		female: []word{{"Mesa", ""}, {"Silla", ""}, {"Ventana", ""}, {"Puerta", ""}, {"Lámpara", ""}},
	},
	{
		country: "UKR", asylum: "MDA", place: "Chișinău", languages: []string{"ukr", "ukr", "rus"}, second: []string{"rus", "eng"},
		interpret: "ukr", script: "cyrillic", family: word{"Testenko", "Тестенко"}, weight: 4,
		male:   []word{{"Stil", "Стіл"}, {"Zoshyt", "Зошит"}, {"Olivets", "Олівець"}, {"Stilets", "Стілець"}, {"Portfel", "Портфель"}},
		female: []word{{"Knyha", "Книга"}, {"Lampa", "Лампа"}, {"Doshka", "Дошка"}, {"Kreida", "Крейда"}, {"Linijka", "Лінійка"}},
	},
	{
		country: "SOM", asylum: "KEN", place: "Dadaab", languages: []string{"som"}, second: []string{"ara", "swh", "eng"},
		interpret: "som", script: "latin", family: word{"Testaale", ""}, weight: 4,
		male:   []word{{"Buug", ""}, {"Albaab", ""}, {"Qalin", ""}, {"Sanduuq", ""}, {"Kursi", ""}},
		female: []word{{"Miis", ""}, {"Daaqad", ""}, {"Warqad", ""}, {"Boorso", ""}, {"Nal", ""}},
	},
	{
		country: "IRQ", asylum: "TUR", place: "Mardin", languages: []string{"kmr", "ckb"}, second: []string{"arb", "tur"},
		interpret: "kmr", script: "arabic", family: word{"Testoyî", "تێستۆیی"}, weight: 3,
		male:   []word{{"Pirtûk", "پەرتووک"}, {"Derî", "دەری"}, {"Qelem", "قەڵەم"}, {"Sindoq", "سندووق"}},
		female: []word{{"Mase", "ماسە"}, {"Pencere", "پەنجەرە"}, {"Kaxez", "کاغەز"}, {"Çira", "چرا"}},
	},
}

// draw picks a profile by weight.
func (m *maker) draw() *profile {
	total := 0
	for _, p := range profiles {
		total += p.weight
	}
	n := m.random.IntN(total)
	for i := range profiles {
		if n -= profiles[i].weight; n < 0 {
			return &profiles[i]
		}
	}
	return &profiles[0]
}

// occupation is a job with the words a person would use for it in Norwegian.
type occupation struct {
	code, title, duties string
	regulated           bool
	level               string // lowest schooling that goes with it
	women, men          bool
}

// driver is the occupation that nobody has without a licence.
const driver = "8322"

var occupations = []occupation{
	{"2341", "lærer i barneskolen", "Underviste 40 elever i lesing, skriving og regning. Samarbeidet med foreldrene.", true, "6", true, true},
	{"2223", "sykepleier", "Stelte pasienter, satte sprøyter, førte journal på helsesenteret.", true, "6", true, true},
	{"7531", "skredder", "Sydde klær etter mål, reparerte, tok imot bestillinger og betaling.", false, "1", true, true},
	{"7115", "snekker", "Laget dører, vinduer og møbler. Leste enkle tegninger.", false, "1", false, true},
	{"5120", "kokk", "Laget mat til 60 gjester om dagen, kjøpte inn råvarer.", false, "1", true, true},
	{"6111", "bonde på egen gård", "Dyrket mais, bønner og grønnsaker til familien og til salg på markedet. Hadde geiter.", false, "0", true, true},
	{driver, "drosjesjåfør", "Kjørte i byen ti timer om dagen, vedlikeholdt bilen selv.", false, "1", false, true},
	{"5223", "butikkmedarbeider", "Betjente kunder, bestilte varer, gjorde opp kassen.", false, "1", true, true},
	{"9112", "renholder", "Vasket kontorer og trapper, brukte maskiner og riktige midler.", false, "0", true, true},
	{"9313", "hjelpearbeider på bygg", "Blandet betong, bar stein, hjalp murerne.", false, "0", false, true},
	{"7231", "bilmekaniker", "Reparerte motorer og bremser, byttet deler, lærte opp to gutter.", false, "1", false, true},
	{"5141", "frisør", "Klippet og flettet hår, hadde egne faste kunder hjemme.", false, "1", true, true},
	{"5311", "barnepasser", "Passet seks barn mens mødrene arbeidet, lagde mat og lekte med dem.", false, "0", true, false},
	{"7512", "baker", "Bakte brød fra klokken tre om natten, stelte ovnen, solgte i døren.", false, "0", true, true},
	{"4110", "kontormedarbeider", "Førte lister og brev på datamaskin, tok telefonen.", false, "3", true, true},
	{"7411", "elektriker", "La opp strøm i hus, koblet sikringsskap, feilsøkte.", true, "3", false, true},
}
