// The session state machine of waha_world and the restart of the whole server.
#include "peers/waha_config.hpp"
#include "peers/waha_world.hpp"

namespace fibrehub::peers {

waha_session* waha_world::find(std::string_view name) {
  const auto at = sessions_.find(std::string(name));
  return at == sessions_.end() ? nullptr : at->second.get();
}

waha_session& waha_world::create(const std::string& name, bool paired) {
  auto& slot = sessions_[name];
  if (!slot) {
    slot = std::make_unique<waha_session>();
    slot->name = name;
    slot->paired = paired;
    slot->metadata_json = options_.metadata_json;
  }
  return *slot;
}

bool waha_world::remove(const std::string& name) {
  return sessions_.erase(name) > 0;
}

void waha_world::set_status(waha_session& s, std::string_view status) {
  s.status = std::string(status);
  s.statuses.emplace_back(s.status, now_ms());
  while (s.statuses.size() > 3)
    s.statuses.pop_front();
  emit(s, "session.status", status_payload(s.name, s.status, s.statuses));
  if (s.working()) flush_backlog(s);
}

void waha_world::status_later(waha_session& s, std::string_view status, double after_ms) {
  after(static_cast<double>(scaled_ms(after_ms)),
        [this, name = s.name, epoch = s.epoch, next = std::string(status)] {
          waha_session* now = find(name);
          if (now == nullptr || now->epoch != epoch) return;
          if (next == "SCAN_QR_CODE") {
            offer_code(*now, 1);
          } else {
            set_status(*now, next);
          }
        });
}

/// First code 60 s, then 20 s each; after the sixth the session fails.
void waha_world::offer_code(waha_session& s, int number) {
  if (number > 6) {
    set_status(s, "FAILED");
    return;
  }
  set_status(s, "SCAN_QR_CODE");
  after(
      static_cast<double>(scaled_ms(number == 1 ? 60'000 : 20'000)),
      [this, name = s.name, epoch = s.epoch, number] {
        waha_session* now = find(name);
        if (now == nullptr || now->epoch != epoch || now->status != "SCAN_QR_CODE") return;
        offer_code(*now, number + 1);
      },
      false);
}

void waha_world::start_session(waha_session& s) {
  ++s.epoch;
  set_status(s, "STARTING");
  status_later(s, s.paired ? "WORKING" : "SCAN_QR_CODE", s.paired ? 900 : 700);
}

void waha_world::stop_session(waha_session& s) {
  ++s.epoch;
  if (s.status != "STOPPED") set_status(s, "STOPPED");
}

void waha_world::logout_session(waha_session& s) {
  const bool running = s.status != "STOPPED";
  s.paired = false;
  stop_session(s);
  if (running) start_session(s);
}

void waha_world::pair_session(waha_session& s) {
  ++s.epoch;
  s.paired = true;
  set_status(s, "WORKING");
}

void waha_world::flap(const std::string& session) {
  waha_session* s = find(session);
  if (s == nullptr || !s->working()) return;
  ++s->epoch;
  set_status(*s, "STARTING");
  status_later(*s, "WORKING", 1500);
}

void waha_world::restart(std::int64_t down_ms) {
  sender_.drop_pending();
  media_.clear();  // the folder is purged when WAHA starts
  down_ = true;
  for (auto& [name, s] : sessions_) {
    ++s->epoch;
    s->status = "STOPPED";
    s->statuses.clear();
  }
  after(static_cast<double>(down_ms), [this] {
    down_ = false;
    faults_.waha_silent = 0;
    start_ms_ = now_ms();
    for (auto& [name, s] : sessions_)
      start_session(*s);
  });
}

tl::expected<void, std::string> waha_world::configure(waha_session& s,
                                                      const std::string& config_json) {
  auto parsed = parse_session_config(config_json);
  if (!parsed) return tl::unexpected(parsed.error());
  s.config_json = config_json;
  s.metadata_json = parsed->metadata_json;
  s.webhooks.clear();
  for (auto& hook : parsed->webhooks) {
    s.webhooks.push_back(std::make_shared<const webhook_config>(std::move(hook)));
  }
  return {};
}

}  // namespace fibrehub::peers
