#include "web/api/people_desk.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "protocols/auth/password.hpp"
#include "store/idempotency.hpp"
#include "store/people/sign_in.hpp"
#include "web/api/json.hpp"
#include "web/peer_address.hpp"

namespace fibrehub::web::api {

namespace asio = boost::asio;
namespace auth = protocols::auth;

namespace {

std::string in_lower_case(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return text;
}

response come_back_in(const request_context& ctx, std::chrono::milliseconds wait,
                      std::string_view what) {
  const auto seconds = std::to_string((wait.count() + 999) / 1000);
  response out =
      failure(ctx, 429, "too_many_attempts",
              fmt::format("too many attempts to sign in {}; try again in {} s", what, seconds));
  out.headers.emplace_back("Retry-After", seconds);
  return out;
}

}  // namespace

store::write_origin origin_without_key(const request_context& ctx) {
  store::write_origin out;
  if (ctx.caller) out.by = ctx.caller->who;
  out.by.address = ctx.peer_address;
  out.at =
      std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
  return out;
}

response null_answer(const request_context& ctx, store::write_outcome done) {
  if (done) done->data_json = "null";
  return answer_of(ctx, done);
}

response already_done(const request_context& ctx, const store::write_answer& earlier) {
  store::error why{store::errc::conflict,
                   "an earlier request with this Idempotency-Key did it; what that one was "
                   "answered is secret and kept nowhere",
                   "already_done"};
  if (earlier.data_json.starts_with('{')) why.data_json = earlier.data_json;
  return from_store_error(ctx, why);
}

asio::awaitable<std::optional<response>> repeated(people_desk& d, const request_context& ctx,
                                                  store::write_origin origin, bool secret) {
  if (origin.idempotency_key.empty()) co_return std::nullopt;
  store::find_answer ask{std::move(origin)};
  auto found = co_await d.hub.read(std::move(ask));
  if (!found && found.error().code == store::errc::not_found) co_return std::nullopt;
  if (!found) co_return from_store_error(ctx, found.error());
  if (secret && *found) co_return already_done(ctx, **found);
  co_return null_answer(ctx, std::move(*found));
}

std::optional<response> people_only(const request_context& ctx) {
  if (ctx.caller && ctx.caller->who.user_id != 0) return std::nullopt;
  return failure(ctx, 403, "people_only", "this is for people who signed in, not for API tokens");
}

response passwords_busy(const request_context& ctx) {
  response out = failure(ctx, 429, "busy", "too many sign-ins at the moment; try again in 2 s");
  out.headers.emplace_back("Retry-After", "2");
  return out;
}

std::optional<response> too_many_attempts(people_desk& d, const request_context& ctx,
                                          const std::string& email) {
  const auto now = std::chrono::steady_clock::now();
  const std::string address = limit_key(ctx.peer_address), account = in_lower_case(email);
  if (!d.addresses.allows(address, now))
    return come_back_in(ctx, d.addresses.wait_for(address, now), "from this address");
  if (!d.accounts.allows(account, now))
    return come_back_in(ctx, d.accounts.wait_for(account, now), "to this account");
  d.addresses.take(address, now);
  d.accounts.take(account, now);
  return std::nullopt;
}

asio::awaitable<void> note_failure(people_desk& d, const request_context& ctx, std::int64_t user_id,
                                   std::string email, std::string why) {
  store::note_failed_sign_in note{user_id, std::move(email), std::move(why)};
  const auto done = co_await d.hub.write(origin_without_key(ctx), std::move(note));
  if (!done) spdlog::warn("a failed sign-in could not be written down: {}", done.error().message);
}

asio::awaitable<std::optional<response>> wrong_password(people_desk& d, const request_context& ctx,
                                                        const store::credentials& c,
                                                        std::string password) {
  if (auto no = too_many_attempts(d, ctx, c.email)) co_return std::move(no);
  using checked_password = tl::expected<bool, auth::password_error>;
  auto check = [hash = c.password_hash, password = std::move(password)]() -> checked_password {
    return hash.empty() ? auth::burn(password) : auth::verify_password(hash, password);
  };
  auto checked = co_await d.passwords.run(std::move(check));
  if (!checked) co_return passwords_busy(ctx);
  if (*checked && **checked) co_return std::nullopt;
  co_await note_failure(d, ctx, c.user_id, c.email, "password");
  co_return failure(ctx, 403, "password_wrong", "this is not your password");
}

std::string totp_owner(std::int64_t user_id) {
  return fmt::format("totp/{}", user_id);
}

void write_ids(json_writer& w, std::string_view key, const std::vector<std::int64_t>& ids) {
  write_key(w, key);
  w.StartArray();
  for (const std::int64_t id : ids)
    w.Int64(id);
  w.EndArray();
}

void write_user(json_writer& w, const store::user_view& u, bool everything) {
  const auto flag = [&](std::string_view key, bool value) {
    write_key(w, key);
    w.Bool(value);
  };
  w.StartObject();
  integer_field(w, "id", u.id);
  text_field(w, "name", u.name);
  text_field(w, "email", u.email);
  text_or_null(w, "phone", u.phone);
  text_field(w, "role", domain::name_of(u.role));
  write_key(w, "client_id");
  if (u.client_id != 0) {
    w.Int64(u.client_id);
  } else {
    w.Null();
  }
  write_ids(w, "teams", u.teams);
  flag("disabled", u.disabled_at.has_value());
  if (everything) {
    flag("has_password", u.has_password);
    flag("must_change_password", u.must_change_password);
    flag("totp", u.totp);
    instant_field(w, "locked_until", u.locked_until);
    instant_field(w, "last_sign_in_at", u.last_sign_in_at);
    instant_field(w, "disabled_at", u.disabled_at);
    instant_field(w, "created_at", u.created_at);
    instant_field(w, "updated_at", u.updated_at);
  }
  w.EndObject();
}

}  // namespace fibrehub::web::api
