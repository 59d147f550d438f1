// Where somebody is signed in: one's own sessions, everybody's for admins.
#include <limits>

#include "store/people/access.hpp"
#include "store/people/sign_in.hpp"
#include "web/api/json.hpp"
#include "web/api/parameters.hpp"
#include "web/api/people_desk.hpp"
#include "web/api/routes.hpp"

namespace fibrehub::web::api {
namespace {

namespace asio = boost::asio;

bool manages_people(const request_context& ctx) {
  return domain::allows(ctx.caller->who.as, domain::permission::manage_people);
}

asio::awaitable<response> list(people_desk& d, const request_context& ctx) {
  const std::int64_t own = ctx.caller->who.user_id;
  const std::int64_t wanted = ctx.query_integer("user_id").value_or(own);
  if (wanted == 0) co_return std::move(*people_only(ctx));
  if (wanted != own && !manages_people(ctx))
    co_return failure(ctx, 403, "forbidden", "only admins see the sessions of others");
  auto all = co_await d.hub.read(store::list_sessions{wanted, origin_without_key(ctx).at});
  if (!all) co_return from_store_error(ctx, all.error());
  co_return success([&](json_writer& w) {
    w.StartObject();
    w.Key("sessions");
    w.StartArray();
    for (const store::session_view& s : *all) {
      w.StartObject();
      text_field(w, "id", s.public_id);
      integer_field(w, "user_id", s.user_id);
      write_key(w, "current");
      w.Bool(s.public_id == ctx.caller->session_id);
      instant_field(w, "created_at", s.created_at);
      instant_field(w, "last_seen_at", s.last_seen_at);
      instant_field(w, "expires_at", s.expires_at);
      text_field(w, "address", s.address);
      text_or_null(w, "agent", s.agent);
      w.EndObject();
    }
    w.EndArray();
    w.EndObject();
  });
}

asio::awaitable<response> end(people_desk& d, const request_context& ctx) {
  const bool anybodys = manages_people(ctx);
  if (!anybodys)
    if (auto no = people_only(ctx)) co_return std::move(*no);
  store::revoke_session request;
  request.public_id = ctx.path_value("session");
  request.user_id = anybodys ? 0 : ctx.caller->who.user_id;
  auto origin = origin_of(ctx);
  if (!origin) co_return std::move(origin.error());
  auto done = co_await d.hub.write(std::move(*origin), std::move(request));
  d.auth.forget_people();
  co_return null_answer(ctx, std::move(done));
}

}  // namespace

std::vector<route> session_routes(people_desk& d) {
  route all;
  all.path = "/api/v1/auth/sessions";
  all.operation_id = "listSessions";
  all.summary = "Where one is signed in; admins may ask for others";
  all.tag = "sign-in";
  all.auth = signed_in();
  all.parameters = {number("user_id", 1, std::numeric_limits<std::int64_t>::max(),
                           "Whose; one's own if absent.")};
  all.answers = {{200, "Open sessions, the latest used first", "SessionList"}};
  all.handle = [&d](request_context& ctx) { return list(d, ctx); };
  route one;
  one.verb = method::delete_;
  one.path = "/api/v1/auth/sessions/{session}";
  one.operation_id = "endSession";
  one.summary = "End a session at once; admins may end anybody's";
  one.tag = "sign-in";
  one.auth = signed_in();
  one.answers = {{200, "Ended", R"({"type":"null"})"}};
  one.handle = [&d](request_context& ctx) { return end(d, ctx); };
  std::vector<route> out;
  out.push_back(std::move(all));
  out.push_back(std::move(one));
  return out;
}

}  // namespace fibrehub::web::api
