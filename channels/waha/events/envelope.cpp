#include "channels/waha/events/envelope.hpp"

#include "channels/waha/identity.hpp"

namespace fibrehub::channels::waha {
namespace {

std::optional<account> read_me(const node& root) {
  const node me = root.object("me");
  if (!me) return std::nullopt;
  account out;
  out.id = canonical_id(me.text("id", max_id_bytes));
  out.lid = canonical_id(me.text("lid", max_id_bytes));
  out.name = me.text("pushName");
  out.timelock = read_timelock(me);
  return out;
}

}  // namespace

std::optional<reachout_timelock> read_timelock(const node& holder) {
  const node lock = holder.object("reachoutTimelock");
  if (!lock) return std::nullopt;
  reachout_timelock out;
  out.active = lock.flag("isActive").value_or(false);
  out.enforcement_type = lock.text_or_number("enforcementType");
  out.until = lock.time("timeEnforcementEnds", time_unit::either);
  return out;
}

tl::expected<envelope, problem> read_envelope(const protocols::json::value& doc, notes& notes) {
  const node root(&doc, "", notes);
  if (!root.is_object()) return tl::unexpected(problem{"", "the body is no JSON object"});
  const auto name = needed_text(root, "event");
  if (!name) return tl::unexpected(name.error());
  const auto session = needed_text(root, "session");
  if (!session) return tl::unexpected(session.error());
  auto payload = needed_object(root, "payload");
  if (!payload) return tl::unexpected(payload.error());
  envelope out;
  out.event = *name;
  out.session = *session;
  out.payload = std::move(*payload);
  out.event_id = root.text("id", max_id_bytes);
  out.occurred_at = root.time("timestamp", time_unit::milliseconds);
  out.me = read_me(root);
  out.metadata = root.object("metadata");
  // GOWS names itself only in the environment.
  const node environment = root.object("environment");
  out.engine = environment.text("engine", max_id_bytes);
  if (out.engine.empty()) out.engine = root.text("engine", max_id_bytes);
  out.version = environment.text("version", max_id_bytes);
  out.tier = environment.text("tier", max_id_bytes);
  return out;
}

}  // namespace fibrehub::channels::waha
