#include "domain/message_history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>

namespace fibrehub::domain {
namespace {

constexpr std::array<std::string_view, 3> step_names{"received", "rejected", "accepted"};
constexpr std::array<std::string_view, 4> change_names{"edited", "revoked", "reaction", "vote"};

/// The edit that counts, or null.
const text_edit* deciding(const message_text& text) {
  const auto later = [&](const text_edit& e) { return text.revoked_at && e.at > *text.revoked_at; };
  const auto last = std::find_if_not(text.edits.rbegin(), text.edits.rend(), later);
  return last == text.edits.rend() ? nullptr : &*last;
}

}  // namespace

const std::string& message_text::current() const {
  const text_edit* const edit = deciding(*this);
  return edit == nullptr ? original : edit->text;
}

std::optional<instant> message_text::edited_at() const {
  const text_edit* const edit = deciding(*this);
  return edit == nullptr ? std::nullopt : std::optional(edit->at);
}

bool add_edit(message_text& text, text_edit edit) {
  const auto place = std::lower_bound(text.edits.begin(), text.edits.end(), edit,
                                      [](const text_edit& a, const text_edit& b) {
                                        return std::tie(a.at, a.key) < std::tie(b.at, b.key);
                                      });
  if (place != text.edits.end() && place->at == edit.at && place->key == edit.key) return false;
  text.edits.insert(place, std::move(edit));
  return true;
}

void revoke(message_text& text, instant at) {
  text.revoked_at = text.revoked_at ? std::min(*text.revoked_at, at) : at;
}

std::string call_text(call_note::step step, bool video, bool group) {
  return fmt::format("{}{} call: {}", group ? "Group " : "",
                     group ? (video ? "video" : "voice") : (video ? "Video" : "Voice"),
                     name_of(step));
}

std::string_view name_of(call_note::step step) {
  return step_names[static_cast<std::size_t>(step)];
}

std::optional<call_note::step> call_step_from(std::string_view name) {
  const auto at = std::find(step_names.begin(), step_names.end(), name);
  if (at == step_names.end()) return std::nullopt;
  return static_cast<call_note::step>(at - step_names.begin());
}

std::string_view name_of(message_change::kind kind) {
  return change_names[static_cast<std::size_t>(kind)];
}

}  // namespace fibrehub::domain
