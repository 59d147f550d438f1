// Server-sent events from bytes, as the HTML standard reads them: any line ending, any cut between
// two reads. Pure; the connection is the caller's.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fibrehub::protocols {

struct sse_event {
  std::string id;    // the last id seen up to here; empty: none
  std::string kind;  // "message" when the server named none
  std::string data;  // data lines joined by line feeds
};

class sse_parser {
 public:
  static constexpr std::size_t default_limit_bytes = 1'048'576;

  /// `limit_bytes`: of one event, and of one line.
  explicit sse_parser(std::size_t limit_bytes = default_limit_bytes);

  /// Takes the next bytes of the stream and appends the events they complete. False: an event is
  /// larger than the limit; the connection should be given up and the parser restarted.
  [[nodiscard]] bool feed(std::string_view bytes, std::vector<sse_event>& out);

  /// A new connection begins: forgets a half received event, keeps the last id.
  void restart();

  /// What to send as Last-Event-ID when coming back; empty: nothing.
  const std::string& last_event_id() const { return last_id_; }
  /// How long the server wants listeners to wait before they come back.
  std::optional<std::chrono::milliseconds> retry() const { return retry_; }

 private:
  void end_line(std::vector<sse_event>& out);
  void take_field(std::string_view name, std::string_view value);
  void dispatch(std::vector<sse_event>& out);

  std::size_t limit_bytes_;
  std::string line_;
  std::string kind_;
  std::string data_;
  bool has_data_ = false;
  bool at_start_ = true;    // a byte order mark may come
  bool after_cr_ = false;   // a line feed now belongs to the line that has ended
  std::string pending_id_;  // becomes the last id when its event is complete
  std::string last_id_;
  std::optional<std::chrono::milliseconds> retry_;
};

}  // namespace fibrehub::protocols
