#include "domain/message_acts.hpp"

#include <fmt/format.h>

namespace fibrehub::domain {
namespace {

act_verdict refused(std::string reason, std::string message) {
  return {act_verdict::kind::refused, std::move(reason), std::move(message)};
}

}  // namespace

act_verdict may_act(message_act act, const written_message& m, instant now) {
  if (act != message_act::react && !m.ours)
    return refused("not_ours", "it was written by somebody else: only they can change it");
  if (act == message_act::edit && !m.is_text)
    return refused("not_text", "only texts can be edited; delete it and send another");
  if (m.state && !has_left(*m.state)) {
    if (*m.state != send_state::queued)
      return refused("not_sent", fmt::format("it was never sent as far as anybody knows: it is {}",
                                             name_of(*m.state)));
    if (m.under_way)
      return refused("on_its_way", "it is on its way at this moment; try again when it has left");
    if (act == message_act::react)
      return refused("not_sent", "it was not sent yet: nobody could see what it is about");
    return {act_verdict::kind::change_waiting};
  }
  if (!m.is_named)
    return refused("unnamed",
                   "it has left, and WhatsApp's name for it is not known yet; try again shortly");
  if (act == message_act::edit && now - m.left_at > edit_window)
    return refused("too_late",
                   fmt::format("WhatsApp takes edits for {} minutes after a message was sent; it"
                               " left at {}",
                               edit_window.count(), to_rfc3339(m.left_at)));
  return {act_verdict::kind::send};
}

}  // namespace fibrehub::domain
