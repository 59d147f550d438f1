// Where the body of a large request goes while it arrives, so that it is never in memory as a
// whole. A route names one with `route::spool`.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

namespace fibrehub::web {

class body_sink {
 public:
  body_sink() = default;
  body_sink(const body_sink&) = delete;
  body_sink& operator=(const body_sink&) = delete;
  virtual ~body_sink() = default;

  /// Takes the next piece; nothing more is read before it has. What goes wrong is kept for the
  /// handler to tell.
  virtual boost::asio::awaitable<void> write(std::string piece) = 0;
};

}  // namespace fibrehub::web
