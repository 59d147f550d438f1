#include "tests/e2e/http.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "protocols/json/parse.hpp"

namespace fibrehub::e2e {
namespace {

constexpr timeval time_limit{20, 0};

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

std::map<std::string, std::string> read_headers(std::string_view head) {
  std::map<std::string, std::string> out;
  while (!head.empty()) {
    const std::string_view line = head.substr(0, head.find("\r\n"));
    head.remove_prefix(std::min(head.size(), line.size() + 2));
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    std::string name(line.substr(0, colon));
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    std::string_view value = line.substr(colon + 1);
    value.remove_prefix(std::min(value.size(), value.find_first_not_of(' ')));
    // Cookies come in lines of their own; of other headers the last line counts.
    if (name == "set-cookie" && out.contains(name)) {
      out[name].append("\n").append(value);
    } else {
      out[name] = value;
    }
  }
  return out;
}

}  // namespace

http_connection::~http_connection() {
  close();
}

void http_connection::close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
  buffer_.clear();
}

bool http_connection::connect() {
  if (socket_ >= 0) return true;
  buffer_.clear();
  socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &time_limit, sizeof time_limit);
  setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &time_limit, sizeof time_limit);
  const int on = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const sockaddr_in address = loopback(port_);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return true;
  close();
  return false;
}

bool http_connection::send(std::string_view bytes) {
  if (!connect()) return false;
  while (!bytes.empty()) {
    const ssize_t n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

std::string http_connection::receive_some() {
  if (!buffer_.empty()) return std::exchange(buffer_, {});
  if (socket_ < 0) return {};
  char bytes[16384];
  const ssize_t n = recv(socket_, bytes, sizeof bytes, 0);
  if (n <= 0) return {};
  return {bytes, static_cast<std::size_t>(n)};
}

http_answer http_connection::receive_answer() {
  std::string text = std::exchange(buffer_, {});
  const auto more = [&] {
    std::string next = receive_some();
    text += next;
    return !next.empty();
  };
  std::size_t head_end = 0;
  while ((head_end = text.find("\r\n\r\n")) == std::string::npos)
    if (!more()) return {};
  http_answer answer;
  answer.headers = read_headers(std::string_view(text).substr(0, head_end));
  std::size_t length = 0;
  const std::string& announced = answer.headers["content-length"];
  std::from_chars(announced.data(), announced.data() + announced.size(), length);
  while (text.size() < head_end + 4 + length)
    if (!more()) return {};
  answer.body = text.substr(head_end + 4, length);
  buffer_ = text.substr(head_end + 4 + length);
  std::from_chars(text.data() + 9, text.data() + 12, answer.status);  // "HTTP/1.1 200 …"
  if (answer.headers["connection"] == "close") close();
  return answer;
}

http_answer http_connection::request(std::string_view method, const std::string& target,
                                     const std::string& body, const http_headers& headers) {
  std::string text = fmt::format("{} {} HTTP/1.1\r\nHost: 127.0.0.1\r\n", method, target);
  for (const auto& [name, value] : headers)
    text += fmt::format("{}: {}\r\n", name, value);
  if (!body.empty() || method == "POST") text += fmt::format("Content-Length: {}\r\n", body.size());
  text += "\r\n" + body;
  http_answer answer;
  if (send(text)) answer = receive_answer();
  if (answer.status == 0) close();
  return answer;
}

http_answer fetch(std::uint16_t port, std::string_view method, const std::string& target,
                  const std::string& body, const http_headers& headers) {
  http_connection connection(port);
  return connection.request(method, target, body, headers);
}

http_answer get(std::uint16_t port, const std::string& target, const std::string& token) {
  return fetch(port, "GET", target, {}, {{"Authorization", "Bearer " + token}});
}

std::string sign_in(std::uint16_t port, const std::string& email, const std::string& password,
                    const std::string& from) {
  http_headers headers{{"Content-Type", "application/json"}};
  if (!from.empty()) headers.emplace_back("X-Forwarded-For", from);
  const http_answer in =
      fetch(port, "POST", "/api/v1/auth/sign-in",
            R"({"email":")" + email + R"(","password":")" + password + R"("})", headers);
  const auto body = protocols::json::parse(in.body);
  const auto* data = body ? protocols::json::find(*body, "data") : nullptr;
  return data ? std::string(protocols::json::text(*data, "session_token")) : "";
}

std::uint16_t free_port() {
  // Below the range for outgoing connections: a client that keeps trying a port where nobody
  // listens would else be given that very port, and talk to itself.
  // Programs begun one after the other begin far from each other.
  static int next = getpid() % 8000 * 401 % 8000;
  for (int i = 0; i < 8000; ++i) {
    const auto port = static_cast<std::uint16_t>(20000 + next++ % 8000);
    const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(port);
    const bool is_free =
        bind(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(probe);
    if (is_free) return port;
  }
  throw std::runtime_error("no free port");
}

}  // namespace fibrehub::e2e
