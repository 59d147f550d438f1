// What signing in takes at run time: the authenticator, the identity provider's keys, the threads
// for passwords, the routes of people; and the first admin of a new hub.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "actors/blocking_pool.hpp"
#include "config/values.hpp"
#include "protocols/transport/http_client.hpp"
#include "web/api/people_desk.hpp"
#include "web/auth.hpp"
#include "web/identity_provider.hpp"

namespace fibrehub::app {

class people_parts {
 public:
  /// The error is a sentence: the secrets key is no key. `io` and `backend` must outlive it.
  static tl::expected<std::unique_ptr<people_parts>, std::string> make(const config::values& values,
                                                                       boost::asio::io_context& io,
                                                                       web::api::backend& backend);

  std::shared_ptr<web::authenticator> authenticator() const { return auth_; }
  std::vector<web::route> routes();
  /// Begins to look after the first admin, as soon as `io` runs.
  void start();
  /// Ends requests to the identity provider.
  void stop_requests();
  /// Ends the threads, after the io thread has ended.
  void stop();

 private:
  people_parts(const config::values& values, boost::asio::io_context& io,
               web::api::backend& backend, std::string secrets_key);
  web::people_source source();
  void know_provider(const config::section_values& oidc);
  boost::asio::awaitable<void> make_first_admin();
  boost::asio::awaitable<void> write_down_used_tokens();

  boost::asio::io_context& io_;
  web::api::backend& backend_;
  std::string first_admin_;
  std::unique_ptr<protocols::transport::http_client> client_;
  std::shared_ptr<web::identity_provider> provider_;
  actors::blocking_pool passwords_;
  std::shared_ptr<web::authenticator> auth_;
  std::unique_ptr<web::api::people_desk> desk_;
};

}  // namespace fibrehub::app
