// One scripted day, whatever its plan: the hub, the simulated WAHA outside it, and what both ends
// say when all is quiet again. The checks are in day_checks_*.cpp, the story in day_story.cpp.
#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <map>
#include <optional>
#include <set>
#include <unordered_map>

#include "tests/e2e/day.hpp"
#include "tests/e2e/hub_process.hpp"

namespace fibrehub::e2e {

/// Counts what is wrong and keeps an example.
struct findings {
  std::size_t count = 0;
  std::string example;
  void add(std::string what) {
    if (count++ == 0) example = std::move(what);
  }
};
#define EXPECT_NONE(found) EXPECT_EQ((found).count, 0U) << (found).example

/// A message the hub owes or has sent, as the hub tells it.
struct hub_send {
  std::int64_t id = 0;
  std::string state;
  std::string kind;  // message, client_received, assigned …
  std::string what;  // text, image …
  std::string session;
  std::string chat;          // by phone
  std::string stanza;        // empty: no name is known
  std::string digest;        // MD5 of its words
  std::int64_t message = 0;  // the ticket's; 0: a notice
  double handed_s = 0;       // Unix time of the last attempt; 0: none
  std::string reason;
  const peers::ledger_entry* left = nullptr;  // what WhatsApp has of it
};

/// A send call of WAHA that was not answered as it should be.
struct failed_call {
  std::string session, chat;
};

class ScriptedDay : public ::testing::Test {
 protected:
  using rows = std::vector<std::vector<std::string>>;

  void SetUp() override;
  /// The day from morning to night, and all that must be true afterwards.
  void live_through(const day_plan& plan);

  // --- the story (day_story.cpp) ---
  peers::peers_options world_options() const;
  hub_settings settings_for(std::uint16_t waha_port) const;
  void kill_and_restart(hub_process& hub);
  void restart_waha(peers::peers& world);
  /// WhatsApp forbids to write to strangers; colleagues who never wrote are told of work.
  void restrict_strangers(peers::peers& world, const day_desk& desk);
  void expect_strangers_wait();
  void lift_restriction() const;
  void tell_colleagues(const day_desk& desk, int from, int to) const;
  void heal(peers::peers& world) const;
  bool drain(peers::peers& world) const;
  void hurry() const;
  std::string what_waits() const;
  void read_books(peers::peers& world, std::uint16_t control_port);

  // --- what must be true (day_checks_*.cpp) ---
  void expect_received_once();
  void expect_reactions_received();
  void expect_nothing_made_up(peers::peers& world);
  void expect_sends_matched();
  void expect_states_true();
  void expect_own_messages_stored_once();
  void expect_notices_owed();
  void expect_order();
  void expect_files();
  void expect_deeds();
  void expect_edited(const day_deed& d, findings& wrong) const;
  void expect_erased(const day_deed& d, findings& wrong) const;
  void expect_reacted(const day_deed& d, findings& wrong) const;
  void expect_written(const day_deed& d, findings& wrong) const;
  std::string all_of(const peers::ledger_entry& said) const;
  std::string outcome_of(const day_deed& d) const;
  bool may_be_uncertain(const hub_send& s) const;
  bool is_late(const hub_send& s) const;

  /// The columns of each row.
  rows ask(const std::string& columns, const std::string& rest) const;
  const hub_send* send_of(const std::string& id) const;

  day_plan plan_;
  fixtures::temporary_database db_;
  std::uint16_t hub_port_ = free_port();
  std::vector<peers::ledger_entry> ledger_;
  std::vector<peers::told_reaction> reactions_;
  std::vector<failed_call> failed_calls_;
  std::vector<hub_send> sends_;
  std::unordered_map<std::int64_t, std::size_t> send_at_;  // by id
  std::vector<day_deed> deeds_;
  struct absence {
    double begin_s = 0, end_s = 0;
  };
  std::vector<absence> absences_;  // of the hub or of WAHA
  double last_loss_s_ = 0;         // WAHA forgot no webhook after this
  bool is_restricted_ = false;     // somebody was not to be written to
};

/// In hexadecimal digits.
std::string hex_digest(const std::string& bytes, const EVP_MD* how);

/// Delivery steps as the hub names them: 0 accepted to 3 read; -1: none of them.
int level_of(const std::string& state);

}  // namespace fibrehub::e2e
