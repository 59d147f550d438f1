#include <fmt/format.h>

#include "config/format_value.hpp"
#include "config/names.hpp"
#include "config/render.hpp"

namespace fibrehub::config {

namespace {

constexpr std::string_view introduction = R"(# Configuration

Every setting has a default. A TOML file overrides the defaults, environment variables override the
file, and `--set section.key=value` on the command line overrides both. The file is the one named by
`--config`, else `./fibrehub.toml`, else `/etc/fibrehub/fibrehub.toml`.

* Environment variables are called `FIBREHUB__SECTION__KEY`, or `FIBREHUB__SECTION__NAME__KEY` in
  sections that exist once per name. Lists are separated by commas.
* Durations are a whole number and a unit: `250ms`, `30s`, `5m`, `2h`, `1d`.
* Sizes are a whole number and a unit: `512KB`, `64MB`; 1 KB is 1024 bytes.
* Secrets are never written into the configuration. Write `env:NAME` for an environment variable or
  `file:/absolute/path` for a file that only its owner can read (mode 0600).
* Settings marked *reload* are applied to the running hub by SIGHUP; the others need a restart.

`fibrehub config check` names every mistake, `fibrehub config show` prints what is in effect and where
it comes from.
)";

/// Table cells end at a bar.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string default_of(const setting& s) {
  if (s.is_required) return "*required*";
  return fmt::format("`{}`", to_toml(s, s.fallback));
}

void append_section(std::string& out, const section& group) {
  const auto* instance = group.is_repeatable ? "name" : "";
  out += fmt::format("\n## [{}]\n\n{}", full_name(group.name, instance, ""), group.text);
  if (group.is_repeatable) out += " Repeat it with another name for each one.";
  out +=
      fmt::format("\n\nIn the environment: `{}`.\n\n",
                  environment_name(group.name, group.is_repeatable ? "<name>" : "", "<setting>"));
  out += "| setting | kind | default | allowed | reload | what it does |\n";
  out += "|---|---|---|---|---|---|\n";
  for (const auto& s : group.settings) {
    out += fmt::format("| `{}` | {} | {} | {} | {} | {} |\n", s.name, name_of(s.type),
                       cell(default_of(s)), cell(bounds_of(s)),
                       s.is_reloadable || group.is_reloadable ? "yes" : "", cell(s.text));
  }
}

}  // namespace

std::string render_reference(const schema& all) {
  std::string out{introduction};
  for (const auto& group : all)
    append_section(out, group);
  return out;
}

std::string render_sample(const schema& all) {
  std::string out;
  for (const auto& group : all) {
    if (!out.empty()) out += '\n';
    const auto* mark = group.is_repeatable ? "# " : "";
    out += fmt::format("# {}\n{}[{}]\n", group.text, mark,
                       full_name(group.name, group.is_repeatable ? "name" : "", ""));
    for (const auto& s : group.settings) {
      const auto bounds = s.type == kind::boolean ? std::string{} : bounds_of(s);
      out += fmt::format("# {}{}{}\n", s.text, s.is_required ? " Required." : "",
                         bounds.empty() ? "" : " Allowed: " + bounds + ".");
      out += fmt::format("# {} = {}\n", s.name, to_toml(s, s.fallback));
    }
  }
  return out;
}

}  // namespace fibrehub::config
