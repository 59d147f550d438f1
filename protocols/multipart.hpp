// Files in a form: multipart/form-data (RFC 7578 over RFC 2046, section 5.1). A body that has
// arrived as a whole is cut into its parts without copying them. Strict where being lenient would
// let two readers see two different things.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace fibrehub::protocols {

struct multipart_limits {
  std::size_t max_parts = 32;
  std::size_t max_header_bytes = std::size_t{4} * 1024;  // of one part, all its lines
};

/// Views point into the body.
struct multipart_part {
  std::string name;                      // of the field
  std::optional<std::string> file_name;  // as sent; nothing: a plain field
  std::string content_type;              // as sent, or empty
  std::string_view content;
};

struct multipart_error {
  std::size_t offset = 0;  // in the body
  std::string message;     // what is wrong, for the sender
};

/// True for a Content-Type of multipart/form-data, whatever its parameters.
bool is_multipart_form(std::string_view content_type);

/// The boundary of a multipart Content-Type: 1 to 70 characters of RFC 2046's `bchars`, not ending
/// in a space. Nothing when there is none, or more than one.
std::optional<std::string> multipart_boundary(std::string_view content_type);

/// The parts in their order. Every part needs a Content-Disposition of form-data with a name; the
/// closing boundary has to be there; what stands before the first boundary and after the last is
/// ignored. A Content-Transfer-Encoding other than 7bit, 8bit and binary is refused (RFC
/// 7578, 4.7).
tl::expected<std::vector<multipart_part>, multipart_error> parse_multipart(
    std::string_view body, std::string_view boundary, const multipart_limits& limits = {});

}  // namespace fibrehub::protocols
