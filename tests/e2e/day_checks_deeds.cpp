// What staff did, one by one: each acknowledged deed happened on the other side, once.
#include "tests/e2e/day_world.hpp"

namespace fibrehub::e2e {

void ScriptedDay::expect_deeds() {
  findings wrong;
  std::map<deed, int> counts;
  for (const day_deed& d : deeds_) {
    ++counts[d.what];
    switch (d.what) {
      case deed::text:
      case deed::photo:
        expect_written(d, wrong);
        break;
      case deed::edit:
        expect_edited(d, wrong);
        break;
      case deed::erase:
        expect_erased(d, wrong);
        break;
      case deed::react:
        expect_reacted(d, wrong);
        break;
    }
  }
  EXPECT_NONE(wrong);
  for (const deed one : {deed::text, deed::photo, deed::edit, deed::erase, deed::react})
    EXPECT_GT(counts[one], 0) << static_cast<int>(one);
  fmt::print("day: staff wrote {} texts and {} photos, edited {}, deleted {}, reacted to {}\n",
             counts[deed::text], counts[deed::photo], counts[deed::edit], counts[deed::erase],
             counts[deed::react]);
}

/// In the hub once; what became of it is expect_states_true's.
void ScriptedDay::expect_written(const day_deed& d, findings& wrong) const {
  const hub_send* s = send_of(d.id);
  const bool photo = d.what == deed::photo;
  if (s == nullptr || s->what != (photo ? "image" : "text"))
    return wrong.add(fmt::format("{} is owed to nobody", d.text));
  if (s->left != nullptr && (s->left->message.kind == peers::content::image) != photo)
    wrong.add(fmt::format("{} came as something else", d.text));
}

/// What is owed for something done to a message, and whether it was done before that left.
std::string ScriptedDay::outcome_of(const day_deed& d) const {
  return db_.ask("SELECT state || ' ' || reason FROM wa_sends WHERE id = " +
                 (d.send_id.empty() ? "0" : d.send_id));
}

/// The other side has the new words, and so has the hub.
void ScriptedDay::expect_edited(const day_deed& d, findings& wrong) const {
  const hub_send* s = send_of(d.id);
  if (s == nullptr) return wrong.add(d.id + " is no message");
  const auto tale = [&](const std::string& what) {
    return fmt::format("edit {} of {} ({}): {}", d.number, d.id, s->state, what);
  };
  const bool waited = d.send_id == d.id;
  if (!waited && outcome_of(d) != "accepted ") wrong.add(tale(outcome_of(d)));
  if (s->left == nullptr) {
    if (level_of(s->state) >= 0) wrong.add(tale("it never left"));
    return;
  }
  const std::string& shown = waited ? s->left->message.text : s->left->edited_text;
  if (shown != d.text) wrong.add(tale("the other side has \"" + shown + "\""));
  const std::string body = db_.ask("SELECT body FROM messages WHERE id = " + d.id);
  if ((waited || is_late(*s)) && body != d.text) wrong.add(tale("the hub has \"" + body + "\""));
}

/// The other side has it no more, or never got it.
void ScriptedDay::expect_erased(const day_deed& d, findings& wrong) const {
  const hub_send* s = send_of(d.id);
  if (s == nullptr) return wrong.add(d.id + " is no message");
  const auto tale = [&](const std::string& what) {
    return fmt::format("deletion {} of {} ({}): {}", d.number, d.id, s->state, what);
  };
  if (d.send_id == d.id) {
    if (s->state != "cancelled") wrong.add(tale("it was taken back before it left"));
    return;
  }
  if (outcome_of(d) != "accepted ") wrong.add(tale(outcome_of(d)));
  if (s->left == nullptr || !s->left->revoked) wrong.add(tale("the other side has it"));
  const std::string gone =
      db_.ask("SELECT revoked_at IS NOT NULL FROM messages WHERE id = " + d.id);
  if (is_late(*s) && gone != "t") wrong.add(tale("the hub shows it"));
}

/// Our sign is on the message; the same sign twice is one.
void ScriptedDay::expect_reacted(const day_deed& d, findings& wrong) const {
  if (outcome_of(d) != "accepted ")
    wrong.add(fmt::format("reaction {}: {}", d.number, outcome_of(d)));
  const auto there = std::count_if(reactions_.begin(), reactions_.end(), [&](const auto& r) {
    return r.reaction.by_api && r.reaction.target.stanza == d.target && r.reaction.emoji == d.text;
  });
  if (there == 0) wrong.add(fmt::format("reaction {} is not on {}", d.number, d.target));
}

}  // namespace fibrehub::e2e
