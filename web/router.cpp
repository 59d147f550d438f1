#include "web/router.hpp"

#include <fmt/format.h>

#include <set>

#include "web/percent.hpp"

namespace fibrehub::web {
namespace {

constexpr std::size_t max_segments = 24;

bool is_parameter(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

std::vector<std::string_view> split_path(std::string_view path) {
  std::vector<std::string_view> out;
  path.remove_prefix(1);
  while (true) {
    const auto slash = path.find('/');
    out.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos || out.size() > max_segments) return out;
    path.remove_prefix(slash + 1);
  }
}

/// Decoded segments; nothing when an escape is broken or a dot segment tries to climb.
std::optional<std::vector<std::string>> decode_segments(std::string_view path) {
  const auto raw = split_path(path);
  std::vector<std::string> out;
  out.reserve(raw.size());
  for (const auto& segment : raw) {
    if (segment.find_first_of("%\x7f") == std::string_view::npos && is_utf8(segment)) {
      out.emplace_back(segment);
    } else {
      auto decoded = percent_decode(segment);
      if (!decoded) return std::nullopt;
      out.push_back(std::move(*decoded));
    }
    if (out.back() == "." || out.back() == "..") return std::nullopt;
  }
  return out;
}

/// Undeclared path parameters become plain ones; a declared one that no path has is a mistake.
std::optional<std::string> complete_parameters(route& r) {
  const auto names = pattern_parameters(r.path);
  const auto known = [&](std::string_view name) {
    return std::any_of(r.parameters.begin(), r.parameters.end(),
                       [&](const parameter& p) { return p.in == place::path && p.name == name; });
  };
  for (const auto& name : names) {
    if (known(name)) continue;
    parameter p;
    p.name = name;
    p.in = place::path;
    r.parameters.push_back(std::move(p));
  }
  for (auto& p : r.parameters) {
    if (p.in != place::path) continue;
    p.required = true;
    if (std::find(names.begin(), names.end(), p.name) == names.end())
      return fmt::format("route {}: the path has no {{{}}}", r.operation_id, p.name);
  }
  for (const auto& alias : r.aliases) {
    auto other = pattern_parameters(alias);
    auto own = names;
    std::sort(other.begin(), other.end());
    std::sort(own.begin(), own.end());
    if (other != own)
      return fmt::format("route {}: alias {} has other parameters", r.operation_id, alias);
  }
  return std::nullopt;
}

std::optional<std::string> route_problem(const route& r) {
  if (r.operation_id.empty()) return fmt::format("route {} has no operation id", r.path);
  const int handlers = (r.handle ? 1 : 0) + (r.stream ? 1 : 0) + (r.converse ? 1 : 0);
  if (handlers != 1)
    return fmt::format("route {} needs one handler, plain or streaming", r.operation_id);
  if (r.converse && r.verb != method::get)
    return fmt::format("route {}: a WebSocket is opened with GET", r.operation_id);
  if (r.verb == method::head || r.verb == method::other)
    return fmt::format("route {}: HEAD comes with GET and cannot be a route", r.operation_id);
  return std::nullopt;
}

}  // namespace

std::vector<std::string> pattern_parameters(std::string_view pattern) {
  std::vector<std::string> out;
  if (pattern.empty() || pattern.front() != '/') return out;
  for (const auto& segment : split_path(pattern))
    if (is_parameter(segment)) out.emplace_back(segment.substr(1, segment.size() - 2));
  return out;
}

bool routing_table::node::is_end() const {
  return std::any_of(terminals.begin(), terminals.end(), [](int t) { return t >= 0; });
}

tl::expected<routing_table, std::string> routing_table::make(std::vector<route> routes) {
  routing_table out;
  std::set<std::string> ids;
  out.routes_ = std::move(routes);
  for (std::size_t i = 0; i < out.routes_.size(); ++i) {
    route& r = out.routes_[i];
    if (auto why = route_problem(r)) return tl::unexpected(std::move(*why));
    if (!ids.insert(r.operation_id).second)
      return tl::unexpected(fmt::format("two routes are called {}", r.operation_id));
    if (auto why = complete_parameters(r)) return tl::unexpected(std::move(*why));
    std::vector<std::string> patterns{r.path};
    patterns.insert(patterns.end(), r.aliases.begin(), r.aliases.end());
    for (const auto& pattern : patterns)
      if (auto why = out.add(pattern, i)) return tl::unexpected(std::move(*why));
  }
  return out;
}

std::optional<std::string> routing_table::add(const std::string& pattern, std::size_t index) {
  const route& r = routes_[index];
  if (pattern.empty() || pattern.front() != '/')
    return fmt::format("route {}: path {} must begin with /", r.operation_id, pattern);
  const auto segments = split_path(pattern);
  if (segments.size() > max_segments)
    return fmt::format("route {}: path {} is too deep", r.operation_id, pattern);
  std::size_t at = 0;
  for (const auto& segment : segments) {
    if (is_parameter(segment)) {
      if (nodes_[at].parameter == 0) {
        nodes_.emplace_back();
        nodes_[at].parameter = nodes_.size() - 1;
      }
      at = nodes_[at].parameter;
      continue;
    }
    const std::pair<std::string, std::size_t> wanted{std::string{segment}, 0};
    auto& literals = nodes_[at].literals;
    auto slot = std::lower_bound(literals.begin(), literals.end(), wanted);
    if (slot == literals.end() || slot->first != segment) {
      literals.insert(slot, {std::string{segment}, nodes_.size()});
      at = nodes_.size();
      nodes_.emplace_back();  // invalidates `literals`, which is not used again
    } else {
      at = slot->second;
    }
  }
  int& terminal_slot = nodes_[at].terminals[static_cast<std::size_t>(r.verb)];
  if (terminal_slot >= 0)
    return fmt::format(
        "routes {} and {} both answer {} {}", r.operation_id,
        routes_[terminals_[static_cast<std::size_t>(terminal_slot)].route].operation_id,
        name_of(r.verb), pattern);
  terminal_slot = static_cast<int>(terminals_.size());
  terminals_.push_back({index, pattern_parameters(pattern)});
  return std::nullopt;
}

/// Depth first, words before parameters; a path that exists for another method only is remembered
/// in `other` and the search goes on.
const routing_table::node* routing_table::walk(std::size_t at,
                                               const std::vector<std::string>& segments,
                                               std::size_t depth,
                                               std::vector<std::string_view>& values, method verb,
                                               const node*& other) const {
  const node& here = nodes_[at];
  if (depth == segments.size()) {
    if (here.terminals[static_cast<std::size_t>(verb)] >= 0) return &here;
    if (other == nullptr && here.is_end()) other = &here;
    return nullptr;
  }
  const std::string& segment = segments[depth];
  const auto word = std::lower_bound(
      here.literals.begin(), here.literals.end(), segment,
      [](const auto& entry, const std::string& wanted) { return entry.first < wanted; });
  if (word != here.literals.end() && word->first == segment) {
    if (const auto* end = walk(word->second, segments, depth + 1, values, verb, other)) return end;
  }
  if (here.parameter == 0 || segment.empty()) return nullptr;
  values.emplace_back(segment);
  if (const auto* end = walk(here.parameter, segments, depth + 1, values, verb, other)) return end;
  values.pop_back();
  return nullptr;
}

route_match routing_table::match(method verb, std::string_view path) const {
  route_match out;
  if (path.empty() || path.front() != '/') {
    out.what = route_match::outcome::malformed;
    return out;
  }
  const auto segments = decode_segments(path);
  if (!segments) {
    out.what = route_match::outcome::malformed;
    return out;
  }
  if (segments->size() > max_segments) return out;
  const method wanted = verb == method::head ? method::get : verb;
  std::vector<std::string_view> values;
  const node* other = nullptr;
  const node* end = walk(0, *segments, 0, values, wanted, other);
  if (end != nullptr) {
    const auto& t =
        terminals_[static_cast<std::size_t>(end->terminals[static_cast<std::size_t>(wanted)])];
    out.what = route_match::outcome::found;
    out.index = t.route;
    for (std::size_t i = 0; i < values.size(); ++i)
      out.values.emplace_back(t.names[i], std::string{values[i]});
  } else if (other != nullptr) {
    out.what = route_match::outcome::wrong_method;
    for (std::size_t m = 0; m < method_count; ++m) {
      if (other->terminals[m] < 0) continue;
      if (!out.allow.empty()) out.allow += ", ";
      out.allow += name_of(static_cast<method>(m));
      if (static_cast<method>(m) == method::get) out.allow += ", HEAD";
    }
  }
  return out;
}

}  // namespace fibrehub::web
