// The keys of the simulated WAHA server beside its own: each may be bound to a session and to kinds
// of calls.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "peers/support.hpp"
#include "protocols/json/parse.hpp"

namespace fibrehub::peers {

struct api_key {
  std::string id;
  std::string key;
  bool active = true;
  bool admin = false;
  std::string session;                  // empty: all
  std::map<std::string, bool> actions;  // read, send, control, setting, app, delete; empty: all

  bool may(std::string_view action) const;
  std::string to_json() const;
};

class key_ring {
 public:
  explicit key_ring(std::uint64_t seed) : random_(seed ^ 0x6b657973ULL) {}

  /// What POST and PUT carry; absent fields keep their value.
  api_key& put(const std::string& id, const protocols::json::value& body);
  api_key& create(const protocols::json::value& body);
  /// The one key of this kind ("media", "control") for the session; the same every time.
  api_key& narrow(const std::string& kind, const std::string& session);
  bool remove(const std::string& id) { return keys_.erase(id) > 0; }
  const api_key* by_secret(std::string_view secret) const;
  bool known(const std::string& id) const { return keys_.count(id) == 1; }
  std::string to_json() const;

 private:
  random_source random_;
  std::map<std::string, api_key> keys_;
};

/// The kind of call a request is, as keys name them.
std::string_view action_of(std::string_view method, std::string_view path, bool send_call);

}  // namespace fibrehub::peers
