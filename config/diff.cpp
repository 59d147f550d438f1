#include "config/diff.hpp"

#include <fmt/format.h>

#include "config/format_value.hpp"
#include "config/names.hpp"

namespace fibrehub::config {

namespace {

void compare(const section_values& before, const section_values& after,
             std::vector<change>& changes) {
  const auto& declared = after.declaration();
  for (const auto& s : declared.settings) {
    const auto& old_entry = before.at(s.name);
    const auto& new_entry = after.at(s.name);
    const bool is_rotated =
        old_entry.is_resolved && new_entry.is_resolved && old_entry.secrets != new_entry.secrets;
    if (old_entry.current == new_entry.current && !is_rotated) continue;
    changes.push_back({.what = old_entry.current == new_entry.current ? change_kind::secret_rotated
                                                                      : change_kind::changed,
                       .section = declared.name,
                       .instance = after.instance(),
                       .setting = s.name,
                       .before = to_toml(s, old_entry.current),
                       .after = to_toml(s, new_entry.current),
                       .is_reloadable = s.is_reloadable || declared.is_reloadable});
  }
}

change whole(change_kind what, const section_values& group) {
  return {.what = what,
          .section = group.declaration().name,
          .instance = group.instance(),
          .setting = {},
          .before = {},
          .after = {},
          .is_reloadable = group.declaration().is_reloadable};
}

}  // namespace

std::vector<change> diff(const values& before, const values& after) {
  std::vector<change> changes;
  for (const auto& group : after.sections()) {
    const auto* old_group = before.find(group.declaration().name, group.instance());
    if (old_group == nullptr) {
      changes.push_back(whole(change_kind::added, group));
    } else {
      compare(*old_group, group, changes);
    }
  }
  for (const auto& group : before.sections()) {
    if (after.find(group.declaration().name, group.instance()) == nullptr) {
      changes.push_back(whole(change_kind::removed, group));
    }
  }
  return changes;
}

std::string describe(const change& c) {
  const auto name = full_name(c.section, c.instance, c.setting);
  const auto* fate = c.is_reloadable ? "applied now" : "needs a restart";
  switch (c.what) {
    case change_kind::added:
      return fmt::format("[{}]: added, {}", name, fate);
    case change_kind::removed:
      return fmt::format("[{}]: removed, {}", name, fate);
    case change_kind::secret_rotated:
      return fmt::format("{}: a new secret behind {}, {}", name, c.after, fate);
    case change_kind::changed:
      break;
  }
  return fmt::format("{}: {} becomes {}, {}", name, c.before, c.after, fate);
}

}  // namespace fibrehub::config
