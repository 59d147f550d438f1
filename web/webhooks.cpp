#include "web/webhooks.hpp"

#include <fmt/format.h>

namespace fibrehub::web {
namespace {

namespace asio = boost::asio;

actors::webhook_request to_webhook(request_context& ctx) {
  actors::webhook_request out;
  out.headers.reserve(ctx.headers.size());
  for (const auto& h : ctx.headers) {
    auto& [name, value] = out.headers.emplace_back(std::string{h.name}, std::string{h.value});
    for (char& c : name)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  out.body = std::move(ctx.body);
  out.peer_address = ctx.peer_address;
  out.received_at =
      std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
  return out;
}

response of_result(const store::ingest_result& result) {
  return success(
      [&](json_writer& w) {
        w.StartObject();
        w.Key("outcome");
        write_string(w, store::name_of(result.outcome));
        w.Key("ticket_uid");
        if (result.ticket_uid.empty()) {
          w.Null();
        } else {
          write_string(w, result.ticket_uid);
        }
        w.Key("created");
        w.Bool(result.created);
        w.EndObject();
      },
      status_of(result.outcome));
}

/// Whatever keeps a message from being stored is worth another delivery: it is deduplicated. Only
/// what can never become right is refused for good.
response of_error(const request_context& ctx, store::error why, unsigned retry_after_s) {
  if (why.code == store::errc::abandoned) why.code = store::errc::unavailable;
  return from_store_error(ctx, why, retry_after_s);
}

constexpr std::string_view outcome_schema =
    R"({"type":"object","required":["outcome","ticket_uid","created"],"properties":{)"
    R"("outcome":{"enum":["stored","kept","duplicate","conflict","review"]},)"
    R"("ticket_uid":{"type":["string","null"]},"created":{"type":"boolean"}},)"
    R"("examples":[{"outcome":"stored","ticket_uid":"DR1730654-01","created":true}]})";

route to_route(actors::webhook_endpoint endpoint, submit_function submit) {
  route r;
  r.verb = method::post;
  r.path = endpoint.path;
  r.aliases = endpoint.aliases;
  r.operation_id = "webhook";
  for (const char c : endpoint.path) {
    const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (word) {
      r.operation_id += c;
    } else if (r.operation_id.back() != '_') {
      r.operation_id += '_';
    }
  }
  r.summary = endpoint.summary;
  r.tag = "webhooks";
  r.description = "Authenticated by the sender's signature over the raw body, not by a token.";
  r.no_key = "the message's own id tells a repetition, for ever";
  r.body_limit_bytes = endpoint.body_limit_bytes;
  r.any_query = true;
  // Whose signature is right is let in, and whose is wrong costs little more than the answer 429.
  r.rate_limited = false;
  r.answers = {
      {200, "Committed; a duplicate changes nothing", std::string{outcome_schema}},
      {202, "Committed for a person to look at", std::string{outcome_schema}},
      {401, "The signature is missing or wrong", ""},
  };
  r.handle = [receive = std::move(endpoint.receive), retry_after_s = endpoint.retry_after_s,
              submit = std::move(submit)](request_context& ctx) -> asio::awaitable<response> {
    auto mapped = receive(to_webhook(ctx));
    if (const auto* rejected = std::get_if<actors::webhook_rejection>(&mapped))
      co_return failure(ctx, rejected->status, rejected->code, rejected->message);
    auto result = co_await submit(std::move(std::get<store::ingest>(mapped)));
    if (!result) co_return of_error(ctx, std::move(result.error()), retry_after_s);
    co_return of_result(*result);
  };
  return r;
}

}  // namespace

unsigned status_of(store::disposition outcome) {
  switch (outcome) {
    case store::disposition::stored:
    case store::disposition::kept:
    case store::disposition::duplicate:
      return 200;
    case store::disposition::conflict:
    case store::disposition::review:
      return 202;
  }
  return 200;
}

std::vector<route> webhook_routes(std::vector<actors::webhook_endpoint> endpoints,
                                  submit_function submit) {
  std::vector<route> out;
  out.reserve(endpoints.size());
  for (auto& e : endpoints)
    out.push_back(to_route(std::move(e), submit));
  return out;
}

}  // namespace fibrehub::web
