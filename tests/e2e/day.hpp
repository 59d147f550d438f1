// A day of a field desk, in seconds: people write, staff answer, and what can go wrong goes wrong.
// What happened is told by the ledgers of both ends; see day_test.cpp.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "peers/peers.hpp"
#include "tests/e2e/http.hpp"
#include "tests/fixtures/postgres_fixture.hpp"

namespace fibrehub::e2e {

struct day_plan {
  std::uint64_t seed = 7;
  peers::waha_engine engine = peers::waha_engine::noweb;
  double seconds = 15;  // of traffic
  int chats = 1000;
  int messages = 2000;  // received in all
  int deeds = 256;      // of staff

  // FIBREHUB_DAY_SEED and FIBREHUB_DAY_SECONDS in the environment change them by hand.
  /// A thousand chats; NOWEB for even seeds, GOWS for odd ones, both of a version that takes names.
  static day_plan large();
  /// WEBJS, which names everything itself.
  static day_plan small();

  bool takes_names() const { return engine != peers::waha_engine::webjs; }
};

inline const std::vector<std::string> day_sessions{"north", "south", "east"};

/// Every fault that may happen at any time, at rates a bad day has.
peers::fault_set day_faults();

/// The people: write at random, evenly over the day, each chat at least once.
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

/// The API as somebody uses it who wants to be sure: each request goes out again and again under
/// one Idempotency-Key until the hub has said what became of it.
class day_desk {
 public:
  day_desk(std::uint16_t hub_port, std::string session, std::uint64_t seed)
      : port_(hub_port), session_(std::move(session)), seed_(seed) {}

  /// The first answer below 500; status 0: it was to stop before that.
  http_answer insist(const std::stop_token& stop, const char* verb, const std::string& path,
                     const std::string& body, const std::string& key,
                     const char* type = "application/json") const;

 private:
  std::uint16_t port_;
  std::string session_;
  std::uint64_t seed_;
};

enum class deed { text, photo, edit, erase, react };

/// Something staff did, which the hub has acknowledged.
struct day_deed {
  int number = 0;
  deed what = deed::text;
  std::string ticket;
  std::string text;     // what a message says, an edit's new words, a reaction's sign
  std::string id;       // of the message made or changed
  std::string send_id;  // of what is owed to the chat for it; `id`: it changed what had not left
  std::string target;   // WhatsApp's name for the message a reaction is about
};

/// Staff: answer tickets at random, with words and photos, put right and take back what they said,
/// and react to what others say.
class day_staff {
 public:
  day_staff(const fixtures::temporary_database& db, const day_desk& desk, const day_plan& plan);
  /// How many are over: acknowledged, or refused for a good reason.
  int over_count() const { return count_; }
  /// What was acknowledged, once all is over.
  std::vector<day_deed> wait();
  /// What the hub refused without need; after wait().
  const std::vector<std::string>& refusals() const { return refusals_; }

 private:
  void run(const std::stop_token& stop);
  static deed choose(int number);
  bool write(const std::stop_token& stop, day_deed& d);
  bool change(const std::stop_token& stop, day_deed& d);
  bool react(const std::stop_token& stop, day_deed& d);
  std::string upload(const std::stop_token& stop, const day_deed& d);
  bool is_done(const day_deed& d, const http_answer& answer, unsigned status);
  std::vector<std::string> tickets() const;

  const fixtures::temporary_database& db_;
  const day_desk& desk_;
  day_plan plan_;
  peers::random_source random_;
  std::vector<std::string> known_;  // tickets
  std::set<std::string> changed_;   // messages edited, deleted or reacted to: once each
  std::vector<day_deed> done_;
  std::vector<std::string> refusals_;
  std::atomic<int> count_{0};
  std::jthread thread_;
};

}  // namespace fibrehub::e2e
