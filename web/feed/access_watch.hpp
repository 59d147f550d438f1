// Looks again and again whether somebody who listens still may, and ends their feed when not: an
// open feed does not outlive its session or token, nor a change of role or teams.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <memory>

#include "web/auth.hpp"
#include "web/listener_queue.hpp"

namespace fibrehub::web {

/// The code in an answer that refuses, "session_revoked" for instance.
std::string error_code_of(const response& refusal);

struct access_watch_options {
  std::chrono::milliseconds every{15'000};
  std::chrono::milliseconds unsure_for{60'000};  // the store cannot say; then the feed ends, too
};

/// Lives on the io thread.
class access_watch : public std::enable_shared_from_this<access_watch> {
 public:
  access_watch(boost::asio::any_io_executor io, std::shared_ptr<authenticator> auth,
               credential shown, auth_requirement wanted, std::shared_ptr<const principal> who,
               std::shared_ptr<listener_queue> queue, access_watch_options options = {});

  void start();
  void stop();

 private:
  boost::asio::awaitable<void> run();
  std::chrono::milliseconds until_next() const;
  bool judge(const authenticator::verdict& found);

  boost::asio::any_io_executor io_;
  boost::asio::steady_timer timer_;
  std::shared_ptr<authenticator> auth_;
  const credential shown_;
  const auth_requirement wanted_;
  const std::shared_ptr<const principal> who_;
  const std::shared_ptr<listener_queue> queue_;
  const access_watch_options options_;
  std::chrono::steady_clock::time_point sure_at_;
  std::shared_ptr<void> changes_;
  bool again_ = false;  // something changed while a question was under way
  bool stopped_ = false;
};

}  // namespace fibrehub::web
