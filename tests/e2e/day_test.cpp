// A scripted day on a bridge, twice: a thousand chats on a WAHA that takes names with messages
// (NOWEB or GOWS, by the seed), and a smaller one on WEBJS, which names everything itself. People
// write in three sessions, staff answer with texts and photos, put right, take back and react; the
// hub is killed twice, PostgreSQL restarted, a session falls silent, WAHA restarts without a
// network, WhatsApp forbids to write to strangers. Nearly every fault the simulated WAHA has is on.
// When all is healed and quiet the ledgers of both ends are held against each other: nothing
// acknowledged is lost, nothing is doubled on either side, and what the hub says of a message is
// true.
//
// What is weaker than it may look:
// * A state may lag behind what WhatsApp said for messages handed over before WAHA's restart (at
//   70 %): it forgot webhooks then, and steps are asked for hours later only. It is never ahead.
// * `uncertain` is allowed where nobody could know: no name was told, or the hub died before it
//   could write it down. Texts have names of ours on NOWEB and GOWS; files and WEBJS have not.
//
// Faults left out: waha_key_refused and waha_passkey stop a bridge until a person comes, which the
// tests of sessions and sending do; waha_silent is done to one session by name; waha_lid_no_hints
// is part of waha_lid_unknown; waha_media_gone loses files, which are given up after a minute at
// least (whatsapp_media_test); waha_flood_factor is of the simulator's own traffic, and the day has
// its own. waha_restricted is off on WEBJS, which says nothing of it.
//
// FIBREHUB_DAY_SEED=n build/release/test-e2e --gtest_filter='ScriptedDay.*' tries another one;
// FIBREHUB_DAY_SECONDS=n makes it longer, FIBREHUB_DAY_LOG=debug shows the hub's log.
#include "tests/e2e/day_world.hpp"

namespace fibrehub::e2e {
namespace {

TEST_F(ScriptedDay, LosesAndDoublesNothingOnEitherSide) {
  live_through(day_plan::large());
}

TEST_F(ScriptedDay, LosesAndDoublesNothingWhereWahaNamesTheMessages) {
  live_through(day_plan::small());
}

}  // namespace
}  // namespace fibrehub::e2e
