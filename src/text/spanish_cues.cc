// Spanish words that tell what a number is.
#include "text/spanish_tables.h"

namespace kani::text {
namespace {

constexpr std::string_view kCertainYears[] = {
    "en",      "desde",     "hasta",     "año",    "años",    "hacia",  "del",
    "entre",   "durante",   "circa",     "c",      "ca",      "enero",  "febrero",
    "marzo",   "abril",     "mayo",      "junio",  "julio",   "agosto", "septiembre",
    "octubre", "noviembre", "diciembre", "verano", "invierno"};
constexpr std::string_view kDates[] = {"el", "del", "al", "hasta", "desde", "día"};
constexpr std::string_view kDecades[] = {"los", "años"};
constexpr std::string_view kPhones[] = {
    "teléfono", "tel",   "tfno",   "tlf",    "móvil",   "fax",      "marca", "marque",
    "llama",    "llame", "llamar", "llamen", "celular", "whatsapp", "telf",  "escribe"};
constexpr std::string_view kCodes[] = {
    "pin",    "código",    "códigos",    "isbn",      "issn",       "dni",  "nif",
    "iban",   "matrícula", "expediente", "pedido",    "referencia", "ref",  "clave",
    "cuenta", "tarjeta",   "pasaporte",  "otp",       "cif",        "nie",  "serie",
    "postal", "póliza",    "factura",    "reserva",   "rut",        "cuit", "curp",
    "rfc",    "imei",      "contraseña", "extensión", "localizador"};
constexpr std::string_view kCodeLinks[] = {"es", "número",    "núm",     "de", "nº",  "n",
                                           "al", "el",        "con",     "la", "son", "era",
                                           "a",  "terminada", "acabada", "en"};
constexpr std::string_view kCodeKinds[] = {"mi", "tu", "su", "nuestro", "vuestro"};
constexpr std::string_view kNumbers[] = {"número", "teléfono", "móvil"};
constexpr std::string_view kClock[] = {"las", "la"};
constexpr std::string_view kDegrees[] = {
    "a",        "hace",    "hacía",   "bajo",       "temperatura", "fiebre",      "ángulo",
    "menos",    "unos",    "gira",    "girar",      "giro",        "gire",        "con",
    "alcanza",  "alcanzó", "marca",   "marcó",      "superó",      "supera",      "ronda",
    "rondan",   "tiene",   "celsius", "fahrenheit", "grados",      "centígrados", "latitud",
    "longitud", "norte",   "sur",     "cero",       "hasta",       "sobre",       "casi"};
constexpr std::string_view kVerses[] = {"génesis",      "éxodo",
                                        "levítico",     "números",
                                        "deuteronomio", "josué",
                                        "jueces",       "rut",
                                        "samuel",       "reyes",
                                        "crónicas",     "esdras",
                                        "nehemías",     "ester",
                                        "job",          "salmo",
                                        "salmos",       "proverbios",
                                        "eclesiastés",  "cantares",
                                        "cantar",       "isaías",
                                        "jeremías",     "lamentaciones",
                                        "ezequiel",     "daniel",
                                        "oseas",        "joel",
                                        "amós",         "abdías",
                                        "jonás",        "miqueas",
                                        "nahúm",        "habacuc",
                                        "sofonías",     "hageo",
                                        "zacarías",     "malaquías",
                                        "mateo",        "marcos",
                                        "lucas",        "juan",
                                        "hechos",       "romanos",
                                        "corintios",    "gálatas",
                                        "efesios",      "filipenses",
                                        "colosenses",   "tesalonicenses",
                                        "timoteo",      "tito",
                                        "filemón",      "hebreos",
                                        "santiago",     "pedro",
                                        "judas",        "apocalipsis",
                                        "corán",        "sura",
                                        "macabeos",     "sirácida",
                                        "sabiduría",    "tobías",
                                        "baruc",        "mt",
                                        "mc",           "lc",
                                        "jn",           "sal",
                                        "gn",           "ap"};

constexpr std::string_view kShortCodes[] = {"pin", "código", "clave", "cvv"};

constexpr std::string_view kScores[] = {"ganó",    "gana",     "ganar",   "ganan",    "ganaron",
                                        "perdió",  "pierde",   "venció",  "vence",    "derrotó",
                                        "derrota", "victoria", "triunfo", "marcador", "resultado"};
constexpr std::string_view kParts[] = {"página", "pág",   "diapositiva", "paso", "pregunta",
                                       "parte",  "tarea", "foto",        "día",  "lección"};
constexpr std::string_view kStandards[] = {"iso", "iec", "en", "une", "din", "ieee"};

constexpr std::string_view kRomanThings[] = {
    "siglo",     "siglos",    "capítulo",  "tomo",     "volumen",     "parte",       "acto",
    "escena",    "fase",      "tipo",      "título",   "libro",       "guerra",      "mundial",
    "nivel",     "grado",     "sección",   "artículo", "edición",     "congreso",    "cumbre",
    "unidad",    "página",    "ciclo",     "s",        "ss",          "cap",         "vol",
    "fig",       "art",       "grupo",     "anexo",    "clase",       "disposición", "tema",
    "apéndice",  "lección",   "canto",     "cuadro",   "tabla",       "figura",      "serie",
    "categoría", "división",  "región",    "zona",     "sector",      "modelo",      "episodio",
    "temporada", "año",       "concilio",  "vaticano", "legislatura", "dinastía",    "t",
    "número",    "núm",       "república", "carta",    "epístola",    "soneto",      "salmo",
    "sinfonía",  "concierto", "sonata",    "legión",   "reunión",     "asamblea",    "plan",
    "ley"};
constexpr std::string_view kRomanLettered[] = {"modelo", "plan",  "tipo",   "grupo", "clase",
                                               "zona",   "serie", "sector", "tabla"};
constexpr std::string_view kRomanLongBooks[] = {"capítulo", "cap", "salmo", "canto", "soneto"};
constexpr std::string_view kRomanCertain[] = {
    "siglo", "siglos", "capítulo", "tomo",  "volumen", "guerra",  "acto", "título",
    "libro", "fase",   "el",       "la",    "los",     "las",     "del",  "al",
    "un",    "una",    "esta",     "este",  "nuestra", "nuestro", "s",    "canto",
    "parte", "anexo",  "grupo",    "clase", "tipo",    "cap",     "vol"};
constexpr std::string_view kMasculineRulers[] = {
    "felipe",     "carlos",    "alfonso",  "fernando",   "luis",      "enrique",     "jaime",
    "pedro",      "pablo",     "juan",     "benedicto",  "pío",       "león",        "napoleón",
    "francisco",  "jorge",     "eduardo",  "ricardo",    "guillermo", "gregorio",    "inocencio",
    "clemente",   "alejandro", "iván",     "nicolás",    "sancho",    "ramiro",      "ordoño",
    "ramsés",     "federico",  "leopoldo", "urbano",     "bonifacio", "adriano",     "sixto",
    "julio",      "martín",    "eugenio",  "otón",       "conrado",   "rodolfo",     "maximiliano",
    "josé",       "alberto",   "esteban",  "roberto",    "david",     "constantino", "teodosio",
    "justiniano", "ciro",      "darío",    "jerjes",     "ptolomeo",  "seleuco",     "antíoco",
    "tutmosis",   "amenofis",  "seti",     "mehmed",     "murad",     "selim",       "solimán",
    "abderramán", "víctor",    "manuel",   "humberto",   "gustavo",   "haakon",      "olaf",
    "harald",     "erico",     "casimiro", "segismundo", "ladislao",  "miguel",      "basilio",
    "balduino",   "teodoro",   "isaac",    "amadeo",     "bermudo",   "garcía",      "ramón",
    "berenguer",  "cristián",  "wamba",    "recaredo",   "jacobo",    "esteban",     "celestino",
    "calixto",    "honorio",   "paulo",    "marcelo"};
constexpr std::string_view kFeminineRulers[] = {"isabel",    "catalina",  "juana",  "maría",
                                                "margarita", "cristina",  "ana",    "guillermina",
                                                "beatriz",   "cleopatra", "urraca", "berenguela"};
constexpr std::string_view kRomanLinks[] = {"y", "e", "a", "al", "o"};
constexpr std::string_view kRomanLower[] = {"siglo", "siglos", "año"};

}  // namespace

NumberCues SpanishNumberCues() {
  return {.measuring = {},
          .certain_years = kCertainYears,
          .year_links = {},
          .counting = {},
          .counted = {},
          .dates = kDates,
          .decades = kDecades,
          .phones = kPhones,
          .codes = kCodes,
          .code_links = kCodeLinks,
          .code_kinds = kCodeKinds,
          .numbers = kNumbers,
          .clock = kClock,
          .degrees = kDegrees,
          .verses = kVerses,
          .short_codes = kShortCodes,
          .scores = kScores,
          .parts = kParts,
          .standards = kStandards,
          .no_nouns = {},
          .determiners = {}};
}

RomanCues SpanishRomanCues() {
  return {.things = kRomanThings,
          .lettered = kRomanLettered,
          .long_books = kRomanLongBooks,
          .certain = kRomanCertain,
          .nouns_behind = {},
          .masculine = kMasculineRulers,
          .feminine = kFeminineRulers,
          .ordinals_behind = {},
          .links = kRomanLinks,
          .lower = kRomanLower,
          .names_take_ordinals = false,
          .before_noun = true};
}

}  // namespace kani::text
