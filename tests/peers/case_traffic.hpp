// What happens at QContact's desk: cases arrive, move, get comments, several in the same second.
#pragma once

#include <cstdint>
#include <string>

#include "peers/cast.hpp"
#include "peers/qcontact_cases.hpp"
#include "peers/support.hpp"

namespace fibrehub::peers {

class case_traffic {
 public:
  case_traffic(std::uint64_t seed, std::string queue, case_store& cases);

  /// The cases there are at the start, spread over the last days.
  void populate(int count, std::int64_t now_s);
  /// One thing happens; now and then a whole batch at once.
  void step(std::int64_t now_s);
  /// Changes one case of the queue.
  void touch(std::int64_t now_s);

 private:
  void open_case(std::int64_t at_s);
  maintenance_case* pick_live();

  random_source random_;
  std::string queue_;
  case_store& cases_;
  cast cast_;
};

}  // namespace fibrehub::peers
