// A hub that takes webhooks and peers whose one session works: what tests of the simulated WAHA
// server stand on.
#pragma once

#include <gmock/gmock.h>

#include "peers/test_support.hpp"

namespace fibrehub::peers::testing {

namespace json = protocols::json;

inline const std::pair<std::string, std::string> key{"X-Api-Key", "simulated-waha-key"};
inline const std::string customer = R"("chat":"27831112222","name":"Jane")";

/// A hub, and peers whose one session works.
class waha : public ::testing::Test {
 protected:
  void begin(const std::function<void(peers_options&)>& change = {}) {
    auto options = quiet_options(hub.url());
    if (change) change(options);
    world = std::make_unique<peers>(options);
    ports = world->start();
    if (!options.paired) return;
    ASSERT_TRUE(hub.wait([](const auto& all) {
      return std::any_of(all.begin(), all.end(), [](const received& r) {
        return r.request.body.find(R"("status":"WORKING","statuses")") != std::string::npos;
      });
    }));
  }
  std::vector<received> of(const std::string& event) {
    std::vector<received> out;
    for (const auto& r : hub.arrived()) {
      if (event_of(r) == event) out.push_back(r);
    }
    return out;
  }
  bool wait_for(const std::string& event, std::size_t count = 1) {
    return hub.wait([&](const auto& all) {
      return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const received& r) {
               return event_of(r) == event;
             })) >= count;
    });
  }
  http_result control(const std::string& path, const std::string& body) {
    const auto result = fetch(ports.control, "POST", path, body);
    EXPECT_EQ(result.status, 200U) << path << " " << result.body;
    return result;
  }
  http_result look(const std::string& path) { return fetch(ports.control, "GET", path); }
  http_result get(const std::string& path) { return fetch(ports.waha, "GET", path, "", {key}); }
  http_result post(const std::string& path, const std::string& body) {
    return fetch(ports.waha, "POST", path, body, {key});
  }
  http_result put(const std::string& path, const std::string& body) {
    return fetch(ports.waha, "PUT", path, body, {key});
  }
  http_result remove(const std::string& path) {
    return fetch(ports.waha, "DELETE", path, "", {key});
  }
  /// A text to a chat through the API; `more` is further members of the body.
  http_result say(const std::string& chat, const std::string& text, const std::string& more = {}) {
    return post(
        "/api/sendText",
        fmt::format(R"({{"session":"default","chatId":"{}","text":"{}"{}}})", chat, text, more));
  }
  /// The ledger's only message sent through the API.
  json::document only_sent() {
    auto all = json::parse(look("/ledger/sent").body);
    json::document out(rapidjson::kObjectType);
    const auto& list = *json::find(*all, "messages");
    EXPECT_EQ(list.Size(), 1U);
    if (list.Size() > 0) out.CopyFrom(list[0], out.GetAllocator());
    return out;
  }
  /// Asks again and again until `enough`; false after 20 s.
  bool until(const std::function<bool()>& enough) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!enough()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::yield();
    }
    return true;
  }
  std::string status() {
    return std::string(json::text(*json::parse(get("/api/sessions/default").body), "status"));
  }
  json::document payload(const received& r) {
    auto whole = json::parse(r.request.body);
    json::document out;
    out.CopyFrom(*json::find(*whole, "payload"), out.GetAllocator());
    return out;
  }
  static std::string evt(const received& r) {
    return std::string(json::text(*json::parse(r.request.body), "id"));
  }

  fake_hub hub;
  std::unique_ptr<peers> world;
  peer_ports ports;
};

}  // namespace fibrehub::peers::testing
