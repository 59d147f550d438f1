// A PDF being drawn: pages, text in UTF-8 with embedded fonts (of which only the used glyphs go
// into the file), lines and boxes. The one place that knows libharu. Points (1/72 inch), measured
// from the upper left corner of the page.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "protocols/pdf/fonts.hpp"

namespace fibrehub::protocols::pdf {

struct colour {
  float red = 0, green = 0, blue = 0;  // 0 to 1
};

struct point {
  double x = 0, y = 0;
};

enum class weight { regular, bold };

struct text_style {
  double size = 9;
  weight face = weight::regular;
  colour ink = {};
};

class canvas {
 public:
  static constexpr double page_width = 841.89;  // A4, landscape
  static constexpr double page_height = 595.28;

  /// The error names the font that cannot be used.
  static tl::expected<canvas, std::string> make(const font_files& fonts);
  canvas(canvas&&) noexcept;
  canvas& operator=(canvas&&) noexcept;
  ~canvas();

  void add_page();
  std::size_t pages() const;
  /// Draws on an earlier page from now on, counted from 0.
  void turn_to(std::size_t page);

  /// `at`: left end of the base line. Control characters become spaces.
  void text(point at, std::string_view utf8, const text_style& style);
  double width_of(std::string_view utf8, const text_style& style) const;
  void line(point from, point to, double width, colour ink);
  void polyline(std::span<const point> points, double width, colour ink);
  void box(point corner, double width, double height, colour fill);

  /// The file; after it nothing more can be drawn. The error is the library's first.
  tl::expected<std::string, std::string> finish(const std::string& title);

 private:
  struct document;
  explicit canvas(std::unique_ptr<document> d);
  std::unique_ptr<document> document_;
};

}  // namespace fibrehub::protocols::pdf
