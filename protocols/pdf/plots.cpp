// The plots of a sheet: lines over time, and bars.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "protocols/pdf/sheet.hpp"

namespace fibrehub::protocols::pdf {
namespace {

constexpr double margin = 36;
constexpr double inner = canvas::page_width - 2 * margin;
constexpr double plot_height = 150, left_axis = 34, label_room = 16, title_room = 22;
constexpr int scale_steps = 5;
constexpr double bar_height = 11, bar_gap = 4, chart_gap = 20;
constexpr std::size_t charts_in_a_row = 3, max_bars = 12;

constexpr colour ink{0.13F, 0.16F, 0.20F}, grey{0.42F, 0.46F, 0.52F}, rule{0.86F, 0.88F, 0.90F},
    bar_ground{0.94F, 0.95F, 0.96F};
// Blue, orange, green, purple, grey: also apart for those who do not see red and green apart.
constexpr std::array<colour, 5> series_colours{{{0.12F, 0.42F, 0.69F},
                                                {0.90F, 0.50F, 0.10F},
                                                {0.16F, 0.58F, 0.46F},
                                                {0.50F, 0.32F, 0.64F},
                                                {0.45F, 0.45F, 0.45F}}};
constexpr text_style title_style{10, weight::bold, ink}, label_style{7, weight::regular, grey},
    name_style{7.5, weight::regular, ink};

double highest(const line_plot& p) {
  double out = 0;
  for (const line_series& s : p.series)
    for (const auto& v : s.values)
      out = std::max(out, v.value_or(0));
  return out;
}

struct area {
  double left, right, top, bottom, scale;
  std::size_t labels;

  double x(std::size_t i) const {
    return labels < 2
               ? (left + right) / 2
               : left + (right - left) * static_cast<double>(i) / static_cast<double>(labels - 1);
  }
  double y(double value) const { return bottom - (bottom - top) * value / scale; }
};

void draw_scale(canvas& on, const area& a) {
  for (int i = 0; i <= scale_steps; ++i) {
    const double value = a.scale * i / scale_steps;
    on.line({a.left, a.y(value)}, {a.right, a.y(value)}, i == 0 ? 0.9 : 0.4, i == 0 ? grey : rule);
    const std::string text = fmt::format("{:g}", value);
    on.text({a.left - 5 - on.width_of(text, label_style), a.y(value) + 2.5}, text, label_style);
  }
}

/// As many labels as there is room for, the first and even steps from there.
void draw_labels(canvas& on, const area& a, const std::vector<std::string>& labels) {
  double widest = 1;
  for (const std::string& l : labels)
    widest = std::max(widest, on.width_of(l, label_style));
  const auto room = static_cast<std::size_t>((a.right - a.left) / (widest + 12));
  const std::size_t each =
      std::max<std::size_t>(1, (labels.size() + room - 1) / std::max<std::size_t>(1, room));
  for (std::size_t i = 0; i < labels.size(); i += each) {
    const double width = on.width_of(labels[i], label_style);
    on.line({a.x(i), a.bottom}, {a.x(i), a.bottom + 3}, 0.6, grey);
    on.text({std::clamp(a.x(i) - width / 2, margin, margin + inner - width), a.bottom + 11},
            labels[i], label_style);
  }
}

void draw_series(canvas& on, const area& a, const line_series& s, colour c) {
  std::vector<point> run;
  const bool dots = s.values.size() <= 62;
  const auto flush = [&] {
    on.polyline(run, 1.4, c);
    run.clear();
  };
  for (std::size_t i = 0; i < s.values.size(); ++i) {
    if (!s.values[i]) {
      flush();
      continue;
    }
    run.push_back({a.x(i), a.y(*s.values[i])});
    if (dots) on.box({run.back().x - 1.3, run.back().y - 1.3}, 2.6, 2.6, c);
  }
  flush();
}

}  // namespace

void sheet::add(const line_plot& p) {
  const double height = title_room + plot_height + label_room + 12;
  if (!fits(height)) new_page();
  on_.text({margin, y_ + 10}, p.title, title_style);
  // The legend, from the right.
  double x = margin + inner;
  for (std::size_t i = p.series.size(); i-- > 0;) {
    x -= on_.width_of(p.series[i].name, name_style);
    on_.text({x, y_ + 10}, p.series[i].name, name_style);
    on_.box({x - 12, y_ + 4}, 8, 6, series_colours[i % series_colours.size()]);
    x -= 26;
  }
  const area a{margin + left_axis,
               margin + inner - 8,
               y_ + title_room,
               y_ + title_room + plot_height,
               p.top.value_or(nice_top(highest(p))),
               p.labels.size()};
  draw_scale(on_, a);
  draw_labels(on_, a, p.labels);
  for (std::size_t i = 0; i < p.series.size(); ++i)
    draw_series(on_, a, p.series[i], series_colours[i % series_colours.size()]);
  y_ += height;
}

void sheet::draw_bars(const bar_chart& chart, double left, double width) {
  on_.text({left, y_ + 10}, chart.title, title_style);
  double scale = chart.top.value_or(0), names = 30, texts = 10;
  for (std::size_t i = 0; i < std::min(chart.bars.size(), max_bars); ++i) {
    const bar& b = chart.bars[i];
    if (!chart.top) scale = std::max(scale, b.value);
    names = std::max(names, on_.width_of(b.name, name_style) + 6);
    texts = std::max(texts, on_.width_of(b.text, name_style) + 6);
  }
  names = std::min(names, width * 0.45);
  const double room = width - names - texts;
  double y = y_ + title_room;
  for (std::size_t i = 0; i < std::min(chart.bars.size(), max_bars); ++i) {
    const bar& b = chart.bars[i];
    on_.text({left, y + 8.2}, wrap(on_, b.name, name_style, names - 4, 1).front(), name_style);
    on_.box({left + names, y}, room, bar_height, bar_ground);
    if (scale > 0)
      on_.box({left + names, y}, room * b.value / scale, bar_height, series_colours[0]);
    on_.text({left + names + room + 4, y + 8.2}, b.text, name_style);
    y += bar_height + bar_gap;
  }
  if (chart.bars.empty()) on_.text({left, y + 8}, "nothing to show", label_style);
}

void sheet::add(const std::vector<bar_chart>& charts) {
  for (std::size_t from = 0; from < charts.size(); from += charts_in_a_row) {
    const std::size_t count = std::min(charts_in_a_row, charts.size() - from);
    const double width =
        (inner - chart_gap * static_cast<double>(count - 1)) / static_cast<double>(count);
    std::size_t longest = 1;
    for (std::size_t i = 0; i < count; ++i)
      longest = std::max(longest, std::min(charts[from + i].bars.size(), max_bars));
    const double height = title_room + static_cast<double>(longest) * (bar_height + bar_gap) + 10;
    if (!fits(height)) new_page();
    for (std::size_t i = 0; i < count; ++i)
      draw_bars(charts[from + i], margin + static_cast<double>(i) * (width + chart_gap), width);
    y_ += height;
  }
}

}  // namespace fibrehub::protocols::pdf
