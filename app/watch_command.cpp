#include "app/watch_command.hpp"

#include <fmt/format.h>
#include <openssl/ssl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <tl/expected.hpp>

#include "app/watch_format.hpp"
#include "protocols/backoff.hpp"
#include "protocols/sse_parser.hpp"
#include "protocols/transport/http_target.hpp"

namespace fibrehub::app {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using protocols::transport::http_target;
using namespace std::chrono_literals;

constexpr auto awaited = asio::as_tuple(asio::use_awaitable);
constexpr auto connect_timeout = 10s;
constexpr auto silence_limit = 45s;  // the hub says something at least every 15 s
constexpr auto shortest_pause = 200ms;
constexpr protocols::backoff_policy pauses{500ms, 10s};
constexpr std::size_t header_limit_bytes = 16'384;
constexpr std::size_t chunk_bytes = 16'384;
constexpr int refused = 2;

struct watch_options {
  std::string url = "http://127.0.0.1:8080";
  std::string token_file;
  std::string token;  // "env:NAME" or "file:PATH"
  std::string ca_file;
  int once_seconds = 0;
  bool no_colour = false;
};

using token_text = tl::expected<std::string, std::string>;

token_text checked_token(std::string text, const std::string& place) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
    text.pop_back();
  if (text.empty()) return tl::unexpected(place + " is empty");
  const bool is_one_word =
      std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  if (!is_one_word) return tl::unexpected(place + " does not hold a token");
  return text;
}

token_text token_of_file(const std::string& path) {
  std::ifstream file(path);
  std::string text;
  if (!std::getline(file, text)) return tl::unexpected(path + " cannot be read, or is empty");
  return checked_token(std::move(text), path);
}

token_text token_of_variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr)
    return tl::unexpected(fmt::format("the environment variable {} is not set", name));
  return checked_token(value, "the environment variable " + name);
}

/// A token on the command line would be there for every user of the machine to see.
token_text find_token(const watch_options& options) {
  if (!options.token_file.empty()) return token_of_file(options.token_file);
  if (options.token.empty()) {
    auto found = token_of_variable("FIBREHUB_TOKEN");
    if (found) return found;
    return tl::unexpected(std::string(
        "a token is needed: --token-file FILE, --token env:NAME, or the variable FIBREHUB_TOKEN; "
        "`fibrehub token create --name NAME --scope read` makes one"));
  }
  if (options.token.starts_with("env:")) return token_of_variable(options.token.substr(4));
  if (options.token.starts_with("file:")) return token_of_file(options.token.substr(5));
  return tl::unexpected(
      std::string("--token wants env:NAME or file:PATH, so that the token itself stays hidden"));
}

watch_style style_of(const watch_options& options) {
  watch_style style;
  const bool is_terminal = ::isatty(STDOUT_FILENO) == 1;
  const char* no_colour = std::getenv("NO_COLOR");
  style.colour = is_terminal && !options.no_colour && (no_colour == nullptr || *no_colour == '\0');
  winsize size{};
  if (is_terminal && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) style.width = size.ws_col;
  return style;
}

/// How one connection ended.
struct ending {
  std::string why;
  bool is_final = false;  // trying again cannot help
  bool had_feed = false;  // the feed had begun
};

class watcher {
 public:
  watcher(const watch_options& options, http_target target, std::string token)
      : options_(options), target_(std::move(target)), token_(std::move(token)) {}

  int run() {
    asio::signal_set signals(io_, SIGINT, SIGTERM);
    signals.async_wait([this](error_code ec, int) {
      if (!ec) io_.stop();
    });
    asio::steady_timer end(io_);
    if (options_.once_seconds > 0) {
      end.expires_after(std::chrono::seconds(options_.once_seconds));
      end.async_wait([this](error_code ec) {
        if (!ec) io_.stop();
      });
    }
    if (!prepare_tls()) return refused;
    asio::co_spawn(io_, follow(), asio::detached);
    io_.run();
    return exit_code_;
  }

 private:
  bool prepare_tls() {
    error_code ec;
    tls_.set_verify_mode(asio::ssl::verify_peer);
    tls_.set_default_verify_paths(ec);
    if (options_.ca_file.empty()) return true;
    tls_.load_verify_file(options_.ca_file, ec);
    if (ec) notice(fmt::format("{} holds no certificate: {}", options_.ca_file, ec.message()));
    return !ec;
  }

  asio::awaitable<void> follow() {
    std::mt19937 random{std::random_device{}()};
    std::uniform_real_distribution<double> unit(0.0, 1.0);
    for (std::uint32_t attempt = 0;; ++attempt) {
      const ending end = co_await listen();
      if (end.is_final) {
        std::fprintf(stderr, "fibrehub watch: %s\n", end.why.c_str());
        exit_code_ = refused;
        io_.stop();
        co_return;
      }
      if (end.had_feed) attempt = 0;
      if (end.had_feed || !is_away_) notice(end.why + "; trying again");
      is_away_ = true;
      asio::steady_timer pause(io_);
      pause.expires_after(std::max<std::chrono::milliseconds>(
          parser_.retry().value_or(shortest_pause),
          protocols::full_jitter(pauses, attempt, unit(random))));
      co_await pause.async_wait(awaited);
    }
  }

  asio::awaitable<ending> listen() {
    tcp::resolver resolver(io_);
    auto [unknown, addresses] =
        co_await resolver.async_resolve(target_.host, target_.port, awaited);
    if (unknown)
      co_return ending{fmt::format("{} has no address ({})", target_.host, unknown.message())};
    parser_.restart();
    if (!target_.tls) {
      beast::tcp_stream stream(io_);
      co_return co_await connect_and_read(stream, addresses);
    }
    beast::ssl_stream<beast::tcp_stream> stream(io_, tls_);
    co_return co_await connect_and_read(stream, addresses);
  }

  template <class Stream>
  asio::awaitable<ending> connect_and_read(Stream& stream,
                                           const tcp::resolver::results_type& addresses) {
    auto& transport = beast::get_lowest_layer(stream);
    transport.expires_after(connect_timeout);
    auto [unreachable, endpoint] = co_await transport.async_connect(addresses, awaited);
    if (unreachable)
      co_return ending{
          fmt::format("no connection to {} ({})", target_.host_header, unreachable.message())};
    if constexpr (!std::is_same_v<Stream, beast::tcp_stream>) {
      SSL_set_tlsext_host_name(stream.native_handle(), target_.host.c_str());
      stream.set_verify_callback(asio::ssl::host_name_verification(target_.host));
      auto [untrusted] = co_await stream.async_handshake(asio::ssl::stream_base::client, awaited);
      if (untrusted)
        co_return ending{fmt::format("no trusted TLS connection to {} ({})", target_.host_header,
                                     untrusted.message())};
    }
    http::request<http::empty_body> request = ask();
    auto [unsent, sent] = co_await http::async_write(stream, request, awaited);
    if (unsent) co_return ending{fmt::format("{} closed the connection", target_.host_header)};
    co_return co_await read_feed(stream);
  }

  http::request<http::empty_body> ask() const {
    http::request<http::empty_body> request(http::verb::get, target_.path, 11);
    request.set(http::field::host, target_.host_header);
    request.set(http::field::authorization, "Bearer " + token_);
    request.set(http::field::accept, "text/event-stream");
    request.set(http::field::user_agent, "fibrehub-watch/" FIBREHUB_VERSION);
    if (!parser_.last_event_id().empty()) request.set("Last-Event-ID", parser_.last_event_id());
    return request;
  }

  template <class Stream>
  asio::awaitable<ending> read_feed(Stream& stream) {
    beast::flat_buffer buffer(header_limit_bytes + chunk_bytes);
    http::response_parser<http::buffer_body> answer;
    answer.header_limit(header_limit_bytes);
    answer.body_limit(boost::none);
    auto [no_head, got] = co_await http::async_read_header(stream, buffer, answer, awaited);
    if (no_head)
      co_return ending{
          fmt::format("{} gave no answer ({})", target_.host_header, no_head.message())};
    if (auto bad = check_head(answer.get())) co_return *bad;
    if (std::exchange(is_away_, false)) notice("connected again");
    std::array<char, chunk_bytes> chunk{};
    std::vector<protocols::sse_event> events;
    ending end{.why = "the hub ended the feed", .had_feed = true};
    while (!answer.is_done()) {
      answer.get().body().data = chunk.data();
      answer.get().body().size = chunk.size();
      beast::get_lowest_layer(stream).expires_after(silence_limit);
      auto [ec, n] = co_await http::async_read_some(stream, buffer, answer, awaited);
      events.clear();
      const bool fits =
          parser_.feed({chunk.data(), chunk.size() - answer.get().body().size}, events);
      print(events);
      if (!fits) end.why = "the hub sent an event that is too large";
      if (ec == beast::error::timeout) end.why = "the hub has gone silent";
      if (!fits || (ec && ec != http::error::need_buffer)) break;
    }
    co_return end;
  }

  template <class Head>
  std::optional<ending> check_head(const Head& head) const {
    const unsigned status = head.result_int();
    if (status == 200 && head[http::field::content_type].starts_with("text/event-stream"))
      return std::nullopt;
    ending end{.why = fmt::format("{} answered {}", target_.host_header, status)};
    if (status == 401 || status == 403) {
      end = {fmt::format(
                 "the hub refused the token ({}): it is wrong, revoked, or has no scope `read`",
                 status),
             true};
    } else if (status < 500 && status != 429) {
      end = {fmt::format("{} answered {}: this does not look like a FibreHub", target_.host_header,
                         status),
             true};
    }
    return end;
  }

  void print(const std::vector<protocols::sse_event>& events) {
    if (events.empty()) return;
    const watch_style style = style_of(options_);  // the window may have changed
    for (const auto& event : events) {
      if (event.kind == "reset") {
        notice("some events were missed while the connection was away");
        continue;
      }
      const std::string line = format_watch_line(event.kind, event.data, style) + '\n';
      std::fwrite(line.data(), 1, line.size(), stdout);
    }
    if (std::fflush(stdout) != 0) io_.stop();  // nobody reads any more
  }

  static void notice(const std::string& text) {
    std::fprintf(stderr, "-- %s\n", printable(text).c_str());
  }

  const watch_options& options_;
  const http_target target_;
  const std::string token_;
  protocols::sse_parser parser_;
  bool is_away_ = false;
  int exit_code_ = 0;
  asio::ssl::context tls_{asio::ssl::context::tls_client};
  asio::io_context io_{1};
};

int watch(const watch_options& options) {
  const auto fail = [](const std::string& why) {
    std::fprintf(stderr, "fibrehub watch: %s\n", why.c_str());
    return refused;
  };
  std::string base = options.url;
  while (base.ends_with('/'))
    base.pop_back();
  auto target = protocols::transport::parse_http_url(base + "/api/v1/events");
  if (!target) return fail(fmt::format("--url {}: {}", options.url, target.error()));
  auto token = find_token(options);
  if (!token) return fail(token.error());
  std::setlocale(LC_CTYPE, "C.UTF-8");  // for the widths of characters
  std::signal(SIGPIPE, SIG_IGN);
  return watcher(options, std::move(*target), std::move(*token)).run();
}

}  // namespace

void add_watch_command(CLI::App& program, int& exit_code) {
  auto options = std::make_shared<watch_options>();
  auto* command = program.add_subcommand("watch", "Show live how messages become tickets");
  command->add_option("--url", options->url, "Address of the hub")->capture_default_str();
  auto* file = command
                   ->add_option("--token-file", options->token_file,
                                "File with an API token of scope read (default: the variable "
                                "FIBREHUB_TOKEN)")
                   ->type_name("FILE");
  command->add_option("--token", options->token, "The same as env:NAME or file:PATH")
      ->type_name("REFERENCE")
      ->excludes(file);
  command
      ->add_option("--ca-file", options->ca_file,
                   "PEM file with a certificate authority to trust besides the system's")
      ->type_name("FILE");
  command->add_option("--once-seconds", options->once_seconds, "End after this time")
      ->check(CLI::Range(1, 86'400));
  command->add_flag("--no-color,--no-colour", options->no_colour,
                    "Plain text (also: the variable NO_COLOR, or output that is no terminal)");
  command->callback([options, &exit_code] { exit_code = watch(*options); });
}

}  // namespace fibrehub::app
