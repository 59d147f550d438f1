#include "web/health.hpp"

namespace fibrehub::web {
namespace {

namespace asio = boost::asio;

response ready_answer(const std::vector<health_part>& parts) {
  const bool ok = std::all_of(parts.begin(), parts.end(), [](const auto& p) { return p.ok; });
  rapidjson::StringBuffer buffer;
  json_writer w{buffer};
  w.StartObject();
  w.Key("status");
  w.String(ok ? "ready" : "not_ready");
  w.Key("parts");
  w.StartArray();
  for (const auto& p : parts) {
    w.StartObject();
    w.Key("name");
    write_string(w, p.name);
    w.Key("ok");
    w.Bool(p.ok);
    w.Key("detail");
    write_string(w, p.detail);
    w.EndObject();
  }
  w.EndArray();
  w.EndObject();
  response out;
  out.status = ok ? 200 : 503;
  out.body.assign(buffer.GetString(), buffer.GetSize());
  if (!ok) out.headers.emplace_back("Retry-After", "5");
  return out;
}

constexpr const char* ready_schema =
    R"({"type":"object","required":["status","parts"],"properties":{"status":{"enum":["ready",)"
    R"("not_ready"]},"parts":{"type":"array","items":{"type":"object","properties":{"name":)"
    R"({"type":"string"},"ok":{"type":"boolean"},"detail":{"type":"string"}}}}},)"
    R"("examples":[{"status":"ready","parts":[{"name":"store","ok":true,"detail":"connected"}]}]})";

}  // namespace

std::vector<route> health_routes(std::function<std::vector<health_part>()> parts) {
  route live;
  live.path = "/health/live";
  live.operation_id = "health_live";
  live.summary = "Whether the process answers";
  live.tag = "health";
  live.answers = {{200, "It does",
                   R"({"type":"object","properties":{"status":{"const":"live"}},)"
                   R"("examples":[{"status":"live"}]})",
                   "application/json", false}};
  live.handle = [](request_context&) -> asio::awaitable<response> {
    response out;
    out.body = R"({"status":"live"})";
    co_return out;
  };
  route ready;
  ready.path = "/health/ready";
  ready.operation_id = "health_ready";
  ready.summary = "Whether the hub should get work, part by part";
  ready.tag = "health";
  ready.answers = {{200, "Every part is well", ready_schema, "application/json", false},
                   {503, "Some part is not", ready_schema, "application/json", false}};
  ready.handle = [parts = std::move(parts)](request_context&) -> asio::awaitable<response> {
    co_return ready_answer(parts());
  };
  live.rate_limited = ready.rate_limited = false;
  std::vector<route> out;
  out.push_back(std::move(live));
  out.push_back(std::move(ready));
  return out;
}

}  // namespace fibrehub::web
