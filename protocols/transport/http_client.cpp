#include "protocols/transport/http_client.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <unordered_set>

#include "protocols/transport/address_policy.hpp"
#include "protocols/transport/http_connection.hpp"

namespace fibrehub::protocols::transport {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::steady_clock;
constexpr auto awaited = asio::as_tuple(asio::use_awaitable);

constexpr std::size_t most_addresses = 8;  // tried of one host name

/// Calls back exactly once; if it is forgotten, its end answers `stopped`.
class once {
 public:
  explicit once(http_client::callback done) : done_(std::move(done)) {}
  once(once&& other) noexcept : done_(std::exchange(other.done_, nullptr)) {}
  once& operator=(once&&) = delete;
  ~once() {
    answer(tl::unexpected(http_error{http_errc::stopped, "the HTTP client was stopped", true}));
  }

  bool waiting() const { return done_ != nullptr; }
  void answer(http_client::outcome value) {
    if (auto done = std::exchange(done_, nullptr)) done(std::move(value));
  }

 private:
  http_client::callback done_;
};

bool may_repeat(const http_request& request) {
  static constexpr std::array<std::string_view, 5> idempotent{"GET", "HEAD", "PUT", "DELETE",
                                                              "OPTIONS"};
  return request.repeatable ||
         std::find(idempotent.begin(), idempotent.end(), request.method) != idempotent.end();
}

/// One request from the call to its answer.
struct call {
  call(asio::io_context& io, http_request wanted, once answer)
      : request(std::move(wanted)), done(std::move(answer)), deadline(io), resolver(io) {}

  /// Answers now; what is still under way ends by itself and is ignored.
  void finish(http_client::outcome value) {
    deadline.cancel();
    resolver.cancel();
    if (connection) connection->close();
    done.answer(std::move(value));
  }

  http_request request;
  once done;
  http_target target;
  asio::steady_timer deadline;
  tcp::resolver resolver;
  std::unique_ptr<http_connection> connection;
  http_connection::progress at;
};

}  // namespace

class http_client::impl : public std::enable_shared_from_this<impl> {
 public:
  impl(asio::io_context& io, http_client_options options)
      : io_(io), options_(std::move(options)), sweep_(io) {}

  asio::io_context& io() { return io_; }

  void start(http_request request, once done) {
    auto refuse = [&](http_errc code, std::string why) {
      done.answer(tl::unexpected(http_error{code, std::move(why), false}));
    };
    if (stopped_) return refuse(http_errc::stopped, "the HTTP client was stopped");
    auto target = parse_http_url(request.url);
    if (!target) return refuse(http_errc::invalid_request, target.error());
    if (auto checked = check_request(request); !checked)
      return refuse(http_errc::invalid_request, checked.error());
    if (calls_.size() >= options_.max_in_flight)
      return refuse(http_errc::overloaded, "too many requests are in flight");
    auto c = std::make_shared<call>(io_, std::move(request), std::move(done));
    c->target = std::move(*target);
    calls_.insert(c);
    arm_deadline(c);
    asio::co_spawn(io_, run(shared_from_this(), c), asio::detached);
  }

  void stop() {
    stopped_ = true;
    auto calls = std::exchange(calls_, {});
    for (const auto& c : calls)
      c->finish(tl::unexpected(
          http_error{http_errc::stopped, "the HTTP client was stopped", c->at.sent}));
    idle_.clear();
    idle_count_ = 0;
    sweep_.cancel();
  }

 private:
  using call_ptr = std::shared_ptr<call>;
  using connection_ptr = std::unique_ptr<http_connection>;

  static void arm_deadline(const call_ptr& c) {
    c->deadline.expires_after(c->request.timeout);
    c->deadline.async_wait([c](error_code ec) {
      if (ec || !c->done.waiting()) return;
      auto why =
          fmt::format("{} did not answer within {} ms", c->target.host, c->request.timeout.count());
      c->finish(tl::unexpected(http_error{http_errc::timeout, std::move(why), c->at.sent}));
    });
  }

  static asio::awaitable<void> run(std::shared_ptr<impl> self, call_ptr c) {
    outcome result =
        tl::unexpected(http_error{http_errc::internal, "the HTTP client failed", true});
    try {
      result = co_await self->attempt(*c);
    } catch (const std::exception& e) {
      result = tl::unexpected(http_error{http_errc::internal, e.what(), c->at.sent});
    }
    self->calls_.erase(c);
    if (!c->done.waiting()) co_return;
    if (result && c->at.keep_alive) self->keep(c->target.origin(), std::move(c->connection));
    c->finish(std::move(result));
  }

  asio::awaitable<outcome> attempt(call& c) {
    c.connection = take(c.target.origin());
    if (c.connection) {
      auto result = co_await c.connection->exchange(c.request, c.target, options_, c.at);
      bool stale = !result && result.error().code == http_errc::reset && !c.at.answered;
      bool again = stale && c.done.waiting() && (may_repeat(c.request) || !c.at.sent);
      if (!again) co_return result;
      c.at = {};
    }
    auto opened = co_await connect(c);
    if (!opened) co_return tl::unexpected(opened.error());
    co_return co_await c.connection->exchange(c.request, c.target, options_, c.at);
  }

  asio::awaitable<tl::expected<void, http_error>> connect(call& c) {
    c.connection.reset();
    asio::ssl::context* tls = nullptr;
    if (c.target.tls) {
      auto ready = tls_context();
      if (!ready) co_return tl::unexpected(http_error{http_errc::tls_failed, ready.error(), false});
      tls = *ready;
    }
    auto addresses = co_await resolve(c);
    if (!addresses) co_return tl::unexpected(addresses.error());
    if (!c.done.waiting())
      co_return tl::unexpected(http_error{http_errc::timeout, "given up", false});
    c.connection = std::make_unique<http_connection>(io_.get_executor(), tls);
    co_return co_await c.connection->open(c.target, *addresses, options_.connect_timeout);
  }

  asio::awaitable<tl::expected<std::vector<tcp::endpoint>, http_error>> resolve(call& c) {
    std::vector<tcp::endpoint> found;
    error_code not_literal;
    auto literal = asio::ip::make_address(c.target.host, not_literal);
    if (!not_literal) {
      found.emplace_back(literal, static_cast<std::uint16_t>(std::stoul(c.target.port)));
    } else {
      auto [ec, results] = co_await c.resolver.async_resolve(
          c.target.host, c.target.port, tcp::resolver::numeric_service, awaited);
      if (ec)
        co_return tl::unexpected(
            http_error{http_errc::resolve_failed,
                       fmt::format("{} has no address: {}", c.target.host, ec.message()), false});
      for (const auto& entry : results)
        found.push_back(entry.endpoint());
    }
    std::erase_if(found, [this](const tcp::endpoint& e) { return !may_call(e.address()); });
    if (found.empty())
      co_return tl::unexpected(
          http_error{http_errc::refused_address,
                     fmt::format("{} leads to an address that must not be called; set "
                                 "allow_private_addresses if it is meant",
                                 c.target.host),
                     false});
    if (found.size() > most_addresses) found.resize(most_addresses);
    co_return found;
  }

  bool may_call(const asio::ip::address& address) const {
    auto kind = classify(address);
    return kind == address_class::global ||
           (kind == address_class::private_ && options_.allow_private_addresses);
  }

  /// Made at the first https request, so that a client that never needs it does not read the
  /// authorities; a file that cannot be read is tried again by the next request.
  tl::expected<asio::ssl::context*, std::string> tls_context() {
    if (tls_) return tls_.get();
    auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_client);
    error_code ec;
    if (SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION) != 1)
      return tl::unexpected(std::string("TLS 1.2 is not available"));
    context->set_verify_mode(asio::ssl::verify_peer, ec);
    if (ec) return tl::unexpected(ec.message());
    context->set_default_verify_paths(ec);
    if (ec)
      return tl::unexpected("the system's certificate authorities cannot be read: " + ec.message());
    if (!options_.ca_file.empty()) {
      context->load_verify_file(options_.ca_file, ec);
      if (ec)
        return tl::unexpected(
            fmt::format("the CA file {} cannot be read: {}", options_.ca_file, ec.message()));
    }
    tls_ = std::move(context);
    return tls_.get();
  }

  connection_ptr take(const std::string& origin) {
    auto found = idle_.find(origin);
    if (found == idle_.end()) return nullptr;
    connection_ptr usable;
    while (!usable && !found->second.empty()) {
      auto candidate = std::move(found->second.back());
      found->second.pop_back();
      --idle_count_;
      bool fresh = steady_clock::now() - candidate->idle_since < options_.idle_timeout;
      if (fresh && candidate->still_quiet()) usable = std::move(candidate);
    }
    if (found->second.empty()) idle_.erase(found);
    return usable;
  }

  void keep(const std::string& origin, connection_ptr connection) {
    if (stopped_ || idle_count_ >= options_.idle_total) return;
    auto& shelf = idle_[origin];
    if (shelf.size() >= options_.idle_per_origin) return;
    connection->idle_since = steady_clock::now();
    shelf.push_back(std::move(connection));
    if (++idle_count_ == 1) arm_sweep();
  }

  /// Closes what has been idle too long; runs only while something is idle.
  void arm_sweep() {
    sweep_.expires_after(options_.idle_timeout);
    sweep_.async_wait([weak = weak_from_this()](error_code ec) {
      auto self = weak.lock();
      if (ec || !self) return;
      auto limit = steady_clock::now() - self->options_.idle_timeout;
      for (auto shelf = self->idle_.begin(); shelf != self->idle_.end();) {
        self->idle_count_ -=
            std::erase_if(shelf->second, [&](const auto& c) { return c->idle_since <= limit; });
        shelf = shelf->second.empty() ? self->idle_.erase(shelf) : std::next(shelf);
      }
      if (self->idle_count_ > 0) self->arm_sweep();
    });
  }

  asio::io_context& io_;
  http_client_options options_;
  std::unique_ptr<asio::ssl::context> tls_;
  std::unordered_set<call_ptr> calls_;
  std::unordered_map<std::string, std::vector<connection_ptr>> idle_;
  std::size_t idle_count_ = 0;
  asio::steady_timer sweep_;
  bool stopped_ = false;
};

http_client::http_client(asio::io_context& io, http_client_options options)
    : impl_(std::make_shared<impl>(io, std::move(options))) {}

http_client::~http_client() {
  stop();
}

void http_client::fetch(http_request request, callback done) {
  asio::post(impl_->io(), [self = impl_, request = std::move(request),
                           answer = once(std::move(done))]() mutable {
    self->start(std::move(request), std::move(answer));
  });
}

void http_client::stop() {
  asio::post(impl_->io(), [self = impl_] { self->stop(); });
}

}  // namespace fibrehub::protocols::transport
