// How `fibrehub watch` shows one event of the live feed: one aligned, readable line.
#pragma once

#include <string>
#include <string_view>

namespace fibrehub::app {

struct watch_style {
  bool colour = false;
  std::size_t width = 0;  // columns of the terminal; 0: lines are not cut
};

/// `kind` and `data` as the feed sends them. A line without its end; texts cannot move the cursor.
std::string format_watch_line(std::string_view kind, std::string_view data,
                              const watch_style& style);

/// The text with control and direction characters replaced, so that a terminal only shows it.
std::string printable(std::string_view utf8);

}  // namespace fibrehub::app
