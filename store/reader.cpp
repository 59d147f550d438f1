#include "store/reader.hpp"

#include <spdlog/spdlog.h>

#include "store/caf/caf.hpp"
#include "store/pq.hpp"

namespace fibrehub::store {
namespace {

/// A reader's own connection; none while the database is away.
struct reader_data : reading {
  reader_data() = default;
  std::optional<error> attempt(const std::function<bool(connection&)>& work) override;

  connection_options options;
  std::unique_ptr<connection> db;
};

using reader_self = reader_actor::stateful_pointer<reader_data>;

/// A connection that turns out to be dead is replaced once, as reading twice harms nobody.
std::optional<error> reader_data::attempt(const std::function<bool(connection&)>& work) {
  for (int tries = 0;; ++tries) {
    const bool fresh = !db;
    try {
      if (fresh) db = std::make_unique<connection>(options);
      const bool found = db->within(options.statement_timeout, [&] { return work(*db); });
      if (found) return std::nullopt;
      return error{errc::not_found, "there is no such thing, or it is not yours to see"};
    } catch (const connection_lost& e) {
      db.reset();
      if (!fresh && tries == 0) continue;
      spdlog::warn("store: a reader cannot reach the database: {}", e.what());
      return error{errc::unavailable, "the database is away; try again later"};
    } catch (const too_slow&) {
      return error{errc::timeout, "the question takes too long to answer; ask for less"};
    } catch (const try_later& e) {
      spdlog::warn("store: a question could not be answered now: {}", e.what());
      return error{errc::unavailable, "the database is busy; try again later"};
    } catch (const bad_statement& e) {
      // A value that is none of its type: only a forged cursor comes this far.
      if (e.sqlstate().starts_with("22"))
        return error{errc::invalid, "a value in the question cannot be right"};
      spdlog::error("store: a question failed: {}", e.what());
      return error{errc::internal, "the question could not be answered; the log says why"};
    } catch (const std::exception& e) {
      spdlog::error("store: a question failed: {}", e.what());
      return error{errc::internal, "the question could not be answered; the log says why"};
    }
  }
}

reader_actor::behavior_type reader_behavior(reader_self self, reader_options options) {
  connection_options& c = self->state.options;
  c.url = options.url;
  c.application_name = "fibrehub reader";
  c.connect_timeout = options.connect_timeout;
  c.statement_timeout = options.statement_timeout;
  c.lock_timeout = {};  // who reads waits as long as for anything else
  c.time_zone = options.time_zone;
  c.read_only = true;
  return {[self](question& q) { q.work(self->state); }};
}

}  // namespace

reader_actor spawn_reader(caf::actor_system& system, reader_options options) {
  return spawn<caf::detached>(system, reader_behavior, std::move(options));
}

}  // namespace fibrehub::store
