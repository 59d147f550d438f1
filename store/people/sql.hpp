// Small turns between columns and values that the statements on people share. For .cpp files of
// this folder only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/time.hpp"
#include "store/pq.hpp"
#include "store/pq_array.hpp"

namespace fibrehub::store::people {

inline std::string hex(std::string_view bytes) {
  std::string out;
  for (unsigned char c : bytes)
    out += fmt::format("{:02x}", c);
  return out;
}
/// What `encode(column, 'hex')` gives.
inline std::string from_hex(std::string_view text) {
  return unhex("\\x" + std::string(text));
}
inline domain::instant instant_of(const pqxx::field& f) {
  return domain::from_us(f.as<std::int64_t>());
}
/// Zero stands for none.
inline std::optional<domain::instant> instant_or_none(const pqxx::field& f) {
  const auto us = f.as<std::int64_t>();
  if (us == 0) return std::nullopt;
  return domain::from_us(us);
}
inline std::string us(domain::instant t) {
  return std::to_string(domain::to_us(t));
}
inline std::string us(const std::optional<domain::instant>& t) {
  return t ? us(*t) : "0";
}
/// Words joined by `separator`, as array_to_string gives them.
inline std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (end > 0) out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}
inline std::vector<std::int64_t> ids_of(const pqxx::field& f) {
  std::vector<std::int64_t> out;
  if (f.is_null()) return out;
  for (const std::string& word : split(f.c_str(), ' '))
    out.push_back(std::stoll(word));
  return out;
}
inline std::string id_array(const std::vector<std::int64_t>& ids) {
  pq_array a;
  for (const std::int64_t id : ids)
    a.add(id);
  return a.take();
}
inline std::string text_array(const std::vector<std::string>& texts) {
  pq_array a;
  for (const std::string& t : texts)
    a.add(std::string_view(t));
  return a.take();
}

}  // namespace fibrehub::store::people
