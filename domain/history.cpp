#include "domain/history.hpp"

#include <openssl/sha.h>

namespace fibrehub::domain {
namespace {

void put(std::string& out, std::string_view text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  for (int shift = 24; shift >= 0; shift -= 8)
    out += static_cast<char>(size >> shift);
  out += text;
}

}  // namespace

history_digest chain(const history_digest& previous, const history_entry& entry) {
  std::string bytes;
  bytes.reserve(previous.size() + 96 + entry.old_value.size() + entry.new_value.size());
  for (std::uint8_t b : previous)
    bytes += static_cast<char>(b);
  put(bytes, std::to_string(entry.ticket_id));
  put(bytes, std::to_string(entry.seq));
  put(bytes, std::to_string(to_us(entry.at)));
  put(bytes, entry.actor.kind);
  put(bytes, entry.actor.name);
  put(bytes, entry.actor.address);
  put(bytes, entry.action);
  put(bytes, entry.field);
  put(bytes, entry.old_value);
  put(bytes, entry.new_value);
  history_digest out{};
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), out.data());
  return out;
}

std::int32_t first_broken(std::span<const chained_entry> rows) {
  history_digest previous{};
  std::int32_t expected = 1;
  for (const chained_entry& row : rows) {
    if (row.entry.seq != expected || chain(previous, row.entry) != row.hash) return expected;
    previous = row.hash;
    ++expected;
  }
  return 0;
}

}  // namespace fibrehub::domain
