// The few system calls the driver makes, with errors in words.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "bench/load/url.hpp"

namespace fibrehub::bench {

/// Owns a descriptor.
class descriptor {
 public:
  descriptor() = default;
  explicit descriptor(int fd) : fd_(fd) {}
  descriptor(descriptor&& other) noexcept : fd_(other.release()) {}
  descriptor& operator=(descriptor&& other) noexcept;
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release();
  void reset();

 private:
  int fd_ = -1;
};

struct socket_address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

/// First address of the target that accepts a connection; throws std::runtime_error saying why not.
socket_address reachable_address(const target_url& url);

/// A non-blocking TCP socket that is connecting or connected; empty on failure (see errno).
descriptor start_connecting(const socket_address& address);

/// What became of a connection attempt: 0 or an errno.
int connect_outcome(int fd);

/// Monotonic nanoseconds.
std::int64_t now_ns();
/// User and system time of this process, seconds.
double own_cpu_s();

std::string errno_text(int error);

/// Appends lines to a file, whole lines at a time, handing them to the kernel at every flush.
class line_file {
 public:
  /// An empty name keeps nothing. Throws std::runtime_error when the file cannot be opened.
  explicit line_file(const std::string& name);
  bool wanted() const { return static_cast<bool>(fd_); }
  void add(std::string_view line);
  /// Throws std::runtime_error when the disk refuses.
  void flush();

 private:
  std::string name_;
  descriptor fd_;
  std::string pending_;
};

}  // namespace fibrehub::bench
