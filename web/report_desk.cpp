#include "web/report_desk.hpp"

#include <chrono>

#include "actors/blocking_pool.hpp"
#include "domain/time_zone.hpp"

namespace fibrehub::web {
namespace {

constexpr std::size_t pool_threads = 1;
constexpr std::size_t pool_jobs = 8;

}  // namespace

report_desk::report_desk(report_settings settings)
    : settings_(std::move(settings)),
      pool_(std::make_unique<actors::blocking_pool>(pool_threads, pool_jobs)) {
  // The first search reads the list of zones from the disk: now rather than in a request.
  static_cast<void>(domain::time_zone::find("Etc/UTC"));
}

report_desk::~report_desk() = default;

domain::instant report_desk::now() const {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

void report_desk::stop() {
  pool_->stop();
}

}  // namespace fibrehub::web
