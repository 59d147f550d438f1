#include "protocols/files/magic_type.hpp"

#include <magic.h>

#include <memory>

namespace fibrehub::protocols::files {
namespace {

constexpr std::size_t max_looked_at_bytes = 131'072;

constexpr int flags = MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS | MAGIC_NO_CHECK_TAR |
                      MAGIC_NO_CHECK_APPTYPE | MAGIC_NO_CHECK_ELF | MAGIC_NO_CHECK_CDF |
                      MAGIC_NO_CHECK_CSV | MAGIC_NO_CHECK_JSON;

struct closing {
  void operator()(magic_t cookie) const { magic_close(cookie); }
};
using cookie_ptr = std::unique_ptr<magic_set, closing>;

cookie_ptr loaded() {
  cookie_ptr cookie(magic_open(flags));
  if (cookie && magic_load(cookie.get(), nullptr) != 0) cookie.reset();
  return cookie;
}

}  // namespace

std::optional<std::string> magic_type(std::string_view bytes) {
  // A cookie must not be shared between threads.
  thread_local cookie_ptr cookie;
  if (!cookie) cookie = loaded();
  if (!cookie) return std::nullopt;
  bytes = bytes.substr(0, max_looked_at_bytes);
  const char* const type = magic_buffer(cookie.get(), bytes.data(), bytes.size());
  if (type == nullptr) return std::nullopt;
  return std::string(type);
}

}  // namespace fibrehub::protocols::files
