// Nobody has all readers to themselves: how many questions of one caller may be read at a time.
// What is more waits in line for a while, and is refused when the line is long. Lives on the io
// thread, so that it needs no lock.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "store/error.hpp"

namespace fibrehub::web::api {

struct read_share_limits {
  std::size_t at_a_time = 3;
  std::size_t waiting = 200;
  std::chrono::milliseconds patience{8000};  // in line
};

class read_shares {
  struct state;

 public:
  read_shares(boost::asio::any_io_executor executor, read_share_limits limits);
  ~read_shares();
  read_shares(const read_shares&) = delete;
  read_shares& operator=(const read_shares&) = delete;

  /// Given back when it goes; it may outlive the shares.
  class place {
   public:
    place(std::shared_ptr<state> of, std::string who);
    place(place&&) = default;
    place& operator=(place&& other) noexcept {
      std::swap(of_, other.of_);
      std::swap(who_, other.who_);
      return *this;
    }
    ~place();

   private:
    std::shared_ptr<state> of_;
    std::string who_;
  };

  /// A place among the questions of `who`; nothing when too many wait, or none came in time.
  boost::asio::awaitable<std::optional<place>> enter(std::string who);
  /// What to answer without one: 429.
  store::error refusal() const;

  std::uint64_t refused() const;
  std::size_t callers() const;  // with a question under way

 private:
  std::shared_ptr<state> state_;
};

}  // namespace fibrehub::web::api
