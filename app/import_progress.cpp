#include "app/import_progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace fibrehub::app {

using namespace std::chrono_literals;

import_progress::import_progress(std::string what, std::size_t total_bytes)
    : what_(std::move(what)), total_bytes_(total_bytes), on_terminal_(isatty(STDERR_FILENO) == 1) {}

void import_progress::at(std::size_t rows, std::size_t bytes) {
  const clock::time_point now = clock::now();
  if (now - shown_ < (on_terminal_ ? 500ms : 10'000ms)) return;
  shown_ = now;
  const std::string line = progress_line(what_, rows, bytes, total_bytes_, now - start_);
  if (on_terminal_) {
    std::fprintf(stderr, "\r\x1b[K%s", line.c_str());
    std::fflush(stderr);
    on_line_ = true;
  } else {
    std::fprintf(stderr, "%s\n", line.c_str());
  }
}

void import_progress::end() {
  if (on_line_) std::fputc('\n', stderr);
  on_line_ = false;
}

std::string progress_line(const std::string& what, std::size_t rows, std::size_t bytes,
                          std::size_t total_bytes, std::chrono::duration<double> elapsed) {
  const double seconds = std::max(elapsed.count(), 0.001);
  std::string out =
      fmt::format("{}: {} rows, {:.0f}/s", what, rows, static_cast<double>(rows) / seconds);
  if (total_bytes == 0 || bytes == 0) return out;
  const double done = std::min(1.0, static_cast<double>(bytes) / static_cast<double>(total_bytes));
  const long left_s = std::lround(seconds / done * (1 - done));
  return out + fmt::format(", {:.0f} %, {}:{:02} left", done * 100, left_s / 60, left_s % 60);
}

}  // namespace fibrehub::app
