#include "config/setting.hpp"

#include <utility>

namespace fibrehub::config {

namespace {

constexpr std::int64_t max_list_count = 256;

setting make(std::string name, kind type, value fallback, std::string sentence) {
  setting s;
  s.name = std::move(name);
  s.type = type;
  s.fallback = std::move(fallback);
  s.text = std::move(sentence);
  return s;
}

setting bounded(setting s, std::int64_t min, std::int64_t max) {
  s.min = min;
  s.max = max;
  return s;
}

}  // namespace

std::string_view name_of(kind k) {
  switch (k) {
    case kind::text:
      return "text";
    case kind::integer:
      return "integer";
    case kind::boolean:
      return "boolean";
    case kind::duration:
      return "duration";
    case kind::size:
      return "size";
    case kind::choice:
      return "choice";
    case kind::list:
      return "list of text";
    case kind::secret:
      return "secret";
    case kind::secret_list:
      return "list of secrets";
    case kind::text_or_secret:
      return "text or secret";
    case kind::url:
      return "URL";
    case kind::path:
      return "path";
  }
  return "text";
}

bool is_secret(kind k) {
  return k == kind::secret || k == kind::secret_list || k == kind::text_or_secret;
}

const setting* section::find(std::string_view setting_name) const {
  for (const auto& s : settings) {
    if (s.name == setting_name) return &s;
  }
  return nullptr;
}

const section* find_section(const schema& all, std::string_view name) {
  for (const auto& s : all) {
    if (s.name == name) return &s;
  }
  return nullptr;
}

setting text(std::string name, std::string fallback, std::string sentence) {
  return make(std::move(name), kind::text, std::move(fallback), std::move(sentence));
}

setting integer(std::string name, std::int64_t fallback, std::int64_t min, std::int64_t max,
                std::string sentence) {
  return bounded(make(std::move(name), kind::integer, fallback, std::move(sentence)), min, max);
}

setting boolean(std::string name, bool fallback, std::string sentence) {
  return make(std::move(name), kind::boolean, fallback, std::move(sentence));
}

setting duration(std::string name, std::chrono::milliseconds fallback,
                 std::chrono::milliseconds min, std::chrono::milliseconds max,
                 std::string sentence) {
  return bounded(
      make(std::move(name), kind::duration, std::int64_t{fallback.count()}, std::move(sentence)),
      min.count(), max.count());
}

setting size(std::string name, std::int64_t fallback_bytes, std::int64_t min_bytes,
             std::int64_t max_bytes, std::string sentence) {
  return bounded(make(std::move(name), kind::size, fallback_bytes, std::move(sentence)), min_bytes,
                 max_bytes);
}

setting choice(std::string name, std::string fallback, std::vector<std::string> allowed,
               std::string sentence) {
  auto s = make(std::move(name), kind::choice, std::move(fallback), std::move(sentence));
  s.allowed = std::move(allowed);
  return s;
}

setting list(std::string name, std::vector<std::string> fallback, std::string sentence) {
  return bounded(make(std::move(name), kind::list, std::move(fallback), std::move(sentence)), 0,
                 max_list_count);
}

setting secret(std::string name, std::string sentence) {
  return make(std::move(name), kind::secret, std::string{}, std::move(sentence));
}

setting secret_list(std::string name, std::int64_t max_count, std::string sentence) {
  return bounded(
      make(std::move(name), kind::secret_list, std::vector<std::string>{}, std::move(sentence)), 0,
      max_count);
}

setting text_or_secret(std::string name, std::string sentence) {
  return make(std::move(name), kind::text_or_secret, std::string{}, std::move(sentence));
}

setting url(std::string name, std::string fallback, std::string sentence) {
  return make(std::move(name), kind::url, std::move(fallback), std::move(sentence));
}

setting path(std::string name, std::string fallback, std::string sentence) {
  return make(std::move(name), kind::path, std::move(fallback), std::move(sentence));
}

setting required(setting s) {
  s.is_required = true;
  return s;
}

setting reloadable(setting s) {
  s.is_reloadable = true;
  return s;
}

setting checked(setting s, text_check check) {
  s.check = std::move(check);
  return s;
}

setting secret_bytes(std::int64_t min_bytes, setting s) {
  s.min_secret_bytes = min_bytes;
  return s;
}

}  // namespace fibrehub::config
