#include "protocols/pdf/sheet.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace fibrehub::protocols::pdf {
namespace {

constexpr double margin = 36, top = 40, bottom = canvas::page_height - 40;
constexpr double inner = canvas::page_width - 2 * margin;
constexpr double cell_padding = 3, row_leading = 9.5;
constexpr std::size_t max_cell_lines = 3;

constexpr colour ink{0.13F, 0.16F, 0.20F}, grey{0.42F, 0.46F, 0.52F}, rule{0.82F, 0.85F, 0.88F},
    band{0.96F, 0.97F, 0.98F}, head_band{0.16F, 0.29F, 0.45F}, white{1, 1, 1};

constexpr text_style title_style{18, weight::bold, head_band}, heading_style{12, weight::bold, ink},
    body_style{9, weight::regular, grey}, cell_style{7.5, weight::regular, ink},
    cell_head_style{7.5, weight::bold, white}, foot_style{7.5, weight::regular, grey};

double right_aligned(const canvas& on, const std::string& text, const text_style& style,
                     double right) {
  return right - on.width_of(text, style);
}

}  // namespace

sheet::sheet(canvas& on, sheet_head head) : on_(on), head_(std::move(head)) {
  on_.add_page();
  y_ = top + title_style.size;
  on_.text({margin, y_}, head_.title, title_style);
  y_ += 8;
  for (const std::string& line : head_.lines)
    for (const std::string& part : wrap(on_, line, body_style, inner, 4))
      on_.text({margin, y_ += 12}, part, body_style);
  y_ += 10;
  on_.line({margin, y_}, {margin + inner, y_}, 1.2, head_band);
  y_ += 14;
}

bool sheet::fits(double height) const {
  return y_ + height <= bottom;
}

void sheet::new_page() {
  on_.add_page();
  on_.text({margin, top}, head_.title, {9, weight::bold, head_band});
  on_.line({margin, top + 6}, {margin + inner, top + 6}, 0.6, rule);
  y_ = top + 20;
}

void sheet::heading(const std::string& text) {
  // Not alone at the end of a page.
  if (!fits(60)) new_page();
  y_ += 14;
  on_.text({margin, y_}, text, heading_style);
  y_ += 10;
}

void sheet::paragraph(const std::string& text) {
  for (const std::string& line : wrap(on_, text, body_style, inner, 20)) {
    if (!fits(12)) new_page();
    on_.text({margin, y_ + 9}, line, body_style);
    y_ += 12;
  }
}

double sheet::draw_head(const table& t, const std::vector<double>& widths, double y) {
  std::size_t lines = 1;
  std::vector<std::vector<std::string>> titles;
  for (std::size_t i = 0; i < t.columns.size(); ++i) {
    titles.push_back(
        wrap(on_, t.columns[i].title, cell_head_style, widths[i] - 2 * cell_padding, 2));
    lines = std::max(lines, titles.back().size());
  }
  const double height = static_cast<double>(lines) * row_leading + 5;
  on_.box({margin, y}, inner, height, head_band);
  double x = margin;
  for (std::size_t i = 0; i < t.columns.size(); ++i) {
    double base = y + row_leading;
    for (const std::string& line : titles[i]) {
      const double at = t.columns[i].numbers ? right_aligned(on_, line, cell_head_style,
                                                             x + widths[i] - cell_padding)
                                             : x + cell_padding;
      on_.text({at, base}, line, cell_head_style);
      base += row_leading;
    }
    x += widths[i];
  }
  return y + height;
}

void sheet::add(const table& t) {
  double shares = 0;
  for (const table_column& c : t.columns)
    shares += c.share;
  std::vector<double> widths;
  for (const table_column& c : t.columns)
    widths.push_back(inner * c.share / shares);
  if (!fits(50)) new_page();
  y_ = draw_head(t, widths, y_);
  bool banded = false;
  for (const auto& row : t.rows) {
    std::vector<std::vector<std::string>> cells;
    std::size_t lines = 1;
    for (std::size_t i = 0; i < row.size(); ++i) {
      cells.push_back(wrap(on_, row[i], cell_style, widths[i] - 2 * cell_padding, max_cell_lines));
      lines = std::max(lines, cells.back().size());
    }
    const double height = static_cast<double>(lines) * row_leading + 4;
    if (!fits(height)) {
      new_page();
      y_ = draw_head(t, widths, y_);
    }
    if (banded) on_.box({margin, y_}, inner, height, band);
    banded = !banded;
    double x = margin;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      double base = y_ + row_leading - 0.5;
      for (const std::string& line : cells[i]) {
        const double at = t.columns[i].numbers
                              ? right_aligned(on_, line, cell_style, x + widths[i] - cell_padding)
                              : x + cell_padding;
        on_.text({at, base}, line, cell_style);
        base += row_leading;
      }
      x += widths[i];
    }
    y_ += height;
    on_.line({margin, y_}, {margin + inner, y_}, 0.3, rule);
  }
  y_ += 8;
}

void sheet::finish() {
  const std::size_t pages = on_.pages();
  for (std::size_t i = 0; i < pages; ++i) {
    on_.turn_to(i);
    const double y = canvas::page_height - 22;
    on_.line({margin, y - 11}, {margin + inner, y - 11}, 0.6, rule);
    on_.text({margin, y}, head_.foot, foot_style);
    const std::string number = fmt::format("Page {} of {}", i + 1, pages);
    on_.text({right_aligned(on_, number, foot_style, margin + inner), y}, number, foot_style);
  }
}

}  // namespace fibrehub::protocols::pdf
