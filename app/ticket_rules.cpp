#include "app/ticket_rules.hpp"

#include <fmt/format.h>

namespace fibrehub::app {
namespace {

/// `email = EML-{nnnn}`; `wa_inbound_without_drop` names the tickets of chats without a drop.
tl::expected<domain::uid_templates, std::string> read_templates(
    const std::vector<std::string>& lines) {
  domain::uid_templates out = domain::uid_templates::defaults();
  for (const std::string& line : lines) {
    const auto equals = line.find('=');
    std::string source = line.substr(0, equals);
    while (source.ends_with(' '))
      source.pop_back();
    if (equals == std::string::npos)
      return tl::unexpected(fmt::format("\"{}\": write source = template", line));
    const auto from = line.find_first_not_of(' ', equals + 1);
    auto form = domain::uid_template::parse(from == std::string::npos ? "" : line.substr(from));
    if (!form) return tl::unexpected(form.error());
    if (source == "wa_inbound_without_drop") {
      out.chat_without_drop = std::move(*form);
    } else if (const auto known = domain::ticket_source_from(source)) {
      out.by_source[*known] = std::move(*form);
    } else {
      return tl::unexpected(fmt::format("\"{}\": sources are {} and wa_inbound_without_drop", line,
                                        fmt::join(domain::ticket_source_names(), ", ")));
    }
  }
  return out;
}

}  // namespace

std::vector<config::fault> ticket_rule_faults(const config::section_values& tickets) {
  std::vector<config::fault> out;
  const auto& moves = tickets.list("transitions");
  if (const auto read = domain::workflow::parse(moves); !read)
    out.push_back({"transitions", read.error()});
  const auto& matrix = tickets.list("priority_matrix");
  if (!matrix.empty())
    if (const auto read = domain::priority_matrix::parse(matrix); !read)
      out.push_back({"priority_matrix", read.error()});
  if (const auto read = read_templates(tickets.list("uid_templates")); !read)
    out.push_back({"uid_templates", read.error()});
  if (const auto read = domain::custom_fields::parse(tickets.list("custom_fields")); !read)
    out.push_back({"custom_fields", read.error()});
  return out;
}

domain::ticket_rules ticket_rules_from(const config::values& values) {
  domain::ticket_rules out;
  const config::section_values& s = values.section("tickets");
  if (!s.list("transitions").empty()) out.moves = *domain::workflow::parse(s.list("transitions"));
  if (!s.list("priority_matrix").empty())
    out.matrix = *domain::priority_matrix::parse(s.list("priority_matrix"));
  out.further = *domain::custom_fields::parse(s.list("custom_fields"));
  return out;
}

domain::uid_templates uid_templates_from(const config::values& values) {
  return *read_templates(values.list("tickets", "uid_templates"));
}

}  // namespace fibrehub::app
