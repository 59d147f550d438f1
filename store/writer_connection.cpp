#include <spdlog/spdlog.h>

#include "store/migrations.hpp"
#include "store/writer_data.hpp"

namespace fibrehub::store {
namespace {

using steady = std::chrono::steady_clock;

constexpr std::chrono::milliseconds last_retry{2000};

connection_options connection_for(const writer_options& o) {
  connection_options c;
  c.url = o.url;
  c.application_name = "fibrehub writer";
  c.connect_timeout = o.connect_timeout;
  c.statement_timeout = o.statement_timeout;
  c.lock_timeout = o.lock_timeout;
  c.time_zone = o.time_zone;
  c.one_plan = true;
  return c;
}

}  // namespace

message_batch take_open(writer_data& s) {
  s.open_bytes = 0;
  return std::exchange(s.open, {});
}

void forget(writer_data& s) {
  s.messages->forget();
  ++s.generation;
}

void lose_connection(writer_data& s, writer_state state, const std::string& why) {
  if (s.session || s.options.status->state() != state) spdlog::warn("store: {}", why);
  s.session.reset();
  forget(s);
  s.room->put_back(take_open(s));
  s.options.status->set(state, why);
  // Half the step is random, so that several hubs do not come back in step.
  s.next_connect = steady::now() + s.retry / 2 +
                   std::chrono::milliseconds(s.random() % (s.retry.count() / 2 + 1));
  s.retry = std::min(s.retry * 2, last_retry);
}

bool connected(writer_data& s) {
  if (s.session) return true;
  if (steady::now() < s.next_connect) return false;
  try {
    if (s.options.before_connect) s.options.before_connect();
    if (!s.migrated) {
      connection db(connection_for(s.options));
      if (auto done = migrate(db); !done) {
        lose_connection(s, writer_state::disconnected, done.error());
        return false;
      }
      s.migrated = true;
    }
    s.session = std::make_unique<hub_session>(connection_for(s.options), s.identity);
  } catch (const held_by_another& e) {
    lose_connection(s, writer_state::standby, e.what());
    return false;
  } catch (const std::exception& e) {
    lose_connection(s, writer_state::disconnected,
                    fmt::format("the database cannot be reached: {}", e.what()));
    return false;
  }
  forget(s);
  s.retry = first_retry;
  s.last_use = steady::now();
  if (s.identity) ++s.options.status->reconnects;
  s.identity = s.session->identity();
  s.options.status->incarnation = s.identity->incarnation;
  s.options.status->set(writer_state::connected, "connected");
  spdlog::info("store: connected, incarnation {}", s.identity->incarnation);
  return true;
}

error away(const writer_data& s) {
  const bool standby = s.options.status->state() == writer_state::standby;
  return {standby ? errc::standby : errc::unavailable,
          standby ? "this hub stands by for another one; try again later"
                  : "the database is away; try again later"};
}

}  // namespace fibrehub::store
