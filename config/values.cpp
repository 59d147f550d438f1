#include "config/values.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

#include "config/names.hpp"

namespace fibrehub::config {

namespace {

[[noreturn]] void programming_error(const std::string& message) {
  fmt::print(stderr, "fibrehub: configuration misused: {}\n", message);
  std::abort();
}

}  // namespace

section_values::section_values(std::shared_ptr<const section> declared, std::string instance,
                               origin from)
    : declared_{std::move(declared)}, instance_{std::move(instance)}, from_{std::move(from)} {
  entries_.reserve(declared_->settings.size());
  for (const auto& s : declared_->settings)
    entries_.push_back(entry{.current = s.fallback});
}

std::string section_values::name() const {
  return full_name(declared_->name, instance_, {});
}

std::size_t section_values::index_of(std::string_view name) const {
  const auto* found = declared_->find(name);
  if (found == nullptr)
    programming_error(fmt::format("{}.{} is not declared", declared_->name, name));
  return static_cast<std::size_t>(found - declared_->settings.data());
}

const entry& section_values::of_kind(std::string_view name,
                                     std::initializer_list<kind> kinds) const {
  const auto index = index_of(name);
  const auto type = declared_->settings[index].type;
  if (std::find(kinds.begin(), kinds.end(), type) == kinds.end()) {
    programming_error(fmt::format("{}.{} is of kind {}", declared_->name, name, name_of(type)));
  }
  return entries_[index];
}

const std::string& section_values::text(std::string_view name) const {
  return std::get<std::string>(of_kind(name, {kind::text}).current);
}
const std::string& section_values::choice(std::string_view name) const {
  return std::get<std::string>(of_kind(name, {kind::choice}).current);
}
const std::string& section_values::url(std::string_view name) const {
  return std::get<std::string>(of_kind(name, {kind::url}).current);
}
const std::string& section_values::path(std::string_view name) const {
  return std::get<std::string>(of_kind(name, {kind::path}).current);
}
std::int64_t section_values::integer(std::string_view name) const {
  return std::get<std::int64_t>(of_kind(name, {kind::integer}).current);
}
std::int64_t section_values::bytes(std::string_view name) const {
  return std::get<std::int64_t>(of_kind(name, {kind::size}).current);
}
std::chrono::milliseconds section_values::duration(std::string_view name) const {
  return std::chrono::milliseconds{std::get<std::int64_t>(of_kind(name, {kind::duration}).current)};
}
bool section_values::boolean(std::string_view name) const {
  return std::get<bool>(of_kind(name, {kind::boolean}).current);
}
const std::vector<std::string>& section_values::list(std::string_view name) const {
  return std::get<std::vector<std::string>>(of_kind(name, {kind::list}).current);
}

const std::string& section_values::secret(std::string_view name) const {
  static const std::string none;
  const auto& found = of_kind(name, {kind::secret, kind::text_or_secret});
  if (std::get<std::string>(found.current).empty()) return none;
  if (!found.is_resolved) programming_error(fmt::format("{} is asked before resolving", name));
  return found.secrets.front();
}

const std::vector<std::string>& section_values::secrets(std::string_view name) const {
  const auto& found = of_kind(name, {kind::secret_list});
  if (!found.is_resolved && !std::get<std::vector<std::string>>(found.current).empty()) {
    programming_error(fmt::format("{} is asked before resolving", name));
  }
  return found.secrets;
}

bool section_values::is_given(std::string_view name) const {
  return at(name).from.from != layer::fallback;
}

const entry& section_values::at(std::string_view name) const {
  return entries_[index_of(name)];
}
entry& section_values::at(std::string_view name) {
  return entries_[index_of(name)];
}

values::values(schema declared) : schema_{std::make_shared<const schema>(std::move(declared))} {
  for (const auto& s : *schema_) {
    if (!s.is_repeatable)
      sections_.emplace_back(std::shared_ptr<const config::section>{schema_, &s}, "", origin{});
  }
}

std::size_t values::position_of(const config::section& declared) const {
  for (std::size_t i = 0; i < schema_->size(); ++i) {
    if ((*schema_)[i].name == declared.name) return i;
  }
  programming_error(declared.name + " is not a section");
}

const section_values* values::find(std::string_view name, std::string_view instance) const {
  for (const auto& s : sections_) {
    if (s.declaration().name == name && s.instance() == instance) return &s;
  }
  return nullptr;
}

section_values* values::find(std::string_view name, std::string_view instance) {
  for (auto& s : sections_) {
    if (s.declaration().name == name && s.instance() == instance) return &s;
  }
  return nullptr;
}

const section_values& values::section(std::string_view name, std::string_view instance) const {
  const auto* found = find(name, instance);
  if (found == nullptr) programming_error("there is no section " + full_name(name, instance, {}));
  return *found;
}

std::vector<const section_values*> values::instances(std::string_view name) const {
  std::vector<const section_values*> found;
  for (const auto& s : sections_) {
    if (s.declaration().name == name) found.push_back(&s);
  }
  return found;
}

section_values& values::instance(const config::section& declared, const std::string& instance,
                                 const origin& from) {
  if (auto* found = find(declared.name, instance)) return *found;
  const auto position = position_of(declared);
  const auto comes_later = [&](const section_values& other) {
    const auto theirs = position_of(other.declaration());
    return theirs > position || (theirs == position && other.instance() > instance);
  };
  const auto at = std::find_if(sections_.begin(), sections_.end(), comes_later);
  const std::shared_ptr<const config::section> own{schema_, &(*schema_)[position]};
  return *sections_.emplace(at, own, instance, from);
}

}  // namespace fibrehub::config
