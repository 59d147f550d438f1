// Routes that tests of the server itself need.
#pragma once

#include "tests/web/live_server.hpp"

namespace fibrehub::web::testing {

inline std::vector<route> plain_routes() {
  std::vector<route> out;
  out.push_back(get_route("/hello", "hello", echo()));
  out.push_back(post_route("/echo", "echo"));
  route small = post_route("/small", "small");
  small.body_limit_bytes = 10;
  out.push_back(std::move(small));
  route listed = get_route(
      "/list/{kind}", "list", [](request_context& ctx) -> boost::asio::awaitable<response> {
        response r;
        r.content_type = "text/plain";
        r.body = fmt::format("{}|{}", ctx.path_value("kind"), ctx.query("q").value_or("-"));
        co_return r;
      });
  parameter limit;
  limit.name = "limit";
  limit.type = value_type::integer;
  limit.min = 1;
  limit.max = 100;
  parameter q;
  q.name = "q";
  listed.parameters = {limit, q};
  out.push_back(std::move(listed));
  out.push_back(
      get_route("/throws", "throws", [](request_context&) -> boost::asio::awaitable<response> {
        throw std::runtime_error("secret detail");
        co_return response{};
      }));
  return out;
}

}  // namespace fibrehub::web::testing
