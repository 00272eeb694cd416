// The few shapes of SVG that our charts are made of.
#pragma once

#include <string>
#include <string_view>

namespace kani::train {

class Svg {
 public:
  enum class Anchor { kStart, kMiddle, kEnd };
  struct Stroke {
    std::string_view colour = "#222";
    double width = 1, opacity = 1;
    std::string_view dashes;  ///< lengths of dashes and gaps; none: a whole line
  };

  /// White, of a size in pixels.
  Svg(int width, int height);
  /// Any text: what cannot stand in a document is replaced.
  void Text(double x, double y, std::string_view text, Anchor anchor = Anchor::kStart);
  /// A bar that says its value to who points at it.
  void Bar(double x, double y, double width, double height, std::string_view colour,
           std::string_view says);
  void Dot(double x, double y, std::string_view colour);
  /// @param data commands of a path: "M1,2L3,4"
  void Path(std::string_view data, const Stroke& stroke);
  /// Everything until EndClip() shows only inside.
  void BeginClip(double x, double y, double width, double height);
  void EndClip();
  std::string Finish() &&;

 private:
  std::string out_;
  int clips_ = 0;
};

}  // namespace kani::train
