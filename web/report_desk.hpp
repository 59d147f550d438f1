// What reports need besides the store: their settings, the time, and a thread on which PDF files
// are made, so that the io thread never is busy with one.
#pragma once

#include <memory>
#include <string>

#include "domain/time.hpp"
#include "protocols/pdf/fonts.hpp"

namespace fibrehub::actors {
class blocking_pool;
}

namespace fibrehub::web {

struct report_settings {
  std::string time_zone = "UTC";
  protocols::pdf::font_files fonts;  // empty: search for some
};

class report_desk {
 public:
  /// Rows of the largest PDF.
  static constexpr std::size_t max_pdf_rows = 5000;

  explicit report_desk(report_settings settings);
  ~report_desk();
  report_desk(const report_desk&) = delete;
  report_desk& operator=(const report_desk&) = delete;

  const report_settings& settings() const { return settings_; }
  domain::instant now() const;
  actors::blocking_pool& pool() { return *pool_; }
  /// Ends the thread; see blocking_pool::stop.
  void stop();

 private:
  report_settings settings_;
  std::unique_ptr<actors::blocking_pool> pool_;
};

}  // namespace fibrehub::web
