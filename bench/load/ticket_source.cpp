#include "bench/load/ticket_source.hpp"

#include <fmt/format.h>

#include <random>

#include "bench/load/delivery_source.hpp"
#include "bench/load/phrases.hpp"

namespace fibrehub::bench {

void ticket_source::prepare(std::size_t count) {
  preparing_ = true;
  while (requests_.size() < count)
    requests_.push_back(make(requests_.size()));
  preparing_ = false;
}

std::string_view ticket_source::request(std::size_t position) {
  while (requests_.size() <= position) {
    if (!preparing_) ++made_late_;
    requests_.push_back(make(requests_.size()));
  }
  return requests_[position];
}

std::string ticket_source::message_id(std::uint32_t message) const {
  return fmt::format("T{}-{}", options_.seed, message);
}

std::string ticket_source::make(std::size_t position) const {
  std::minstd_rand random(static_cast<std::uint32_t>(options_.seed * 7919 + position + 1));
  const auto below = [&](std::uint32_t limit) {
    return static_cast<std::uint32_t>(random() % limit);
  };
  constexpr const char* levels[] = {"critical", "high", "medium", "low"};
  const std::string body = fmt::format(
      R"({{"title":"{}","description":"{} {}","source":"ff_internal","type":"fault","drop_number":"{}","urgency":"{}","importance":"{}","contact_name":"{}","contact_phone":"+2783{:07}","tags":["{}"]}})",
      phrase(below(phrase_count)), phrase(below(phrase_count)), phrase(below(phrase_count)),
      drop_number(below(options_.drops)), levels[below(4)], levels[below(4)],
      person_name(below(person_count)), below(10'000'000), zone_name(below(zone_count)));
  return fmt::format(
      "POST {} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Type: "
      "application/json\r\n"
      "Idempotency-Key: {}\r\nContent-Length: {}\r\n\r\n{}",
      options_.path, options_.host_header, options_.token,
      message_id(static_cast<std::uint32_t>(position)), body.size(), body);
}

}  // namespace fibrehub::bench
