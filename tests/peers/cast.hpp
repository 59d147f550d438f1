// The people, groups and drops of the simulated towns; the same for the same seed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "peers/waha_model.hpp"

namespace fibrehub::peers {

struct project_group {
  std::string project;
  std::string subject;
  std::string chat;  // "…@g.us"
};

struct drop_point {
  std::string number;  // "DR1730654"
  std::string project;
  std::string address;
  std::string pole;
};

struct cast {
  std::vector<person> technicians;
  std::vector<person> customers;  // customer i lives at drop i
  std::vector<project_group> groups;
  std::vector<drop_point> drops;
};

cast make_cast(std::uint64_t seed);
std::string cast_json(const cast& c);

}  // namespace fibrehub::peers
