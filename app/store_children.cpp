#include "app/store_children.hpp"

#include <spdlog/spdlog.h>

#include "app/chat_commands_child.hpp"
#include "app/ticket_rules.hpp"
#include "channels/waha/settings.hpp"

namespace fibrehub::app {
namespace {

store::intake_rules intake_rules_from(const config::values& values) {
  store::intake_rules rules;
  rules.uids = uid_templates_from(values);
  for (const config::section_values* section : values.instances("waha")) {
    const channels::waha::settings s = channels::waha::read_settings(*section);
    rules.chats_by_channel[s.name] = s.routing;
  }
  return rules;
}

store::indexer_options indexer_options_from(const config::section_values& s, const database& db,
                                            std::shared_ptr<store::store_status> status) {
  store::indexer_options o;
  o.url = db.url;
  o.connect_timeout = s.duration("connect_timeout");
  o.statement_timeout = s.duration("statement_timeout");
  o.status = std::move(status);
  return o;
}

}  // namespace

store::writer_options writer_options_from(const config::values& values, database& db,
                                          std::shared_ptr<store::store_status> status,
                                          actors::slot<actors::event_hub>& events,
                                          actors::slot<actors::clock_service>& clocks,
                                          std::function<void()> outbox_grew) {
  const config::section_values& s = values.section("store");
  store::writer_options o;
  o.url = db.url;
  o.connect_timeout = s.duration("connect_timeout");
  o.statement_timeout = s.duration("statement_timeout");
  o.lock_timeout = s.duration("lock_timeout");
  o.time_zone = values.text("hub", "time_zone");
  o.batch_max = static_cast<std::size_t>(s.integer("batch_max"));
  o.batch_delay = s.duration("batch_delay");
  o.wait_limit = s.duration("wait_limit");
  o.waiting_room_requests = static_cast<std::size_t>(s.integer("waiting_room_requests"));
  o.waiting_room_bytes = static_cast<std::size_t>(s.bytes("waiting_room_bytes"));
  o.rules = intake_rules_from(values);
  o.ticket_rules = ticket_rules_from(values);
  o.line = wa_line_from(values);
  o.status = std::move(status);
  if (db.cluster)
    o.before_connect = [&cluster = *db.cluster] {
      if (auto running = cluster.ensure_running(); !running)
        spdlog::error("store: {}", running.error());
    };
  o.on_commit = [&events, &clocks, status = o.status,
                 outbox_grew = std::move(outbox_grew)](store::committed_events committed) {
    for (const store::committed_event& e : committed.items) {
      if (e.kind == "notification.created") ++status->notifications;
      if (e.kind == "reset") clocks.send(actors::clocks_unknown{});
    }
    if (!committed.clocks.empty()) clocks.send(actors::clocks_moved{std::move(committed.clocks)});
    if (committed.outbox_grew || !committed.items.empty()) outbox_grew();
    if (committed.items.empty()) return;
    events.send(std::move(committed));
  };
  return o;
}

std::vector<actors::child_spec> store_children(const config::values& values, const database& db,
                                               const store::writer_options& writer,
                                               store_slots& slots) {
  const config::section_values& s = values.section("store");
  const store::reader_options reader{db.url, s.duration("connect_timeout"),
                                     s.duration("statement_timeout"),
                                     values.text("hub", "time_zone")};
  std::vector<actors::child_spec> out;
  actors::child_spec w;
  w.id = "writer";
  w.shutdown_order = 1;
  w.start = into_slot(slots.writer, [writer](caf::actor_system& system) {
    return store::spawn_writer(system, writer);
  });
  out.push_back(std::move(w));
  for (std::size_t i = 0; i < slots.readers.size(); ++i) {
    actors::child_spec r;
    r.id = "reader " + std::to_string(i + 1);
    r.start = into_slot(slots.readers.at(i), [reader](caf::actor_system& system) {
      return store::spawn_reader(system, reader);
    });
    out.push_back(std::move(r));
  }
  actors::child_spec words;
  words.id = "indexer";
  words.start = into_slot(
      slots.indexer, [o = indexer_options_from(s, db, writer.status)](caf::actor_system& system) {
        return store::spawn_indexer(system, o);
      });
  out.push_back(std::move(words));
  return out;
}

}  // namespace fibrehub::app
