// Runs a program as a child of this one, as another user when asked, so that it cannot outlive us.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace fibrehub::store {

struct child_spec {
  std::vector<std::string> argv;  // argv[0] is the program's path
  std::optional<std::string> run_as;
  std::string output_file;  // stdout and stderr are appended there
  int death_signal = 0;     // sent to the child when this process dies; 0: none
};

/// Starts it and returns its pid; the error is a sentence.
tl::expected<pid_t, std::string> launch_child(const child_spec& spec);

/// Starts it, waits, and returns its exit status (128 + n for signal n).
tl::expected<int, std::string> run_child(const child_spec& spec);

/// Makes `user` the owner of a path; nothing happens when this process is not root.
tl::expected<void, std::string> give_to_user(const std::string& path, const std::string& user);

}  // namespace fibrehub::store
