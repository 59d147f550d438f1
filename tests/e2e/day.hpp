// A day of a field desk, in seconds: a thousand chats write, staff answer, and what can go wrong
// goes wrong. What happened is told by the ledgers of both ends; see day_test.cpp.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "peers/peers.hpp"
#include "tests/fixtures/postgres_fixture.hpp"

namespace fibrehub::e2e {

/// FIBREHUB_DAY_SEED and FIBREHUB_DAY_SECONDS in the environment change these by hand.
struct day_plan {
  std::uint64_t seed = 7;
  double seconds = 18;  // of traffic
  int chats = 1000;
  int messages = 2200;  // received in all
  int answers = 260;    // of staff
  static day_plan from_environment();
};

inline const std::vector<std::string> day_sessions{"north", "south", "east"};

/// Every fault that may happen at any time, at rates a bad day has.
peers::fault_set day_faults();

/// The people: writes at random, evenly over the day, each chat at least once.
class day_crowd {
 public:
  day_crowd(peers::peers& world, const day_plan& plan);
  /// Until all that was to be written has been.
  void wait();

 private:
  struct chat {
    std::string id;
    std::string session;
    std::string drop;
  };
  void run(const std::stop_token& stop);
  peers::chat_message next_message(const chat& c, int number);

  peers::peers& world_;
  day_plan plan_;
  peers::random_source random_;
  std::vector<chat> chats_;
  std::map<std::string, std::string> last_stanza_;  // by chat
  std::jthread thread_;
};

/// One answer of staff: sent under a key until the hub has said what became of it.
struct day_answer {
  std::string ticket;
  std::string text;
  int number = 0;
};

/// Staff: answer tickets at random, each answer under a key of its own, again and again until the
/// hub acknowledges it.
class day_staff {
 public:
  day_staff(const fixtures::temporary_database& db, std::uint16_t hub_port, std::string session,
            const day_plan& plan);
  /// How many are acknowledged.
  int acknowledged_count() const { return count_; }
  std::vector<day_answer> wait();

 private:
  void run(const std::stop_token& stop);
  bool say(const std::stop_token& stop, const day_answer& answer) const;
  std::vector<std::string> tickets() const;

  const fixtures::temporary_database& db_;
  std::uint16_t port_;
  std::string session_;
  day_plan plan_;
  peers::random_source random_;
  std::vector<day_answer> acknowledged_;
  std::atomic<int> count_{0};
  std::jthread thread_;
};

}  // namespace fibrehub::e2e
