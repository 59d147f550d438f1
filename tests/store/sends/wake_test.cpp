// Whoever sends hears of everything that may leave, also where no event tells of it.
#include "store/writer.hpp"

#include <gmock/gmock.h>

#include <future>

#include "store/caf/caf.hpp"
#include "store/caf/config.hpp"
#include "store/notify/channel_alarm.hpp"
#include "store/sends/settle.hpp"
#include "tests/store/wa/wa_fixture.hpp"

namespace fibrehub::store::tests {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Wake : public wa_fixture {
 protected:
  void owe_notice() const {
    db_.ask(fmt::format(
        "INSERT INTO outbox (key, channel, lane, body, next_at, created_at) VALUES ('n1',"
        " 'whatsapp', 'user:1', '{{\"kind\":\"assigned\",\"to\":\"27840000001\",\"text\":\"x\"}}',"
        " {0}, {0}) RETURNING 1",
        fmt::format("(timestamptz 'epoch' + {} * interval '1 microsecond')", domain::to_us(now_))));
  }
  std::int64_t row() const { return std::stoll(db_.ask("SELECT max(id) FROM outbox")); }
};

TEST_F(Wake, AnAnswerInAChat) {
  give_to_technician(receive("A1", "no light"));
  for (const char* said : {"help", "status", "start"}) {
    says(technician_chat, said, said);
    obey();
    EXPECT_TRUE(grew_) << said;
    EXPECT_THAT(events_, IsEmpty()) << said;
  }
}

TEST_F(Wake, HintsInAChat) {
  const std::string uid = receive("A1", "no light");
  for (const domain::send_kind what : {domain::send_kind::typing, domain::send_kind::seen}) {
    ASSERT_TRUE(command({uid, {}, domain::signal_chat{what, true}}, person(domain::role::admin)));
    EXPECT_TRUE(grew_);
    EXPECT_THAT(events_, IsEmpty());
  }
}

TEST_F(Wake, WhatIsTriedAgainOrNoLongerInTheWay) {
  owe_notice();
  finish(take_one(), send_outcome::refused);
  ASSERT_TRUE(change_by_admin(retry_outbox{row()}));
  EXPECT_TRUE(grew_);
  ASSERT_TRUE(change_by_admin(cancel_outbox{row()}));
  EXPECT_TRUE(grew_) << "what is behind it may leave";
}

TEST_F(Wake, WhatAPersonWantsSentAgain) {
  owe_notice();
  finish(take_one(), send_outcome::in_doubt);
  pass(61s);
  ASSERT_EQ(take().uncertain, 1U);
  ASSERT_TRUE(change_by_admin(
      settle_send{std::stoll(db_.ask("SELECT id FROM wa_sends")), settled_as::resend}));
  EXPECT_TRUE(grew_);
  EXPECT_THAT(events_, IsEmpty());
}

TEST_F(Wake, NewsByMailAlone) {
  db_.ask(
      "INSERT INTO notification_preferences VALUES (1, 'UTC', NULL, NULL, true, 'off', 0, now())"
      " RETURNING 1");
  db_.ask(
      "INSERT INTO notification_choices VALUES (1, 'channel_trouble', false, true, 'off')"
      " RETURNING 1");
  ASSERT_TRUE(change_by_admin(tell_channel_trouble{{{"waha/main", true, "it is away", now_}}}));
  ASSERT_EQ(db_.ask("SELECT channel FROM outbox"), "email");
  EXPECT_TRUE(grew_);
  EXPECT_THAT(events_, IsEmpty());
}

TEST_F(Wake, NobodyForALookThatFindsNothing) {
  take();
  EXPECT_FALSE(grew_) << "it would look again for ever";
  owe_notice();
  finish(take_one(), send_outcome::accepted, "3EB0");
  EXPECT_FALSE(grew_);
}

// --- through the writer -------------------------------------------------------------------------

class WriterNews : public testing::Test {
 protected:
  ~WriterNews() override {
    if (writer_) ask_to_stop(writer_);
    writer_ = nullptr;
  }
  /// It connects when `go` is set, with all before it that was asked meanwhile.
  void start() {
    writer_options options;
    options.url = db_.url();
    options.before_connect = [gate = go_.get_future().share()] { gate.wait(); };
    options.on_commit = [this](committed_events told) {
      const std::lock_guard lock(mutex_);
      for (const committed_event& e : told.items)
        kinds_.push_back(e.kind);
      if (told.outbox_grew) kinds_.emplace_back("outbox");
      heard_.notify_all();
    };
    writer_ = spawn_writer(system_, options);
  }
  std::future<bool> create(const std::string& title) {
    domain::create_ticket made;
    made.fields.items.emplace_back(domain::field::title,
                                   domain::field_input{domain::field_input::kind::text, title, {}});
    auto done = std::make_shared<std::promise<bool>>();
    submit_commands unit;
    unit.items.push_back({{}, {}, made});
    unit.origin = {person(domain::role::admin), noon, {}, {}};
    unit.done = reply<write_answer>([done](write_outcome r) { done->set_value(r.has_value()); });
    send(writer_, std::move(unit));
    return done->get_future();
  }
  std::future<bool> change(change_work work) {
    auto done = std::make_shared<std::promise<bool>>();
    submit_change c;
    c.origin = {person(domain::role::admin), noon, {}, {}};
    c.work = std::move(work);
    c.done = reply<write_answer>([done](write_outcome r) { done->set_value(r.has_value()); });
    send(writer_, std::move(c));
    return done->get_future();
  }
  std::vector<std::string> told(std::size_t count) {
    std::unique_lock lock(mutex_);
    heard_.wait_for(lock, 20s, [&] { return kinds_.size() >= count; });
    return kinds_;
  }

  fixtures::temporary_database db_;
  std::promise<void> go_;
  std::mutex mutex_;
  std::condition_variable heard_;
  std::vector<std::string> kinds_;
  actor_config config_{2};
  caf::actor_system system_{config_};
  writer_actor writer_;
};

TEST_F(WriterNews, TellsOfWhatMayLeaveWithoutAnEvent) {
  start();
  go_.set_value();
  EXPECT_TRUE(change([](connection&, pqxx::transaction_base&, change_context& context) {
                context.grows_outbox = true;
                return write_outcome(write_answer{});
              }).get());
  EXPECT_THAT(told(1), ElementsAre("outbox"));
}

TEST_F(WriterNews, ListenersReadAnewAfterAChangeWhoseEndIsNotKnown) {
  start();
  go_.set_value();
  EXPECT_FALSE(change([](connection& db, pqxx::transaction_base& tx, change_context&) {
                 db.run_text(tx, "SELECT pg_terminate_backend(pg_backend_pid())", {});
                 return write_outcome(write_answer{});
               }).get());
  EXPECT_THAT(told(1), ElementsAre("reset"));
}

TEST_F(WriterNews, WhatWasDoneBeforeTheDatabaseWentIsTold) {
  db_.ask("CREATE SEQUENCE tries");
  db_.ask(
      "CREATE FUNCTION unlucky() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF nextval('tries')"
      " = 1 THEN RAISE EXCEPTION 'not together'; END IF; PERFORM"
      " pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$");
  db_.ask(
      "CREATE TRIGGER unlucky BEFORE INSERT ON tickets FOR EACH ROW WHEN (NEW.title = 'unlucky')"
      " EXECUTE FUNCTION unlucky()");
  start();
  auto first = create("fine"), second = create("unlucky");
  go_.set_value();
  EXPECT_TRUE(first.get());
  EXPECT_FALSE(second.get());
  EXPECT_THAT(told(2), ElementsAre("ticket.created", "reset"));
}

}  // namespace
}  // namespace fibrehub::store::tests
