// Files of messages: a row with every message that has one, taken by one hub at a time, attached
// once to whatever ticket the message belongs to.
#include "store/wa/media.hpp"

#include <gmock/gmock.h>

#include "store/reader.hpp"
#include "tests/store/sends/sends_fixture.hpp"

namespace fibrehub::store::tests {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string sha(64, 'a');

class Media : public sends_fixture {
 protected:
  ingest photo_item(const std::string& id, const std::string& text = {},
                    const std::string& chat = customer, bool from_me = false) {
    ingest out = chat_item(id, text, chat, from_me, false);
    auto& m = std::get<domain::chat_message>(out.what);
    m.type = "image";
    m.media = domain::media_ref{"image/jpeg", "", "http://localhost:3000/api/files/default/" + id,
                                "", "false_" + chat + "_" + id};
    return out;
  }
  std::string photo(const std::string& id, const std::string& text = {},
                    const std::string& chat = customer) {
    return apply({photo_item(id, text, chat)}).front().ticket_uid;
  }
  taken_files take_files(bool somebody_was_lost = false, std::size_t limit = 4) {
    take_media request;
    request.channel = "main";
    request.limit = limit;
    request.somebody_was_lost = somebody_was_lost;
    request.result = std::make_shared<taken_files>();
    const auto result = request.result;
    EXPECT_TRUE(change(std::move(request)));
    return *result;
  }
  taken_media take_file() {
    const taken_files got = take_files();
    EXPECT_EQ(got.items.size(), 1U);
    return got.items.empty() ? taken_media{} : got.items.front();
  }
  std::string settle(const taken_media& what, media_outcome outcome, std::int64_t size = 100,
                     const std::string& reason = "why") {
    finish_media request;
    request.channel = "main";
    request.what = what;
    request.outcome = outcome;
    request.file = {sha, "photo.jpg", "image/jpeg", size, what.message_id};
    request.reason = reason;
    request.next_at = now_ + 10s;
    return change(std::move(request)).value().data_json;
  }
  std::string rows() const {
    return db_.ask(
        "SELECT w.state || ' ' || m.ext_id || ' ' || (w.attachment_id IS NOT NULL) FROM wa_media w"
        " JOIN messages m ON m.id = w.message_id ORDER BY w.message_id");
  }
  std::string attachments() const {
    return db_.ask(
        "SELECT t.uid || ' ' || a.name || ' ' || a.author FROM attachments a JOIN tickets t ON t.id"
        " = a.ticket_id ORDER BY a.id");
  }
  void expect_sound_history(const std::string& uid) {
    std::vector<domain::chained_entry> chain;
    for (const history_view& h : ticket(uid).history) {
      domain::chained_entry& row = chain.emplace_back();
      row.entry = h.entry;
      const std::string bytes = unhex("\\x" + h.hash_hex);
      std::copy_n(bytes.begin(), row.hash.size(), row.hash.begin());
    }
    EXPECT_EQ(domain::first_broken(chain), 0);
  }
};

TEST_F(Media, HasARowWithItsMessageAndMessagesWithoutFilesHaveNone) {
  receive("A1", "DR77 no light");
  EXPECT_EQ(rows(), "");
  photo("A2", "look");
  EXPECT_EQ(rows(), "due A2 false");
  photo("A2", "look");  // told again
  apply({photo_item("A3", "", "120363000000000001@g.us"), photo_item("A4", "", customer, true)});
  EXPECT_EQ(rows(), "due A2 false\ndue A3 false\ndue A4 false");
}

TEST_F(Media, OfASentMessageIsNotFetched) {
  const std::string uid = receive("A1", "DR77 no light");
  say(uid, "on our way");
  db_.ask("UPDATE messages SET media = '{}' WHERE outbound RETURNING 1");
  db_.ask(
      "INSERT INTO messages (id, chat_id, inbox_id, outbound, by_api, ext_id, author_name, type,"
      " body, media, sent_at, received_at) SELECT 99, chat_id, 0, true, true, 'wa/99', '', 'image',"
      " '', '{}', now(), now() FROM messages LIMIT 1 RETURNING 1");
  EXPECT_EQ(rows(), "");
}

TEST_F(Media, IsTakenWithAllThatIsNeededToFetchIt) {
  photo("A2", "DR77 see");
  const taken_media m = take_file();
  EXPECT_EQ(m.session, "default");
  EXPECT_EQ(m.chat, customer);
  EXPECT_EQ(m.stanza, "A2");
  EXPECT_EQ(m.full_id, "false_" + customer + "_A2");
  EXPECT_EQ(m.url, "http://localhost:3000/api/files/default/A2");
  EXPECT_EQ(m.type, "image");
  EXPECT_FALSE(m.from_me);
  EXPECT_EQ(m.attempts, 1U);
  EXPECT_EQ(m.sent_at, now_);
  EXPECT_THAT(take_files().items, IsEmpty()) << "it is being fetched";
  EXPECT_EQ(take_files().waiting, 1);
}

TEST_F(Media, IsAttachedToTheTicketAsTheSenders) {
  const std::string uid = photo("A2", "DR77 see");
  EXPECT_EQ(settle(take_file(), media_outcome::kept), R"({"settled":true})");
  EXPECT_EQ(rows(), "kept A2 true");
  EXPECT_EQ(attachments(), uid + " photo.jpg John");
  const ticket_detail d = ticket(uid);
  EXPECT_EQ(d.history.back().entry.action, "attachment");
  EXPECT_EQ(d.history.back().entry.actor.name, "waha/main");
  expect_sound_history(uid);
  const bool told = std::any_of(events_.begin(), events_.end(), [&](const committed_event& e) {
    return e.kind == "attachment.created" && e.ticket_uid == uid;
  });
  EXPECT_TRUE(told);
  const std::string& media = d.messages.back().media_json;
  EXPECT_THAT(media, HasSubstr(R"("state": "kept")"));
  EXPECT_THAT(media, HasSubstr(fmt::format(R"("attachment_id": "{}")", d.attachments.at(0).id)));
  EXPECT_THAT(media, HasSubstr(R"("size_bytes": 100)"));
  EXPECT_THAT(media, Not(HasSubstr("localhost"))) << "where WAHA keeps it";
  EXPECT_THAT(take_files().items, IsEmpty());
}

TEST_F(Media, IsSettledByWhoeverHasItAndByNobodyElse) {
  photo("A2", "DR77 see");
  const taken_media lost = take_file();
  // As after kill -9: the next one finds it.
  const taken_files again = take_files(true);
  ASSERT_EQ(again.items.size(), 1U);
  EXPECT_EQ(again.items[0].attempts, 2U);
  EXPECT_EQ(settle(lost, media_outcome::kept), R"({"settled":false})");
  EXPECT_EQ(attachments(), "");
  // Another hub has taken over since.
  db_.ask("UPDATE hub_state SET incarnation = incarnation + 1 RETURNING 1");
  const taken_files newest = take_files(true);
  EXPECT_EQ(settle(again.items[0], media_outcome::gone), R"({"settled":false})");
  EXPECT_EQ(settle(newest.items[0], media_outcome::kept), R"({"settled":true})");
  EXPECT_EQ(settle(newest.items[0], media_outcome::kept), R"({"settled":false})");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM attachments"), "1");
}

TEST_F(Media, ThatWasAskedForWaitsUntilItsSessionWorks) {
  session("WORKING");
  photo("A2", "DR77 see");
  session("STOPPED");
  // The first time its address may still have it.
  settle(take_file(), media_outcome::again, 0, "WAHA answered 422");
  pass(1min);
  const taken_files none = take_files();
  EXPECT_THAT(none.items, IsEmpty());
  EXPECT_FALSE(none.next_at);
  EXPECT_EQ(none.waiting, 1);
  session("WORKING");
  settle(take_file(), media_outcome::again, 0, "WAHA answered 500");
  // The word that it works again may have been lost.
  session("FAILED");
  pass(9min);
  EXPECT_THAT(take_files().items, IsEmpty());
  pass(2min);
  EXPECT_EQ(take_file().attempts, 3U);
}

TEST_F(Media, ThatIsNewComesBeforeWhatWasAskedForAlready) {
  session("WORKING");
  photo("A2", "DR77 see");
  settle(take_file(), media_outcome::again);
  pass(1h);
  photo("A3", "DR78 see", "27840000001@c.us");
  const taken_files first = take_files(false, 1);
  ASSERT_EQ(first.items.size(), 1U);
  EXPECT_EQ(first.items[0].stanza, "A3");
  const taken_files second = take_files(false, 1);
  ASSERT_EQ(second.items.size(), 1U);
  EXPECT_EQ(second.items[0].stanza, "A2");
}

TEST_F(Media, ThatCannotBeHadNowComesAgainAtItsTime) {
  photo("A2", "DR77 see");
  settle(take_file(), media_outcome::again, 0, "WAHA answered 500");
  const taken_files none = take_files();
  EXPECT_THAT(none.items, IsEmpty());
  ASSERT_TRUE(none.next_at);
  EXPECT_EQ(*none.next_at, now_ + 10s);
  EXPECT_EQ(db_.ask("SELECT reason FROM wa_media"), "WAHA answered 500");
  pass(10s);
  EXPECT_EQ(take_file().attempts, 2U);
}

TEST_F(Media, ThatNeverWillBeHadIsALineInTheTicket) {
  const std::string uid = photo("A2", "DR77 see");
  settle(take_file(), media_outcome::gone, 0, "it could not be had: 404");
  EXPECT_EQ(rows(), "gone A2 false");
  const ticket_detail d = ticket(uid);
  EXPECT_EQ(d.history.back().entry.action, "attachment_missing");
  EXPECT_EQ(d.history.back().entry.field, "gone");
  EXPECT_EQ(d.history.back().entry.new_value, "image of John: it could not be had: 404");
  expect_sound_history(uid);
  EXPECT_THAT(d.messages.back().media_json, HasSubstr(R"("state": "gone")"));
  EXPECT_THAT(take_files().items, IsEmpty());
}

TEST_F(Media, OfAMessageWithoutATicketIsAttachedWhenItGetsOne) {
  const std::string elsewhere = receive("A1", "DR77 no light");
  intake_rules keeping;
  keeping.chats_by_channel["main"].group = domain::unmatched_policy::keep;
  intake_.emplace(keeping);
  EXPECT_EQ(photo("G1", "", "120363000000000001@g.us"), "");
  settle(take_file(), media_outcome::kept);
  EXPECT_EQ(rows(), "kept G1 false");
  EXPECT_EQ(attachments(), "");
  EXPECT_EQ(db_.ask("SELECT attach FROM wa_media"), "f");
  db_.ask("UPDATE messages SET ticket_id = (SELECT id FROM tickets WHERE uid = '" + elsewhere +
          "') WHERE ext_id = 'G1' RETURNING 1");
  take_files();
  EXPECT_EQ(attachments(), elsewhere + " photo.jpg John");
  EXPECT_EQ(rows(), "kept G1 true");
  take_files();
  EXPECT_EQ(db_.ask("SELECT count(*) FROM attachments"), "1");
  expect_sound_history(elsewhere);
}

TEST_F(Media, FollowsItsMessageIntoAnotherTicketAndBackOnce) {
  const std::string first = photo("A2", "DR77 see");
  const std::string second = receive("B1", "DR78 no light", "27835556666@c.us");
  settle(take_file(), media_outcome::kept);
  const auto move_to = [&](const std::string& uid) {
    db_.ask("UPDATE messages SET ticket_id = (SELECT id FROM tickets WHERE uid = '" + uid +
            "') WHERE ext_id = 'A2' RETURNING 1");
    take_files();
  };
  move_to(second);
  move_to(first);
  move_to(second);
  EXPECT_EQ(attachments(), first + " photo.jpg John\n" + second + " photo.jpg John");
}

TEST_F(Media, StaysWithItsMessageWhereTheTicketIsFull) {
  const std::string uid = photo("A2", "DR77 see");
  photo("A3", "and this");
  const taken_files both = take_files();
  ASSERT_EQ(both.items.size(), 2U);
  settle(both.items[0], media_outcome::kept, max_ticket_attachment_bytes);
  settle(both.items[1], media_outcome::kept, 1);
  EXPECT_EQ(rows(), "kept A2 true\nkept A3 false");
  EXPECT_THAT(ticket(uid).messages.back().media_json, HasSubstr("not attached: the ticket"));
  EXPECT_EQ(db_.ask("SELECT count(*) FROM attachments"), "1");
}

TEST_F(Media, IsReadByThoseWhoSeeItsTicketAndWithoutOneByThoseWhoSeeAll) {
  const std::string uid = photo("A2", "DR77 see");
  intake_rules keeping;
  keeping.chats_by_channel["main"].group = domain::unmatched_policy::keep;
  intake_.emplace(keeping);
  photo("G1", "", "120363000000000001@g.us");
  for (const taken_media& m : take_files().items)
    settle(m, media_outcome::kept);
  const auto id_of = [&](const std::string& stanza) {
    return std::stoll(db_.ask("SELECT id FROM messages WHERE ext_id = '" + stanza + "'"));
  };
  connection c(db_.options());
  const auto sees = [&](const std::string& stanza, const domain::principal& by) {
    return run(c, find_media{id_of(stanza), by}).has_value();
  };
  db_.ask(
      "INSERT INTO users (id, email, name, role) VALUES (7, 'tau@x.example', 'Tau', 'technician')"
      " RETURNING 1");
  const domain::principal technician = person(domain::role::technician, 7);
  EXPECT_TRUE(sees("A2", person(domain::role::viewer)));
  EXPECT_TRUE(sees("G1", person(domain::role::viewer)));
  EXPECT_FALSE(sees("A2", technician));
  EXPECT_FALSE(sees("G1", technician));
  db_.ask("UPDATE tickets SET assigned_to = 7 WHERE uid = '" + uid + "' RETURNING 1");
  EXPECT_TRUE(sees("A2", technician));
  const auto found = run(c, find_media{id_of("A2"), technician});
  EXPECT_EQ(found->sha256_hex, sha);
  EXPECT_EQ(found->size_bytes, 100);
  EXPECT_EQ(found->name, "photo.jpg");
  // Deleted means hidden, here too.
  change(delete_attachment{ticket(uid).attachments.at(0).id});
  EXPECT_FALSE(sees("A2", person(domain::role::viewer)));
}

TEST_F(Media, OfWhatIsSaidAmongStaffOrTakenBackIsNotForPeopleOfTheClient) {
  const std::string uid = photo("A2", "DR77 see");
  photo("A3", "and this");
  photo("A4", "not for them");
  db_.ask("INSERT INTO clients (id, code, name) VALUES (5, 'ACME', 'Acme') RETURNING 1");
  db_.ask("UPDATE tickets SET client_id = 5 RETURNING 1");
  db_.ask("UPDATE messages SET internal = true WHERE ext_id = 'A4' RETURNING 1");
  domain::principal client = person(domain::role::client, 3);
  client.client_id = 5;
  std::ptrdiff_t heard = 0;
  for (const taken_media& m : take_files().items) {
    settle(m, media_outcome::kept);
    heard += std::count_if(events_.begin(), events_.end(), [&](const committed_event& e) {
      return e.kind == "attachment.created" &&
             domain::hears(client, e.access) != domain::hearing::nothing;
    });
  }
  EXPECT_EQ(heard, 2) << "of the one among staff they hear nothing";
  db_.ask("UPDATE messages SET revoked_at = now() WHERE ext_id = 'A3' RETURNING 1");
  connection c(db_.options());
  const auto seen_by = [&](const domain::principal& by) {
    get_ticket ask;
    ask.uid = uid;
    ask.by = by;
    return run(c, ask).value().attachments;
  };
  EXPECT_EQ(seen_by(person(domain::role::admin)).size(), 3U);
  ASSERT_EQ(seen_by(client).size(), 1U);
  const auto all = seen_by(person(domain::role::admin));
  for (const attachment_view& a : all) {
    const bool is_theirs = a.id == seen_by(client).front().id;
    EXPECT_EQ(run(c, find_attachment{a.id, client}).has_value(), is_theirs) << a.id;
  }
}

TEST_F(Media, KeepsItsBytesFromBeingSweptAway) {
  intake_rules keeping;
  keeping.chats_by_channel["main"].group = domain::unmatched_policy::keep;
  intake_.emplace(keeping);
  photo("G1", "", "120363000000000001@g.us");
  settle(take_file(), media_outcome::kept);
  connection c(db_.options());
  const std::string other(64, 'b');
  EXPECT_THAT(run(c, find_unnamed_blobs{{sha, other}}).value(), ElementsAre(other));
}

}  // namespace
}  // namespace fibrehub::store::tests
