#include "channels/waha/session_board.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "domain/time.hpp"
#include "store/tickets/json.hpp"

namespace fibrehub::channels::waha {
namespace {

constexpr std::size_t max_named = 5;

/// "a, b and 3 more"
std::string names_of(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < std::min(names.size(), max_named); ++i)
    out += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > max_named) out += fmt::format(" and {} more", names.size() - max_named);
  return out;
}

void add_sentence(std::string& out, const std::string& sentence) {
  if (!sentence.empty()) out += (out.empty() ? "" : "; ") + sentence;
}

}  // namespace

std::size_t place_of_state(std::string_view status) {
  const auto* const at = std::find(counted_states.begin(), counted_states.end() - 1, status);
  return static_cast<std::size_t>(at - counted_states.begin());
}

void session_board::set_condition(condition c) {
  const std::lock_guard lock(mutex_);
  condition_ = std::move(c);
}

session_board::condition session_board::now() const {
  const std::lock_guard lock(mutex_);
  return condition_;
}

std::string session_board::to_json() const {
  if (!is_kept) return {};
  std::int64_t total = 0;
  std::string states;
  for (std::size_t i = 0; i < counted_states.size(); ++i) {
    const std::int64_t n = by_state[i];
    total += n;
    states += fmt::format(R"({}"{}":{})", i == 0 ? "" : ",", counted_states[i], n);
  }
  std::string names;
  for (const std::string& name : now().silent)
    names += (names.empty() ? "" : ",") + store::json_string(name);
  const std::int64_t last_us = last_pull_us;
  return fmt::format(
      R"({{"total":{},"working":{},"states":{{{}}},"silent":[{}],"catch_up":{{"last_at":{},)"
      R"("waiting":{},"done":{},"failed":{},"looked_at":{},"found":{}}}}})",
      total, by_state[0].load(), states, names,
      last_us == 0 ? "null" : '"' + domain::to_rfc3339(domain::from_us(last_us)) + '"',
      pulls_waiting.load(), pulls_done.load(), pulls_failed.load(), looked_at.load(), found.load());
}

std::string session_board::detail() const {
  const condition c = now();
  std::string out = c.trouble;
  if (!c.unconnected.empty())
    add_sentence(out, "not connected, somebody has to pair or restart: " + names_of(c.unconnected));
  if (!c.silent.empty())
    add_sentence(out, "WORKING but silent: " + names_of(c.silent) +
                          "; messages are fetched from the bridge instead");
  if (!c.without_past.empty())
    add_sentence(out, "cannot be caught up, see its trouble: " + names_of(c.without_past));
  return out;
}

}  // namespace fibrehub::channels::waha
