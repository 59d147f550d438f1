// A pull of what no webhook told of, without its sockets: which chats to read, page by page, and
// what a message that was read becomes. Newest chats first; an overview is left when a whole page
// of it has nothing new, and gone through again until it names no chat that was not read: one that
// moves to the front meanwhile is on no page that is still to come.
#pragma once

#include <deque>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "channels/waha/rest_answers.hpp"
#include "store/inbox.hpp"
#include "store/wa/catch_up.hpp"

namespace fibrehub::channels::waha {

/// What a session's messages would have said of their sender, had they come by webhook.
struct session_identity {
  std::string session, me, me_name, lid;
  server_version server;
};

/// The delivery WAHA would have made of a message it shows: event `message.any`.
std::string envelope_of(const std::string& message_json, const session_identity& who);

/// What the intake gets of it: named as a delivery of the same message would be. Nothing for what
/// is in the bridge's store but no message: reactions, calls, notices of WhatsApp itself.
std::optional<store::ingest> pulled_message(const std::string& channel,
                                            const std::string& message_json,
                                            const session_identity& who,
                                            domain::instant received_at);

/// Chats per page of the overview, messages per page of a chat.
inline constexpr std::size_t overview_limit = 20;
inline constexpr std::size_t messages_limit = 100;

class catch_up_plan {
 public:
  /// After this many chats the pull lets others go on and takes its turn again.
  explicit catch_up_plan(store::catch_up_round round, std::size_t max_chats = 50);

  struct ask_overview {
    std::size_t offset = 0;
  };
  struct ask_messages {
    std::string chat;
    std::size_t offset = 0;
  };
  /// All pages of a chat were read.
  struct finish_chat {
    std::string chat;
    std::int64_t looked_at = 0, found = 0;  // messages
  };
  /// Nothing is left; or, `more`, it is somebody else's turn.
  struct finish {
    bool more = false;
  };
  using action = std::variant<ask_overview, ask_messages, finish_chat, finish>;

  /// What to do now. The same until one of the answers below comes.
  action next() const;

  void on_overview(const overview_page& page);
  /// `found`: of them, those the hub did not have.
  void on_messages(std::size_t messages, std::size_t found);
  void on_chat_finished();
  /// The chat cannot be read although the session can: it counts as done.
  void on_chat_unreadable();

  const store::catch_up_round& round() const { return round_; }

 private:
  bool is_wanted(const chat_overview& chat) const;

  store::catch_up_round round_;
  std::size_t max_chats_;
  std::size_t done_chats_ = 0;
  std::size_t overview_offset_ = 0;
  bool overview_done_ = false;
  bool is_any_added_ = false;      // by this pass through the overview
  std::deque<std::string> chats_;  // to be read; the first is being read
  std::size_t messages_offset_ = 0;
  bool chat_done_ = false;
  std::int64_t looked_at_ = 0, found_ = 0;
};

}  // namespace fibrehub::channels::waha
