#include "train/observe/svg.h"

#include <utility>

#include "base/error.h"
#include "train/observe/number_text.h"

namespace kani::train {
namespace {

/// Control characters are not allowed in XML, not even escaped.
std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else {
      out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return out;
}

std::string Short(double value) { return Fixed(value, 1); }

}  // namespace

Svg::Svg(int width, int height)
    : out_(StrCat("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"", width, "\" height=\"",
                  height, "\" font-family=\"sans-serif\" font-size=\"11\" fill=\"#222\">\n",
                  "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n")) {}

void Svg::Text(double x, double y, std::string_view text, Anchor anchor) {
  constexpr std::string_view kAnchors[] = {"", " text-anchor=\"middle\"", " text-anchor=\"end\""};
  out_ += StrCat("<text x=\"", Short(x), "\" y=\"", Short(y), "\"",
                 kAnchors[static_cast<size_t>(anchor)], ">", Escaped(text), "</text>\n");
}

void Svg::Bar(double x, double y, double width, double height, std::string_view colour,
              std::string_view says) {
  out_ += StrCat("<rect x=\"", Short(x), "\" y=\"", Short(y), "\" width=\"", Short(width),
                 "\" height=\"", Short(height), "\" fill=\"", colour, "\"><title>", Escaped(says),
                 "</title></rect>\n");
}

void Svg::Dot(double x, double y, std::string_view colour) {
  out_ += StrCat("<circle cx=\"", Short(x), "\" cy=\"", Short(y), "\" r=\"2.5\" fill=\"", colour,
                 "\"/>\n");
}

void Svg::Path(std::string_view data, const Stroke& stroke) {
  out_ += StrCat("<path d=\"", data, "\" fill=\"none\" stroke=\"", stroke.colour,
                 "\" stroke-width=\"", stroke.width, "\" stroke-opacity=\"", stroke.opacity,
                 "\" stroke-linecap=\"round\" stroke-linejoin=\"round\"");
  if (!stroke.dashes.empty()) out_ += StrCat(" stroke-dasharray=\"", stroke.dashes, "\"");
  out_ += "/>\n";
}

void Svg::BeginClip(double x, double y, double width, double height) {
  out_ += StrCat("<clipPath id=\"clip", clips_, "\"><rect x=\"", Short(x), "\" y=\"", Short(y),
                 "\" width=\"", Short(width), "\" height=\"", Short(height),
                 "\"/></clipPath>\n<g clip-path=\"url(#clip", clips_, ")\">\n");
  ++clips_;
}

void Svg::EndClip() { out_ += "</g>\n"; }

std::string Svg::Finish() && { return std::move(out_) + "</svg>\n"; }

}  // namespace kani::train
