#include "peers/webhook_sender.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <charconv>

namespace fibrehub::peers {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

struct webhook_sender::connection {
  explicit connection(asio::io_context& io) : socket(io) {}

  /// A kept connection that the receiver closed meanwhile is readable: end of file.
  bool alive() {
    boost::system::error_code ec;
    char byte = 0;
    socket.non_blocking(true, ec);
    if (ec) return false;
    socket.receive(asio::buffer(&byte, 1), tcp::socket::message_peek, ec);
    return ec == asio::error::would_block;
  }

  tcp::socket socket;
  boost::beast::flat_buffer buffer;
};

bool webhook_config::wants(std::string_view event) const {
  return std::any_of(events.begin(), events.end(), [&](const std::string& e) {
    return e == event || (e == "*" && event != "state.change" && event != "engine.event");
  });
}

tl::expected<void, std::string> set_webhook_url(webhook_config& config, std::string_view url) {
  config.url = std::string(url);
  constexpr std::string_view scheme = "http://";
  if (!url.starts_with(scheme)) {
    return tl::unexpected(fmt::format("webhook URL must start with http://: {}", url));
  }
  url.remove_prefix(scheme.size());
  const auto slash = url.find('/');
  config.target = slash == std::string_view::npos ? "/" : std::string(url.substr(slash));
  const auto authority = url.substr(0, slash);
  const auto colon = authority.rfind(':');
  config.host = std::string(authority.substr(0, colon));
  config.port = colon == std::string_view::npos ? "80" : std::string(authority.substr(colon + 1));
  if (config.host.empty() || config.port.empty()) {
    return tl::unexpected(fmt::format("webhook URL has no host: {}", config.url));
  }
  return {};
}

double retry_delay_s(const webhook_config& config, int retry, double retry_after_s,
                     random_source& random) {
  double wait_s = config.delay_s;
  if (config.policy == retry_policy::linear) wait_s *= retry;
  if (config.policy == retry_policy::exponential) {
    wait_s *= static_cast<double>(1ULL << static_cast<unsigned>(std::min(retry, 40)));
    wait_s *= 1.0 + 0.2 * random.unit();
  }
  return std::max(wait_s, retry_after_s);
}

webhook_sender::webhook_sender(asio::io_context& io, std::uint64_t seed, std::size_t max_concurrent)
    : io_(io), random_(seed), max_concurrent_(max_concurrent == 0 ? SIZE_MAX : max_concurrent) {}

void webhook_sender::submit(webhook_job job) {
  ++counts_.made;
  ++pending_;
  job.generation = generation_;
  if (job.request_id.empty()) job.request_id = new_request_id();
  job.number = log_.add({job.request_id,
                         job.event,
                         job.session,
                         job.stanza,
                         job.config->url,
                         job.body_id,
                         {},
                         webhook_fate::pending});
  auto shared = std::make_shared<webhook_job>(std::move(job));
  if (shared->hold_ms > 0) {
    asio::co_spawn(io_, enqueue_later(shared, shared->hold_ms / 1000), asio::detached);
  } else {
    ready_.push_back(std::move(shared));
    pump();
  }
}

void webhook_sender::drop_pending() {
  // Jobs that wait or fly notice the new generation when they wake.
  ++generation_;
  counts_.dropped += pending_;
  pending_ = 0;
  log_.lose_pending();
  ready_.clear();
}

void webhook_sender::pump() {
  while (in_flight_ < max_concurrent_ && !ready_.empty()) {
    ++in_flight_;
    asio::co_spawn(io_, attempt(std::move(ready_.front())), asio::detached);
    ready_.pop_front();
  }
}

asio::awaitable<void> webhook_sender::attempt(job_ptr job) {
  const outcome result = co_await post(job);
  --in_flight_;
  settle(job, result);
  pump();
}

void webhook_sender::settle(const job_ptr& job, const outcome& result) {
  const bool acknowledged = result.status >= 200 && result.status < 300;
  ++job->posts;
  ++counts_.posts;
  ++counts_.by_status[result.status];
  const int retries = job->wrong_signature ? 0 : job->config->attempts;
  const bool last = job->posts > retries;
  log_.attempted(job->number, result.status,
                 acknowledged ? webhook_fate::acknowledged
                 : last       ? webhook_fate::given_up
                              : webhook_fate::pending);
  if (observer_) observer_(*job, result.status);
  if (job->generation != generation_) return;  // WAHA forgot it meanwhile
  if (acknowledged) {
    ++counts_.acknowledged;
    --pending_;
  } else if (last) {
    ++counts_.given_up;
    --pending_;
  } else {
    const double wait_s = retry_delay_s(*job->config, job->posts, result.retry_after_s, random_);
    asio::co_spawn(io_, enqueue_later(job, wait_s), asio::detached);
  }
}

asio::awaitable<void> webhook_sender::enqueue_later(job_ptr job, double delay_s) {
  boost::system::error_code ec;
  const auto wait = std::chrono::milliseconds(static_cast<std::int64_t>(delay_s * 1000));
  asio::steady_timer timer(io_, wait);
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ec));
  if (job->generation != generation_) co_return;
  ready_.push_back(std::move(job));
  pump();
}

asio::awaitable<std::shared_ptr<webhook_sender::connection>> webhook_sender::connect(
    const webhook_config& config) {
  auto& kept = idle_[config.host + ":" + config.port];
  while (!kept.empty()) {
    auto candidate = std::move(kept.back());
    kept.pop_back();
    if (candidate->alive()) co_return candidate;
  }
  boost::system::error_code ec;
  tcp::resolver resolver(io_);
  const auto endpoints = co_await resolver.async_resolve(
      config.host, config.port, asio::redirect_error(asio::use_awaitable, ec));
  if (ec) co_return nullptr;
  auto fresh = std::make_shared<connection>(io_);
  co_await asio::async_connect(fresh->socket, endpoints,
                               asio::redirect_error(asio::use_awaitable, ec));
  if (ec) co_return nullptr;
  fresh->socket.set_option(tcp::no_delay(true), ec);
  co_return fresh;
}

/// Redirections are followed as the HTTP client of WAHA does: 307 and 308 keep the POST, the others
/// turn it into a GET, which no receiver of webhooks will like.
asio::awaitable<webhook_sender::outcome> webhook_sender::post(job_ptr job) {
  webhook_config at = *job->config;
  outcome result = co_await post_to(job, at, false);
  bool as_get = false;
  for (int hops = 0; hops < 5 && result.status / 100 == 3 && !result.location.empty(); ++hops) {
    as_get = as_get || (result.status != 307 && result.status != 308);
    const std::string next = result.location.front() == '/'
                                 ? fmt::format("http://{}:{}{}", at.host, at.port, result.location)
                                 : result.location;
    if (!set_webhook_url(at, next)) break;
    result = co_await post_to(job, at, as_get);
  }
  co_return result;
}

asio::awaitable<webhook_sender::outcome> webhook_sender::post_to(job_ptr job, webhook_config at,
                                                                 bool as_get) {
  const webhook_config& config = at;
  outcome result;
  auto link = co_await connect(config);
  if (!link) co_return result;

  http::request<http::string_body> request(as_get ? http::verb::get : http::verb::post,
                                           config.target, 11);
  request.set(http::field::accept, "application/json, text/plain, */*");
  request.set(http::field::content_type, "application/json");
  request.set(http::field::user_agent, config.user_agent);
  if (config.signed_headers) {
    request.set("X-Webhook-Request-Id", job->request_id);
    request.set("X-Webhook-Timestamp", fmt::format("{}", job->timestamp_ms));
  }
  if (!config.hmac_key.empty()) {
    const std::string key = job->wrong_signature ? config.hmac_key + "?" : config.hmac_key;
    request.set("X-Webhook-Hmac", hmac_sha512_hex(key, job->body));
    request.set("X-Webhook-Hmac-Algorithm", "sha512");
  }
  for (const auto& [name, value] : config.custom_headers)
    request.set(name, value);
  request.set(http::field::accept_encoding, "gzip, compress, deflate, br");
  request.set(http::field::host, fmt::format("{}:{}", config.host, config.port));
  request.set(http::field::connection, "keep-alive");
  if (!as_get) request.body() = job->body;
  request.prepare_payload();

  boost::system::error_code ec;
  co_await http::async_write(link->socket, request, asio::redirect_error(asio::use_awaitable, ec));
  if (ec) co_return result;
  http::response_parser<http::string_body> parser;
  parser.body_limit(1 << 20);
  co_await http::async_read(link->socket, link->buffer, parser,
                            asio::redirect_error(asio::use_awaitable, ec));
  if (ec) co_return result;
  const auto& response = parser.get();
  result.status = response.result_int();
  const auto after = response[http::field::retry_after];
  int seconds = 0;
  std::from_chars(after.data(), after.data() + after.size(), seconds);
  result.retry_after_s = seconds;
  result.location = std::string(response[http::field::location]);
  if (response.keep_alive()) idle_[config.host + ":" + config.port].push_back(std::move(link));
  co_return result;
}

}  // namespace fibrehub::peers
