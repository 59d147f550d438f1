#include "web/admission.hpp"

#include <fmt/format.h>

#include "web/percent.hpp"

namespace fibrehub::web {
namespace {

constexpr std::size_t max_request_id = 128;

bool sane_request_id(std::string_view id) {
  return !id.empty() && id.size() <= max_request_id &&
         std::all_of(id.begin(), id.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_' || c == '.';
         });
}

/// `http://host/path` → `/path`: a server has to accept the form that proxies are sent.
std::string_view origin_form(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (target.size() < scheme.size() || !same_name(target.substr(0, scheme.size()), scheme))
      continue;
    const auto slash = target.find_first_of("/?", scheme.size());
    return slash == std::string_view::npos || target[slash] == '?' ? std::string_view{"/"}
                                                                   : target.substr(slash);
  }
  return target;
}

std::string_view media_type(std::string_view content_type) {
  content_type = content_type.substr(0, content_type.find(';'));
  while (!content_type.empty() && content_type.back() == ' ')
    content_type.remove_suffix(1);
  return content_type;
}

bool takes(const body_description& body, std::string_view type) {
  return body.content_type.empty() || same_name(type, body.content_type) ||
         std::any_of(body.others.begin(), body.others.end(), [&](const auto& other) {
           return other.first == "*/*" || same_name(type, other.first);
         });
}

response invalid_request(const request_context& ctx, std::vector<field_problem> problems) {
  std::string message = fmt::format("{} {}", problems.front().field, problems.front().reason);
  if (problems.size() > 1) message += fmt::format(" (and {} more)", problems.size() - 1);
  return failure(ctx, 400, "invalid_parameter", message, problems);
}

}  // namespace

void fill_context(request_context& ctx, const request_head& head, const peer_info& peer,
                  const network_list& trusted) {
  ctx.verb = head.verb;
  ctx.target = origin_form(head.target);
  ctx.path = ctx.target.substr(0, ctx.target.find('?'));
  ctx.body.clear();
  ctx.caller.reset();
  ctx.path_values.clear();
  ctx.query_values.clear();
  ctx.request_id.clear();
  ctx.forwarded = false;
  ctx.peer_is_loopback = peer.address.is_loopback();
  std::string forwarded_for;
  for (const auto& h : ctx.headers) {
    // The length alone rules most headers out.
    if (h.name.size() == 12 && same_name(h.name, "x-request-id")) {
      if (sane_request_id(h.value)) ctx.request_id = std::string{h.value};
    } else if (h.name.size() == 15 && same_name(h.name, "x-forwarded-for")) {
      ctx.forwarded = true;
      if (!forwarded_for.empty()) forwarded_for += ',';
      forwarded_for += h.value;
    } else if (same_name(h.name, "forwarded") || same_name(h.name, "x-real-ip") ||
               same_name(h.name, "via") || same_name(h.name, "x-forwarded-host")) {
      ctx.forwarded = true;
    }
  }
  if (forwarded_for.empty() || trusted.empty()) {
    ctx.peer_address = peer.text;
  } else {
    ctx.peer_address = client_address(peer.address, forwarded_for, trusted).to_string();
  }
}

response too_large(const request_context& ctx, std::size_t limit) {
  return failure(ctx, 413, "body_too_large",
                 fmt::format("the body may be {} bytes long here", limit));
}

std::variant<std::size_t, response> find_route(const routing_table& table, request_context& ctx,
                                               const request_head& head,
                                               std::size_t default_body_limit) {
  auto match = table.match(ctx.verb, ctx.path);
  switch (match.what) {
    case route_match::outcome::malformed:
      return failure(ctx, 400, "malformed_path",
                     "the path has a broken %-escape, a dot segment, or is not UTF-8");
    case route_match::outcome::unknown_path:
      return failure(ctx, 404, "not_found",
                     "there is nothing at this address; GET /api/openapi.json lists what there is");
    case route_match::outcome::wrong_method: {
      response out =
          failure(ctx, 405, "method_not_allowed",
                  fmt::format("this address answers {} and not {}", match.allow,
                              ctx.verb == method::other ? "this method" : name_of(ctx.verb)));
      out.headers.emplace_back("Allow", match.allow);
      return out;
    }
    case route_match::outcome::found:
      break;
  }
  ctx.path_values = std::move(match.values);
  const std::size_t limit = body_limit(table.routes()[match.index], default_body_limit);
  if (head.content_length > limit) return too_large(ctx, limit);
  return match.index;
}

std::optional<response> check_request(const route& r, request_context& ctx,
                                      const request_head& head) {
  if (const auto mark = ctx.target.find('?'); mark != std::string_view::npos) {
    auto values = parse_query(ctx.target.substr(mark + 1));
    if (!values && !r.any_query)
      return failure(ctx, 400, "malformed_query",
                     "the query has a broken %-escape, is not UTF-8, or has too many parameters");
    if (values) ctx.query_values = std::move(*values);
  }
  if (!r.any_query && !(r.parameters.empty() && ctx.query_values.empty())) {
    auto problems = parameter_problems(r.parameters, ctx);
    if (!problems.empty()) return invalid_request(ctx, std::move(problems));
  }
  if (r.body && head.has_body() && !takes(*r.body, media_type(ctx.header("content-type"))))
    return failure(
        ctx, 415, "unsupported_media_type",
        fmt::format("the body must be {}; say so in Content-Type", r.body->content_type));
  if (r.body && r.body->required && !head.has_body())
    return failure(ctx, 400, "body_missing",
                   fmt::format("a body of {} is required", r.body->content_type));
  return std::nullopt;
}

}  // namespace fibrehub::web
