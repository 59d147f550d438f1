// What WAHA answers about sessions and chats, read the tolerant way; or why there is no answer.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "domain/time.hpp"
#include "protocols/transport/http_types.hpp"

namespace fibrehub::channels::waha {

using rest_outcome =
    tl::expected<protocols::transport::http_response, protocols::transport::http_error>;

/// Why a call came to nothing. `kind` is that of docs/waha-events.md, or `unreachable` (no answer
/// came), `not_understood` (an answer that is none of WAHA's) or `stopped` (the hub ends).
struct rest_failure {
  std::string kind;
  std::string message;  // one sentence for people, safe to log
  bool is_transient = true;
  std::string session_status{};  // where WAHA said so
  std::optional<std::chrono::seconds> retry_after{};
  bool is_late = false;  // it did not answer in time
};

template <class T>
using rest_result = tl::expected<T, rest_failure>;

struct server_version {
  std::string version, engine, tier;
};
rest_result<server_version> read_version(const rest_outcome& answer);

/// Since when the server runs, give or take a little: it is reckoned anew at every call. A time
/// that is later by more means that webhooks it owed are lost.
rest_result<domain::instant> read_server_start(const rest_outcome& answer);

/// A session as WAHA shows it.
struct session_info {
  std::string name, status;
  std::string me, me_name, lid;  // of the account, canonical; empty before it is paired
  bool operator==(const session_info&) const = default;
};
rest_result<std::vector<session_info>> read_sessions(const rest_outcome& answer);
/// `path` is the call's, for the verdict on a failure. An empty answer is a session without a name.
rest_result<session_info> read_session(const rest_outcome& answer, std::string_view method,
                                       std::string_view path);

/// The picture's bytes.
rest_result<std::string> read_qr_image(const rest_outcome& answer);
rest_result<std::string> read_qr_text(const rest_outcome& answer);
/// "ABCD-1234".
rest_result<std::string> read_pairing_code(const rest_outcome& answer);

/// One chat of an overview.
struct chat_overview {
  std::string id;
  std::optional<domain::instant> last_at;  // of its newest message; nothing: nobody says
};
/// Entries without an id are left out, and counted in `entries`.
struct overview_page {
  std::vector<chat_overview> chats;
  std::size_t entries = 0;
};
rest_result<overview_page> read_overview(const rest_outcome& answer);

/// The messages of one page as WAHA wrote them, JSON objects.
rest_result<std::vector<std::string>> read_messages(const rest_outcome& answer);

}  // namespace fibrehub::channels::waha
