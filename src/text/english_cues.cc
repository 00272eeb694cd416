// English words that tell what a number is.
#include "text/english_tables.h"

namespace kani::text {
namespace {

constexpr std::string_view kCertainYears[] = {
    "in",      "since",    "by",        "until",   "till",  "during",   "before",  "after",
    "circa",   "year",     "years",     "early",   "late",  "summer",   "winter",  "spring",
    "autumn",  "fall",     "born",      "died",    "mid",   "january",  "february", "march",
    "april",   "may",      "june",      "july",    "august", "september", "october", "november",
    "december", "ad",      "c",         "ca",      "act",   "copyright", "christmas", "easter",
    "founded", "established", "published", "christmas", "jan", "feb", "mar", "apr", "jun", "jul",
    "aug", "sept", "sep", "oct", "nov", "dec", "anno", "dated", "annum"};
constexpr std::string_view kCounting[] = {
    "over",  "about",  "nearly",  "almost", "some",    "than",   "least",  "most",  "exactly",
    "only",  "all",    "another", "has",    "have",    "had",    "having", "with",  "costs",
    "cost",  "costing", "worth",  "paid",   "pays",    "pay",    "weighs", "weigh", "weighing",
    "total", "every",  "a",       "an",     "per",     "around", "approximately", "roughly",
    "up",    "sold",   "lost",    "won",    "killed",  "owns",   "owned",  "read",  "ran",
    "walked", "needs", "need",    "contains", "contained", "holds", "held", "seats", "were",
    "are",   "get",    "got",     "gets",   "made",    "makes",  "make",   "saw",   "collected",
    "includes", "included", "including", "these", "those", "their", "our", "his", "her", "my",
    "your", "its", "employs", "employed", "more", "less", "fewer", "additional", "extra",
    "produced", "score", "scored", "wrote", "there", "of", "for", "and", "or", "to"};
constexpr std::string_view kMeasuring[] = {
    "over",  "nearly", "almost", "than",  "least", "exactly", "costs", "cost",    "worth",
    "paid",  "weighs", "approximately",   "roughly", "up",    "total", "number",  "sold",
    "only",  "score",  "scored", "x",     "times"};
constexpr std::string_view kCounted[] = {
    "people",   "persons", "men",      "women",    "children", "pages",    "page",     "words",
    "word",     "votes",   "members",  "students", "soldiers", "troops",   "workers",  "jobs",
    "copies",   "units",   "items",    "points",   "steps",    "calorie",  "calories", "feet",
    "foot",     "seats",   "homes",    "houses",   "species",  "acres",    "barrels",  "bucks",
    "residents", "inhabitants", "employees", "passengers", "prisoners", "patients", "visitors",
    "guests",   "spectators", "fans",  "tickets",  "sheep",    "cattle",   "horses",   "ships",
    "horsepower", "percent", "characters", "lines", "rows", "entries", "files", "tokens",
    "participants", "respondents", "families", "households", "customers", "users", "subscribers",
    "followers", "likes", "views", "degrees", "thousand", "million", "billion", "hundred", "metres",
    "litres", "kilometres", "centimetres", "millimetres", "grammes", "tonnes", "tons", "cents",
    "stars", "books", "songs", "photos", "videos", "trees", "birds", "dead", "casualties", "deaths"};
constexpr std::string_view kDates[] = {"on", "since", "until", "till", "by", "before", "after"};
constexpr std::string_view kDecades[] = {"the", "early", "late",  "mid",
                                         "his", "her",   "their", "my"};
constexpr std::string_view kPhones[] = {"call", "phone", "tel",  "telephone", "dial",
                                        "fax",  "ring",  "mobile", "text",     "sms",
                                        "cell", "hotline", "whatsapp"};
constexpr std::string_view kCodes[] = {
    "pin",  "code", "codes", "isbn", "issn", "ssn",  "otp",   "zip",  "ref",   "order", "invoice",
    "account", "acct", "card", "confirmation", "tracking", "serial", "iban", "imei", "passcode",
    "password", "passport", "reference", "ticket", "booking", "license", "licence", "vin", "sku",
    "upc", "ein", "ending", "barcode", "part", "case", "claim", "policy", "pnr", "id", "postcode",
    "extension", "flight", "routing", "swift"};
constexpr std::string_view kCodeLinks[] = {"is", "was", "number", "no", "in", "code", "the", "with",
                                           "are", "as", "nr", "num", "your", "my", "id"};
constexpr std::string_view kCodeKinds[] = {
    "phone", "telephone", "my",   "your",  "his",  "her",  "their", "our",   "mobile", "cell",
    "fax",   "account",   "card", "order", "part", "serial", "confirmation", "tracking", "reference",
    "ticket", "case",     "claim", "policy", "invoice", "id", "passport", "security", "routing",
    "customer", "member", "membership", "model", "contact", "identification", "booking", "license",
    "flight", "registration", "insurance", "student", "employee", "support", "pin"};
constexpr std::string_view kNumbers[] = {"number", "numbers", "no", "num"};
constexpr std::string_view kVerses[] = {
    "genesis",   "exodus",    "leviticus", "deuteronomy", "joshua",   "judges",  "ruth",
    "samuel",    "kings",     "chronicles", "ezra",       "nehemiah", "esther",  "job",
    "psalm",     "psalms",    "ps",         "proverbs",   "prov",     "ecclesiastes", "solomon",
    "isaiah",    "isa",       "jeremiah",   "jer",        "lamentations", "ezekiel", "daniel",
    "hosea",     "joel",      "amos",       "obadiah",    "jonah",    "micah",   "nahum",
    "habakkuk",  "zephaniah", "haggai",     "zechariah",  "malachi",  "matthew", "matt",
    "mark",      "luke",      "john",       "acts",       "romans",   "rom",     "corinthians",
    "cor",       "galatians", "gal",        "ephesians",  "eph",      "philippians", "colossians",
    "thessalonians", "timothy", "titus",    "philemon",   "hebrews",  "heb",     "james",
    "peter",     "jude",      "revelation", "rev",        "gen",      "exod",    "deut",
    "surah",     "sura",      "quran",      "verse",      "verses",   "maccabees", "sirach",
    "tobit",     "wisdom",    "baruch",     "numbers"};
constexpr std::string_view kDeterminers[] = {"the",  "a",    "an",   "every", "each",  "this",
                                             "that", "next", "last", "his",   "her",   "our",
                                             "your", "my",   "their", "its",  "another", "one"};

constexpr std::string_view kRomanThings[] = {
    "war",     "chapter", "part",    "volume",  "act",     "scene",    "phase",   "type",
    "class",   "level",   "book",    "stage",   "title",   "bowl",     "grade",   "section",
    "figure",  "table",   "article", "appendix", "mark",   "round",    "unit",    "page",
    "episode", "olympiad", "letter", "canto",   "vol",     "ch",       "chap",    "fig",
    "pt",      "bk",      "no",      "number",  "psalm",   "lesson",   "plate",   "form",
    "exhibit", "schedule", "annex",  "division", "group",  "category", "tier",    "region",
    "zone",    "district", "category", "generation", "season", "series", "rocky", "rambo",
    "fantasy", "saw",     "halloween", "godfather", "apollo", "saturn", "gemini", "windows",
    "titan",   "falcon",  "diablo",  "civilization", "evil",  "warcraft", "quest", "kombat",
    "souls",   "wars",    "trek",    "alien",   "terminator", "predator", "vatican", "salt",
    "start",   "plan",    "movement", "symphony", "sonata", "concerto", "opus",   "sonnet",
    "stanza",  "verse",   "hymn",    "ode",     "elegy",   "fit",      "epoch",   "era",
    "period",  "factor",  "hyperlipidemia", "diabetes", "nerve", "cranial", "street", "theft",
    "calculus", "algebra", "physics", "chemistry", "english", "spanish", "history", "math",
    "project", "operation", "test",  "model",   "version", "edition",  "game",    "games",
    "final",   "party",   "doom",    "quake",   "fallout", "pikmin",   "mother",  "street fighter",
    "fighter", "playstation", "xbox", "macintosh", "apple", "pentium", "corps",   "army",
    "world",   "species", "complex", "photosystem", "collagen", "interleukin", "angiotensin",
    "soyuz",   "voyager", "viking",  "pioneer", "column",  "row",      "step",    "rule",
    "law",     "theorem", "problem", "question", "note",   "item",     "clause",  "sequel",
    "narrative", "story", "tale",    "essay",   "dialogue", "discourse", "treatise", "section",
    "speech",  "sermon",  "interlude", "epistle", "satire", "eclogue", "idyl",    "idyll"};
constexpr std::string_view kRomanLettered[] = {
    "model", "plan", "form", "factor", "project", "exhibit", "group", "apple", "windows", "type",
    "class", "test", "category", "operation", "species", "complex", "theft", "problem", "game",
    "appendix", "schedule", "edition", "zone", "district", "division", "unit", "row", "column"};
constexpr std::string_view kRomanLongBooks[] = {"chapter", "psalm", "canto", "letter", "sonnet",
                                                "chap",    "ch",    "hymn",  "stanza"};
constexpr std::string_view kRomanCertain[] = {"war"};
constexpr std::string_view kMasculineRulers[] = {
    "henry",     "edward",    "george",    "louis",    "charles",  "james",    "william",
    "richard",   "paul",      "john",      "pius",     "benedict", "francis",  "napoleon",
    "philip",    "frederick", "alexander", "ivan",     "nicholas", "peter",    "gregory",
    "leo",       "innocent",  "clement",   "ramesses", "felipe",   "carlos",   "alfonso",
    "ferdinand", "gustav",    "christian", "leopold",  "urban",    "boniface", "adrian",
    "celestine", "callixtus", "sixtus",    "julius",   "martin",   "eugene",   "otto",
    "conrad",    "rudolf",    "maximilian", "joseph",  "franz",    "wilhelm",  "henri",
    "philippe",  "albert",    "stephen",   "robert",   "david",    "constantine",
    "theodosius", "justinian", "cyrus",    "darius",   "xerxes",   "ptolemy",  "seleucus",
    "antiochus", "thutmose",  "amenhotep", "seti",     "mehmed",   "murad",    "selim",
    "suleiman",  "abbas",     "osman",     "pedro",    "juan",     "fernando", "victor",
    "umberto",   "humbert",   "emmanuel",  "gustavus", "haakon",   "olaf",     "olav",
    "harald",    "eric",      "canute",    "casimir",  "sigismund", "ladislaus", "bela",
    "michael",   "basil",     "leopold",   "baldwin",  "roger",    "tancred",  "manuel",
    "theodore",  "isaac",     "andronicus", "romanus", "heraclius", "valentinian", "harold",
    "kenneth",    "sergius",   "stephen",  "nicholas", "hadrian",  "honorius",
    "lucius",    "victor",    "agapetus",  "anastasius", "sancho", "bernard",  "arthur"};
constexpr std::string_view kFeminineRulers[] = {"elizabeth", "mary",  "catherine", "isabella",
                                                "margaret",  "anne",  "joanna",    "christina",
                                                "maria",     "margrethe", "wilhelmina", "cleopatra"};
constexpr std::string_view kOrdinalsBehind[] = {"century",   "centuries", "dynasty", "olympiad",
                                                "olympiads", "olympic",   "corps",   "legion",
                                                "congress",  "amendment", "anniversary",
                                                "winter",    "summer",    "edition", "olympics"};
constexpr std::string_view kRomanLinks[] = {"and", "to", "or"};

}  // namespace

NumberCues EnglishNumberCues() {
  return {.measuring = kMeasuring,
          .certain_years = kCertainYears,
          .counting = kCounting,
          .counted = kCounted,
          .dates = kDates,
          .decades = kDecades,
          .phones = kPhones,
          .codes = kCodes,
          .code_links = kCodeLinks,
          .code_kinds = kCodeKinds,
          .numbers = kNumbers,
          .clock = {},
          .degrees = {},
          .verses = kVerses,
          .determiners = kDeterminers};
}

RomanCues EnglishRomanCues() {
  return {.things = kRomanThings,
          .lettered = kRomanLettered,
          .long_books = kRomanLongBooks,
          .certain = kRomanCertain,
          .masculine = kMasculineRulers,
          .feminine = kFeminineRulers,
          .ordinals_behind = kOrdinalsBehind,
          .links = kRomanLinks,
          .lower = {},
          .names_take_ordinals = true,
          .before_noun = false};
}

}  // namespace kani::text
