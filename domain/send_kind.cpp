#include "domain/send_kind.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace fibrehub::domain {
namespace {

constexpr std::array<std::string_view, 11> names{"text",   "image",    "file",     "voice",
                                                 "video",  "location", "reaction", "edit",
                                                 "delete", "typing",   "seen"};
constexpr std::size_t message_kinds = 6;

}  // namespace

std::string_view name_of(send_kind k) {
  return names[static_cast<std::size_t>(k)];
}

std::optional<send_kind> send_kind_from(std::string_view name) {
  const auto* const it = std::find(names.begin(), names.end(), name);
  if (it == names.end()) return std::nullopt;
  return static_cast<send_kind>(it - names.begin());
}

std::span<const std::string_view> message_kind_names() {
  return std::span(names).first(message_kinds);
}

bool is_message(send_kind k) {
  return static_cast<std::size_t>(k) < message_kinds;
}

bool has_file(send_kind k) {
  return k == send_kind::image || k == send_kind::file || k == send_kind::voice ||
         k == send_kind::video;
}

bool may_be_named(send_kind k) {
  return k == send_kind::text || k == send_kind::location;
}

bool is_repeatable(send_kind k) {
  return !is_message(k);
}

bool is_hint(send_kind k) {
  return k == send_kind::typing || k == send_kind::seen;
}

send_kind kind_for_file(std::string_view content_type) {
  if (content_type == "image/jpeg" || content_type == "image/png") return send_kind::image;
  if (content_type.starts_with("video/")) return send_kind::video;
  if (content_type.starts_with("audio/")) return send_kind::voice;
  return send_kind::file;
}

std::optional<std::string> file_objection(send_kind k, std::string_view content_type) {
  const char* family = k == send_kind::image   ? "image/"
                       : k == send_kind::voice ? "audio/"
                       : k == send_kind::video ? "video/"
                                               : "";
  if (content_type.starts_with(family)) return std::nullopt;
  return fmt::format("is {}, which cannot be sent as {}", content_type, name_of(k));
}

std::string_view type_of_echo(send_kind k, std::string_view content_type) {
  if (!is_message(k)) return {};
  if (!has_file(k)) return k == send_kind::text ? "text" : "location";
  for (const std::string_view family : {"image", "video", "audio"})
    if (content_type.starts_with(family)) return family;
  return "document";
}

}  // namespace fibrehub::domain
