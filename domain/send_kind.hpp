// What can be sent into a chat: messages, what is done to messages, and hints that are gone when
// they were seen. Each kind is named, known again and repeated by rules of its own. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace fibrehub::domain {

enum class send_kind {
  text,
  image,
  file,
  voice,
  video,
  location,
  reaction,  // to a message; the empty one takes it away
  edit,      // of a message of ours
  erase,     // a message of ours, for everybody; "delete"
  typing,    // on or off
  seen       // what the other side wrote was read
};
std::string_view name_of(send_kind k);
std::optional<send_kind> send_kind_from(std::string_view name);
/// Those that become a message of the conversation, by name.
std::span<const std::string_view> message_kind_names();

/// Becomes a message of the conversation.
bool is_message(send_kind k);
bool has_file(send_kind k);
/// May be given a name by whoever sends it, where the engine takes names.
bool may_be_named(send_kind k);
/// Doing it twice is the same as doing it once: an attempt without an answer is simply repeated.
bool is_repeatable(send_kind k);
/// Worth nothing a little later, and missed by nobody.
bool is_hint(send_kind k);

/// How a file of this content type is sent when nobody says.
send_kind kind_for_file(std::string_view content_type);
/// Why a file of this type cannot be sent as `k`, or nothing.
std::optional<std::string> file_objection(send_kind k, std::string_view content_type);
/// The type of message it comes back as (domain::chat_message::type); empty for no message.
std::string_view type_of_echo(send_kind k, std::string_view content_type);

}  // namespace fibrehub::domain
