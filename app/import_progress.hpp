// How far an import has got, on standard error: one line rewritten twice a second on a terminal,
// else a line every ten seconds. Small files are done before the first one.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace fibrehub::app {

class import_progress {
 public:
  /// `total_bytes` of the file; 0 when nobody knows: then there is no estimate.
  import_progress(std::string what, std::size_t total_bytes);

  /// So many rows and bytes have been dealt with.
  void at(std::size_t rows, std::size_t bytes);
  /// Leaves the line on a terminal, so that something else can be written.
  void end();

 private:
  using clock = std::chrono::steady_clock;
  std::string what_;
  std::size_t total_bytes_;
  bool on_terminal_;
  bool on_line_ = false;
  clock::time_point start_ = clock::now();
  clock::time_point shown_ = start_;
};

/// `drops: 12000 rows, 3400/s, 40 %, 0:12 left`; without total bytes the last two are left out.
std::string progress_line(const std::string& what, std::size_t rows, std::size_t bytes,
                          std::size_t total_bytes, std::chrono::duration<double> elapsed);

}  // namespace fibrehub::app
