#include "text/ssml.h"

#include <expat.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "base/error.h"
#include "text/pauses.h"
#include "text/spoken_lines.h"
#include "text/ssml_values.h"

namespace kani::text {
namespace {

constexpr size_t kMaxDepth = 64;
constexpr char kKnownElements[] = "speak, p, s, break, say-as, sub, lang, voice, prosody";

/// What the elements around a text ask for.
struct Manner {
  std::string language;
  std::string voice;
  double gain = 1;
};

struct Attribute {
  std::string_view name;
  std::string_view value;
};

/// An element whose end has not come.
struct Open {
  std::string name;
  Manner manner_before;
  size_t text_begin = 0;  // in the passage
  std::optional<SayAs> say_as;
};

class Document {
 public:
  explicit Document(XML_Parser parser) : parser_(parser) {}

  std::vector<Passage> Take() {
    Flush({});
    return std::move(passages_);
  }

  void Start(std::string_view name, std::vector<Attribute> attributes) {
    if (open_.size() >= kMaxDepth) {
      Refuse(ErrorCode::kResourceExhausted, name, StrCat("nested deeper than ", kMaxDepth));
    }
    if (open_.empty() && name != "speak") {
      Refuse(ErrorCode::kInvalidArgument, name, "expected speak around the whole text");
    }
    if (!open_.empty() && (IsVerbatim(open_.back().name) || open_.back().name == "break")) {
      Refuse(ErrorCode::kInvalidArgument, name, StrCat("cannot stand in ", open_.back().name));
    }
    open_.push_back({std::string(name), manner_, passage_.text.size(), {}});
    std::erase_if(attributes, [](const Attribute& a) {
      return a.name.starts_with("xmlns") || a.name.starts_with("xsi:");
    });
    attributes_ = std::move(attributes);
    Apply(name);
    if (!attributes_.empty()) {
      Refuse(ErrorCode::kUnsupported, name,
             StrCat("attribute ", Quoted(attributes_.front().name), " is not known"));
    }
  }

  void End() {
    Open element = std::move(open_.back());
    open_.pop_back();
    if (element.name == "p") {
      EndParagraph();
    } else if (element.name == "s") {
      EndSentence(element.text_begin);
    } else if (element.say_as) {
      EndSayAs(element);
    } else if (element.name == "speak" || element.name == "lang" || element.name == "voice" ||
               element.name == "prosody") {
      Flush({});
    }
    if (element.name == "p" || element.name == "s") {
      if (element.manner_before.language != manner_.language) Flush({});
    }
    manner_ = std::move(element.manner_before);
  }

  /// White space is a blank, as between words of the text around it.
  void Text(std::string_view text) {
    if (open_.empty() || open_.back().name == "sub" || open_.back().name == "break") {
      if (!open_.empty() && open_.back().name == "break" &&
          text.find_first_not_of(" \t\r\n") != std::string_view::npos) {
        Refuse(ErrorCode::kInvalidArgument, "break", "holds no text");
      }
      return;
    }
    for (const char c : text) {
      const bool is_blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
      std::string& out = passage_.text;
      if (!is_blank) {
        out += c;
      } else if (out.empty() || (out.back() != ' ' && out.back() != '\n')) {
        out += ' ';
      }
    }
  }

  [[noreturn]] void Refuse(ErrorCode code, std::string_view element, std::string_view why) const {
    Fail(code, "SSML line ", XML_GetCurrentLineNumber(parser_), ": ", Quoted(element), ": ", why);
  }

 private:
  static bool IsVerbatim(std::string_view name) { return name == "say-as" || name == "sub"; }

  void Apply(std::string_view name) {
    if (name == "speak") {
      TakeAttribute("version");
      if (open_.size() > 1) Refuse(ErrorCode::kInvalidArgument, name, "cannot stand in another");
      if (const auto language = TakeAttribute("xml:lang")) manner_.language = *language;
    } else if (name == "p" || name == "s") {
      if (name == "p") EndParagraph();
      if (const auto language = TakeAttribute("xml:lang")) SetLanguage(*language);
    } else if (name == "lang") {
      SetLanguage(Required(name, "xml:lang"));
    } else if (name == "voice") {
      Flush({});
      manner_.voice = Required(name, "name");
      if (const auto language = TakeAttribute("xml:lang")) SetLanguage(*language);
    } else if (name == "sub") {
      passage_.text += Required(name, "alias");
    } else if (name == "say-as") {
      StartSayAs();
    } else if (name == "break") {
      StartBreak();
    } else if (name == "prosody") {
      StartProsody();
    } else {
      Refuse(ErrorCode::kUnsupported, name,
             StrCat("this element is not known, expected one of ", kKnownElements));
    }
  }

  void SetLanguage(std::string_view language) {
    Flush({});
    manner_.language = language;
  }

  void StartSayAs() {
    const std::string as = Required("say-as", "interpret-as");
    const auto known = FindInterpretation(as);
    if (!known) {
      Refuse(ErrorCode::kUnsupported, "say-as",
             StrCat("interpret-as ", Quoted(as), ", expected one of ", InterpretationNames()));
    }
    TakeAttribute("detail");
    open_.back().say_as = known->as;
  }

  void EndSayAs(const Open& element) {
    const std::string& text = passage_.text;
    const size_t begin = text.find_first_not_of(' ', element.text_begin);
    if (begin == std::string::npos) return;
    passage_.said_as.push_back({begin, text.find_last_not_of(' ') + 1, *element.say_as});
  }

  void StartBreak() {
    const auto time = TakeAttribute("time");
    const auto strength = TakeAttribute("strength").value_or("medium");
    const auto known_ms = StrengthMs(strength);
    if (!known_ms) {
      Refuse(ErrorCode::kInvalidArgument, "break",
             StrCat("strength ", Quoted(strength), ", expected one of ", StrengthNames()));
    }
    const auto pause_ms = time ? ParseDurationMs(*time) : known_ms;
    if (!pause_ms || *pause_ms > kMaxPauseMs) {
      Refuse(ErrorCode::kInvalidArgument, "break",
             StrCat("time ", Quoted(*time), ", expected such as 1.5s or 300ms, at most ",
                    kMaxPauseMs / 1000, " s"));
    }
    Flush(pause_ms);
  }

  void StartProsody() {
    Flush({});
    if (const auto rate = TakeAttribute("rate")) {
      if (*rate != "medium" && *rate != "default" && *rate != "100%") {
        Refuse(ErrorCode::kUnsupported, "prosody",
               StrCat("rate ", Quoted(*rate), ": the speed of speech cannot be changed"));
      }
    }
    for (const char* name : {"pitch", "contour", "range", "duration"}) {
      if (TakeAttribute(name)) {
        Refuse(ErrorCode::kUnsupported, "prosody",
               StrCat(name, ": only the volume of speech can be changed"));
      }
    }
    if (const auto volume = TakeAttribute("volume")) SetVolume(*volume);
  }

  void SetVolume(std::string_view volume) {
    const auto gain = VolumeGain(volume, manner_.gain);
    if (!gain) {
      Refuse(
          ErrorCode::kInvalidArgument, "prosody",
          StrCat("volume ", Quoted(volume), ", expected such as +6dB or one of ", VolumeNames()));
    }
    manner_.gain = *gain;
  }

  void EndParagraph() {
    std::string& text = passage_.text;
    while (text.ends_with(' ')) text.pop_back();
    if (!text.empty() && !text.ends_with('\n')) text += "\n\n";
  }

  void EndSentence(size_t begin) {
    begin = std::min(begin, passage_.text.size());
    const std::string ended = EndedLine(std::string_view(passage_.text).substr(begin));
    passage_.text.replace(begin, std::string::npos, ended + " ");
  }

  /// Ends the passage, so that what follows may be spoken in another manner.
  void Flush(std::optional<int64_t> pause_after_ms) {
    const bool is_blank = passage_.text.find_first_not_of(" \n") == std::string::npos;
    if (!is_blank || pause_after_ms) {
      passage_.language = manner_.language;
      passage_.voice = manner_.voice;
      passage_.gain = manner_.gain;
      passage_.pause_after_ms = pause_after_ms;
      passages_.push_back(std::move(passage_));
    }
    passage_ = {};
    for (Open& element : open_) element.text_begin = 0;
  }

  std::optional<std::string> TakeAttribute(std::string_view name) {
    const auto found = std::ranges::find(attributes_, name, &Attribute::name);
    if (found == attributes_.end()) return {};
    std::string value(found->value);
    attributes_.erase(found);
    return value;
  }

  std::string Required(std::string_view element, std::string_view name) {
    auto value = TakeAttribute(name);
    if (!value || value->empty()) {
      Refuse(ErrorCode::kInvalidArgument, element, StrCat("expected the attribute ", name));
    }
    return *value;
  }

  XML_Parser parser_;
  std::vector<Open> open_;
  std::vector<Attribute> attributes_;  // of the element that starts, as far as nobody took them
  Manner manner_;
  Passage passage_;
  std::vector<Passage> passages_;
};

/// What the callbacks of Expat are given. No exception may pass through its C.
struct Session {
  XML_Parser parser;
  Document document;
  std::exception_ptr error;

  template <typename Action>
  void Guard(Action action) {
    if (error) return;
    try {
      action();
    } catch (...) {
      error = std::current_exception();
      XML_StopParser(parser, XML_FALSE);
    }
  }
};

Session& SessionOf(void* userdata) { return *static_cast<Session*>(userdata); }

void OnStart(void* userdata, const XML_Char* name, const XML_Char** attributes) {
  SessionOf(userdata).Guard([&] {
    std::vector<Attribute> list;
    for (; attributes[0] != nullptr; attributes += 2)
      list.push_back({attributes[0], attributes[1]});
    SessionOf(userdata).document.Start(name, std::move(list));
  });
}

void OnEnd(void* userdata, const XML_Char* /*name*/) {
  SessionOf(userdata).Guard([&] { SessionOf(userdata).document.End(); });
}

void OnText(void* userdata, const XML_Char* text, int size) {
  SessionOf(userdata).Guard([&] {
    SessionOf(userdata).document.Text({text, static_cast<size_t>(size)});
  });
}

void OnDoctype(void* userdata, const XML_Char* name, const XML_Char*, const XML_Char*, int) {
  SessionOf(userdata).Guard([&] {
    SessionOf(userdata).document.Refuse(ErrorCode::kUnsupported, name,
                                        "a DOCTYPE, and with it entities, are not read");
  });
}

}  // namespace

std::vector<Passage> ParseSsml(std::string_view ssml) {
  const std::unique_ptr<std::remove_pointer_t<XML_Parser>, decltype(&XML_ParserFree)> parser(
      XML_ParserCreate("UTF-8"), XML_ParserFree);
  if (parser == nullptr) Fail(ErrorCode::kResourceExhausted, "SSML: no memory for its parser");
  Session session{parser.get(), Document(parser.get()), nullptr};
  XML_SetUserData(parser.get(), &session);
  XML_SetElementHandler(parser.get(), OnStart, OnEnd);
  XML_SetCharacterDataHandler(parser.get(), OnText);
  XML_SetStartDoctypeDeclHandler(parser.get(), OnDoctype);
  const size_t begin = std::min(ssml.find_first_not_of(" \t\r\n"), ssml.size());
  const auto status = XML_Parse(parser.get(), ssml.data() + begin,
                                static_cast<int>(ssml.size() - begin), /*isFinal=*/1);
  if (session.error) std::rethrow_exception(session.error);
  if (status != XML_STATUS_OK) {
    Fail(ErrorCode::kInvalidArgument, "SSML line ", XML_GetCurrentLineNumber(parser.get()), ": ",
         XML_ErrorString(XML_GetErrorCode(parser.get())));
  }
  return session.document.Take();
}

}  // namespace kani::text
