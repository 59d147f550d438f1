// What an item is about, as far as looking up goes. For .cpp files of this folder.
#pragma once

#include <string>
#include <utility>

#include "store/inbox.hpp"

namespace fibrehub::store {

/// The line of a conversation it makes, or null.
inline const domain::chat_message* message_in(const ingest& item) {
  if (const auto* m = std::get_if<domain::chat_message>(&item.what)) return m;
  if (const auto* w = std::get_if<domain::waiting_message>(&item.what)) return &w->message;
  if (const auto* c = std::get_if<domain::call_note>(&item.what)) return &c->message;
  if (const auto* g = std::get_if<domain::group_change>(&item.what)) return &g->message;
  return nullptr;
}

/// Two names of one person, as the message tells; empty: it tells none, or only one.
inline std::pair<const std::string*, const std::string*> people_in(const domain::chat_message& m) {
  return m.from_me ? std::pair{&m.chat, &m.chat_alt} : std::pair{&m.author, &m.author_alt};
}

/// The name of the message that something was done to, or that is made if it is not there; empty:
/// none. With its session.
inline std::pair<const std::string*, const std::string*> target_in(const ingest& item) {
  if (const auto* c = std::get_if<domain::message_change>(&item.what))
    return {&c->session, &c->message_id};
  if (const auto* w = std::get_if<domain::waiting_message>(&item.what))
    return {&w->message.session, &w->message.message_id};
  if (const auto* c = std::get_if<domain::call_note>(&item.what))
    return {&c->message.session, &c->message.message_id};
  return {nullptr, nullptr};
}

}  // namespace fibrehub::store
