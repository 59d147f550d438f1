#include "web/api/change.hpp"

#include <algorithm>
#include <chrono>

#include "web/token.hpp"

namespace fibrehub::web::api {

namespace {
constexpr std::size_t max_key_bytes = 200;

tl::expected<store::write_origin, response> origin_with(const request_context& ctx,
                                                        std::string_view body) {
  store::write_origin out;
  if (ctx.caller) out.by = ctx.caller->who;
  out.by.address = ctx.peer_address;
  out.at =
      std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
  const std::string_view key = ctx.header("idempotency-key");
  if (key.empty()) return out;
  const bool fits = key.size() <= max_key_bytes &&
                    std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c < 127; });
  if (!fits)
    return tl::unexpected(invalid_field(
        ctx, "Idempotency-Key", "must be 1 to 200 visible ASCII characters, a UUID for instance"));
  out.idempotency_key = key;
  std::string covered{name_of(ctx.verb)};
  covered.append(" ").append(ctx.target).append("\n").append(body);
  out.request_sha256 = sha256(covered);
  return out;
}

}  // namespace

tl::expected<store::write_origin, response> origin_of(const request_context& ctx) {
  return origin_with(ctx, ctx.body);
}

tl::expected<store::write_origin, response> origin_of_secret(const request_context& ctx) {
  return origin_with(ctx, {});
}

response answer_of(const request_context& ctx, const store::write_outcome& outcome) {
  if (!outcome) return from_store_error(ctx, outcome.error());
  response out = success_json(outcome->data_json, outcome->status);
  if (outcome->replayed) out.headers.emplace_back("Idempotency-Replayed", "true");
  return out;
}

}  // namespace fibrehub::web::api
