// The text of one WAHA webhook body, as a NOWEB server of 2026.2 writes it.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string_view>

namespace fibrehub::bench {

struct envelope {
  std::string_view session;
  std::string_view event_id;  // 26 characters of a ULID, lower case
  std::string_view message_id;
  std::string_view phone;  // digits
  std::string_view push_name;
  std::string_view text;    // already escaped for JSON
  std::string_view secret;  // base64
  std::int64_t event_ms = 0;
  std::int64_t message_s = 0;
  bool from_phone = true;  // phones add context that web clients leave out
};

void write_envelope(fmt::memory_buffer& out, const envelope& e);

/// What a customer writes first: names the drop.
void write_first_text(fmt::memory_buffer& out, std::uint32_t chat, std::string_view drop);
/// What is written after that: never names a drop. `n` counts the chat's messages.
void write_later_text(fmt::memory_buffer& out, std::uint32_t variant, std::uint32_t n);

std::string_view push_name_of(std::uint32_t chat);

}  // namespace fibrehub::bench
