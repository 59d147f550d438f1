// A blocking HTTP/1.1 client on a plain socket: tests have to send what no library would, and see
// exactly what comes back. Everything gives up after a time limit.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fibrehub::e2e {

struct http_answer {
  unsigned status = 0;                         // 0: no complete answer
  std::map<std::string, std::string> headers;  // lower-case names
  std::string body;
};

using http_headers = std::vector<std::pair<std::string, std::string>>;

class http_connection {
 public:
  explicit http_connection(std::uint16_t port) : port_(port) {}
  ~http_connection();
  http_connection(const http_connection&) = delete;
  http_connection& operator=(const http_connection&) = delete;

  /// Connects when it has to, and keeps the connection for the next request.
  http_answer request(std::string_view method, const std::string& target,
                      const std::string& body = {}, const http_headers& headers = {});

  /// For what is no ordinary request: bytes out, bytes in. False or empty: the connection is gone.
  bool send(std::string_view bytes);
  std::string receive_some();
  /// The head and body of one answer.
  http_answer receive_answer();
  void close();

 private:
  bool connect();

  std::uint16_t port_;
  int socket_ = -1;
  std::string buffer_;  // received and not yet used
};

/// One request on a connection of its own.
http_answer fetch(std::uint16_t port, std::string_view method, const std::string& target,
                  const std::string& body = {}, const http_headers& headers = {});
/// GET with a token.
http_answer get(std::uint16_t port, const std::string& target, const std::string& token);

/// The session token of somebody who signs in; empty when they cannot. `from` is what a trusted
/// proxy says of their address: twenty sign-ins a minute are allowed to one.
std::string sign_in(std::uint16_t port, const std::string& email, const std::string& password,
                    const std::string& from = {});

/// A port nobody listens on and no outgoing connection is given: for hubs that are started again
/// where they were.
std::uint16_t free_port();

}  // namespace fibrehub::e2e
