// How long tickets may take, by type and priority.
#include <fmt/format.h>

#include <algorithm>

#include "domain/sla/clock.hpp"
#include "store/sla/config.hpp"
#include "web/api/backend.hpp"
#include "web/api/inner_body.hpp"
#include "web/api/resource_route.hpp"
#include "web/api/routes.hpp"
#include "web/api/sla_edit.hpp"

namespace fibrehub::web::api {
namespace {

namespace asio = boost::asio;
namespace sla = domain::sla;

constexpr std::int64_t longest = sla::longest_target.count();
constexpr std::size_t max_pairs = 20;

template <class T>
std::optional<T> known(body_reader& body, const char* field,
                       std::optional<T> (*from)(std::string_view),
                       std::span<const std::string_view> names) {
  const auto text = body.text(field);
  const auto out = text ? from(*text) : std::nullopt;
  if (!out) body.complain(field, fmt::format("must be one of {}", fmt::join(names, ", ")));
  return out;
}
std::optional<domain::ticket_type> type_in(body_reader& body) {
  return known(body, "type", domain::ticket_type_from, domain::ticket_type_names());
}
std::optional<domain::ticket_priority> priority_in(body_reader& body) {
  return known(body, "priority", domain::ticket_priority_from, domain::ticket_priority_names());
}

/// Per cent, ascending; the breach at 100 is there anyway.
std::optional<std::vector<int>> levels_in(body_reader& body) {
  const auto given = body.integers("levels", sla::max_levels);
  if (!given) return std::nullopt;
  std::vector<int> out;
  for (const std::int64_t percent : *given) {
    if (percent < 1 || percent > 100 || (!out.empty() && percent * 100 <= out.back())) {
      body.complain("levels", "must ascend from 1 to 100 (per cent)");
      return std::nullopt;
    }
    out.push_back(static_cast<int>(percent * 100));
  }
  if (out.empty() || out.back() != sla::whole_bp) out.push_back(sla::whole_bp);
  if (out.size() > sla::max_levels)
    body.complain("levels", fmt::format("may hold {} with the breach", sla::max_levels));
  return out;
}

void read_pair(body_reader& body, store::edit_sla_configs& out) {
  store::sla_pair_edit e;
  const auto type = type_in(body);
  const auto priority = priority_in(body);
  e.response_seconds = body.integer("response_seconds", 1, longest);
  e.response_by_rule = body.is_null("response_seconds");
  e.resolution_seconds = body.integer("resolution_seconds", 1, longest);
  e.resolution_by_rule = body.is_null("resolution_seconds");
  e.levels_bp = levels_in(body);
  e.usual_levels = body.is_null("levels");
  e.calendar_id = body.integer("calendar_id", 1, std::numeric_limits<std::int64_t>::max());
  e.default_calendar = body.is_null("calendar_id");
  if (!type || !priority) return;
  e.type = *type;
  e.priority = *priority;
  out.pairs.push_back(std::move(e));
}

void read_type(body_reader& body, store::edit_sla_configs& out) {
  const auto type = type_in(body);
  const auto base = body.integer("base_seconds", 1, longest);
  if (!base && body.problems().empty()) body.complain("base_seconds", "is required");
  if (type && base) out.types.push_back({*type, *base});
}

void read_priority(body_reader& body, store::edit_sla_configs& out) {
  const auto priority = priority_in(body);
  const auto percent = body.integer("multiplier_percent", 1, 10'000);
  const auto response = body.integer("response_seconds", 1, longest);
  if (priority) out.priorities.push_back({*priority, percent, response});
}

asio::awaitable<response> read(backend& b, const request_context& ctx) {
  auto found = co_await b.read(store::get_sla_configs{});
  if (!found) co_return from_store_error(ctx, found.error());
  co_return success_json(found->data_json);
}

store::edit_sla_configs read_configs(body_reader& body) {
  store::edit_sla_configs request;
  if (const auto version = body.integer("version", 1, std::numeric_limits<std::int32_t>::max()))
    request.version = static_cast<std::int32_t>(*version);
  for_each_object(body, "types", max_pairs, [&](body_reader& r) { read_type(r, request); });
  for_each_object(body, "priorities", max_pairs,
                  [&](body_reader& r) { read_priority(r, request); });
  for_each_object(body, "configs", max_pairs, [&](body_reader& r) { read_pair(r, request); });
  if (body.object() && body.problems().empty() && request.types.empty() &&
      request.priorities.empty() && request.pairs.empty())
    body.complain("configs", "is required, or types, or priorities");
  return request;
}

}  // namespace

std::vector<route> sla_config_routes(backend& b) {
  route all = resource_route(b, method::get, "/sla-configs", "getSlaConfigs",
                             "How long tickets may take, by type and priority", "sla",
                             allowed_to(domain::permission::read_people), read);
  all.aliases.emplace_back("/api/tickets/sla-configs");
  all.answers = {{200, "The rule and what holds for each pair", "SlaConfigs"}};
  route edit = resource_route(b, method::post, "/sla-configs", "editSlaConfigs",
                              "Change how long tickets may take", "sla",
                              allowed_to(domain::permission::manage_rules), save<read_configs>);
  edit.aliases.emplace_back("/api/tickets/sla-configs");
  edit.description =
      "Resolution is base(type) × multiplier(priority), response goes by priority; a config holds "
      "for its pair instead, where it gives something. null goes back to the rule. Clocks that run "
      "are worked out anew within seconds; their start and pauses stay.";
  edit.body = body_description{"SlaConfigsEdit", "application/json", true, ""};
  edit.answers = {{200, "As it is now", "SlaConfigs"},
                  {400, "A field is wrong; details name it", ""},
                  {409, "Changed since the version you saw; data.current is what it is now", ""}};
  route trial = preview_route(edit, "previewSlaConfigs", "What other targets would do");
  trial.handle = [&b](request_context& ctx) { return preview<read_configs>(b, ctx); };
  return {std::move(all), std::move(edit), std::move(trial)};
}

}  // namespace fibrehub::web::api
