#include "protocols/transport/http_target.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>

namespace fibrehub::protocols::transport {
namespace {

constexpr std::size_t longest_url = std::size_t{8} * 1024;
constexpr std::array<std::string_view, 6> own_headers{
    "host", "content-length", "connection", "transfer-encoding", "te", "upgrade"};

bool is_token(std::string_view text) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           others.find(c) != std::string_view::npos;
  });
}

bool is_one_line(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
  });
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

}  // namespace

std::string http_target::origin() const {
  return fmt::format("{}://{}:{}", tls ? "https" : "http", host, port);
}

tl::expected<http_target, std::string> parse_http_url(std::string_view url) {
  namespace urls = boost::urls;
  if (url.size() > longest_url) return tl::unexpected(std::string("the URL is longer than 8 KB"));
  auto parsed = urls::parse_uri({url.data(), url.size()});
  if (parsed.has_error()) return tl::unexpected(std::string("the URL is not a valid absolute URL"));
  urls::url_view view = *parsed;
  http_target target;
  auto scheme = view.scheme_id();
  if (scheme != urls::scheme::http && scheme != urls::scheme::https)
    return tl::unexpected(std::string("the URL must start with http:// or https://"));
  if (view.has_userinfo())
    return tl::unexpected(std::string("the URL must not carry a user name or password"));
  target.tls = scheme == urls::scheme::https;
  target.host = lower(std::string(view.host_address()));
  bool odd = std::any_of(target.host.begin(), target.host.end(), [](char c) {
    return static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7f ||
           c == '%';
  });
  if (target.host.empty() || odd || target.host.size() > 253)
    return tl::unexpected(std::string("the URL needs a host name in plain ASCII"));
  std::string_view standard = target.tls ? "443" : "80";
  target.port = standard;
  if (std::string_view digits = view.port(); !digits.empty()) {
    std::uint16_t number = 0;
    auto [stop, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (ec != std::errc() || stop != digits.data() + digits.size() || number == 0)
      return tl::unexpected(std::string("the URL's port must be 1 to 65535"));
    target.port = std::to_string(number);
  }
  bool v6 = view.host_type() == urls::host_type::ipv6;
  target.host_header = v6 ? "[" + target.host + "]" : target.host;
  if (target.port != standard) target.host_header += ":" + target.port;
  target.path = std::string(view.encoded_path());
  if (target.path.empty()) target.path = "/";
  if (view.has_query()) target.path += "?" + std::string(view.encoded_query());
  return target;
}

tl::expected<void, std::string> check_request(const http_request& request) {
  if (!is_token(request.method) || request.method.size() > 32 || request.method == "CONNECT")
    return tl::unexpected(std::string("the method is not one that can be sent"));
  for (const auto& [name, value] : request.headers) {
    if (!is_token(name))
      return tl::unexpected(std::string("a header name holds a character that is not allowed"));
    if (!is_one_line(value))
      return tl::unexpected(fmt::format("the header {} holds a control character", name));
    if (std::find(own_headers.begin(), own_headers.end(), lower(name)) != own_headers.end())
      return tl::unexpected(fmt::format("the header {} is written by the client itself", name));
  }
  return {};
}

}  // namespace fibrehub::protocols::transport
