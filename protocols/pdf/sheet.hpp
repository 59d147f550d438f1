// A document from top to bottom on a canvas: headings, tables that go on on the next page under
// their head, plots that stay whole, and a foot with "page x of y" once all pages are there.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "protocols/pdf/canvas.hpp"

namespace fibrehub::protocols::pdf {

struct sheet_head {
  std::string title;
  std::vector<std::string> lines;  // under the title on the first page: period, filters
  std::string foot;                // on every page: when it was made, by whom
};

struct table_column {
  std::string title;
  double share = 1;      // of the width, beside the other columns
  bool numbers = false;  // to the right
};

struct table {
  std::vector<table_column> columns;
  std::vector<std::vector<std::string>> rows;
};

struct line_series {
  std::string name;
  std::vector<std::optional<double>> values;  // one per label; nothing: a gap
};

struct line_plot {
  std::string title;
  std::vector<std::string> labels;  // along the bottom
  std::vector<line_series> series;  // at most five
  std::optional<double> top;        // of the scale, when it is known: 100 for percent
};

struct bar {
  std::string name;
  double value = 0;
  std::string text;  // beside the bar
};

struct bar_chart {
  std::string title;
  std::vector<bar> bars;
  std::optional<double> top;
};

class sheet {
 public:
  /// Begins the first page.
  sheet(canvas& on, sheet_head head);

  void heading(const std::string& text);
  void paragraph(const std::string& text);
  void add(const table& t);
  void add(const line_plot& p);
  /// Side by side, at most three in a row.
  void add(const std::vector<bar_chart>& charts);
  /// Draws the feet. Nothing comes after it.
  void finish();

 private:
  void new_page();
  bool fits(double height) const;
  double draw_head(const table& t, const std::vector<double>& widths, double y);
  void draw_bars(const bar_chart& chart, double left, double width);

  canvas& on_;
  sheet_head head_;
  double y_ = 0;  // where the next thing begins
};

/// Lines that are at most `width` wide; words longer than that are broken, and what does not fit
/// into `max_lines` ends with an ellipsis.
std::vector<std::string> wrap(const canvas& on, const std::string& text, const text_style& style,
                              double width, std::size_t max_lines);

/// A round number at or above `value`, so that the fifths of the scale are round as well.
double nice_top(double value);

}  // namespace fibrehub::protocols::pdf
