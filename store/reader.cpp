#include "store/reader.hpp"

#include <spdlog/spdlog.h>

#include "store/caf/caf.hpp"
#include "store/pq.hpp"

namespace fibrehub::store {
namespace {

/// A reader's own connection; none while the database is away.
struct reader_data {
  reader_data() = default;
  connection_options options;
  std::unique_ptr<connection> db;
};

using reader_self = reader_actor::stateful_pointer<reader_data>;

/// Runs the question; a connection that turns out to be dead is replaced once, as reading twice
/// harms nobody.
template <class Request>
tl::expected<typename Request::result, error> answer(reader_data& s, const Request& request) {
  for (int tries = 0;; ++tries) {
    const bool fresh = !s.db;
    try {
      if (fresh) s.db = std::make_unique<connection>(s.options);
      auto found = run(*s.db, request);
      if (!found)
        return tl::unexpected(
            error{errc::not_found, "there is no such thing, or it is not yours to see"});
      return std::move(*found);
    } catch (const connection_lost& e) {
      s.db.reset();
      if (!fresh && tries == 0) continue;
      spdlog::warn("store: a reader cannot reach the database: {}", e.what());
      return tl::unexpected(error{errc::unavailable, "the database is away; try again later"});
    } catch (const too_slow&) {
      return tl::unexpected(
          error{errc::timeout, "the question takes too long to answer; ask for less"});
    } catch (const std::exception& e) {
      spdlog::error("store: a question failed: {}", e.what());
      return tl::unexpected(
          error{errc::internal, "the question could not be answered; the log says why"});
    }
  }
}

template <class Request>
auto handler(reader_self self) {
  return [self](query<Request>& q) {
    if (q.done.claim()) q.done.answer(answer(self->state, q.request));
  };
}

reader_actor::behavior_type reader_behavior(reader_self self, reader_options options) {
  connection_options& c = self->state.options;
  c.url = options.url;
  c.application_name = "fibrehub reader";
  c.connect_timeout = options.connect_timeout;
  c.statement_timeout = options.statement_timeout;
  c.read_only = true;
  return {handler<list_tickets>(self),       handler<get_ticket>(self),
          handler<get_history>(self),        handler<list_review>(self),
          handler<list_reference>(self),     handler<get_reference>(self),
          handler<lookup_drop>(self),        handler<find_token>(self),
          handler<find_session>(self),       handler<find_person>(self),
          handler<find_credentials>(self),   handler<list_sessions>(self),
          handler<list_users>(self),         handler<get_user>(self),
          handler<list_teams>(self),         handler<get_team>(self),
          handler<list_api_tokens>(self),    handler<list_audit>(self),
          handler<get_ticket_load>(self),    handler<find_attachment>(self),
          handler<find_unnamed_blobs>(self), handler<list_assignment_rules>(self),
          handler<list_notifications>(self), handler<get_notification_preferences>(self),
          handler<list_outbox>(self),        handler<get_outbox_figures>(self)};
}

}  // namespace

reader_actor spawn_reader(caf::actor_system& system, reader_options options) {
  return spawn<caf::detached>(system, reader_behavior, std::move(options));
}

}  // namespace fibrehub::store
