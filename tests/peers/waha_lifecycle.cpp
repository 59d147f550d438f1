// The session state machine of waha_world and the restart of the whole server.
#include "peers/waha_config.hpp"
#include "peers/waha_world.hpp"

namespace fibrehub::peers {

lifecycle_lock::turn lifecycle_lock::take(double now_ms, double hold_ms, double patience_ms) {
  const double wait_ms = std::max(0.0, free_at_ms_ - now_ms);
  if (wait_ms > patience_ms) return {false, patience_ms};
  free_at_ms_ = now_ms + wait_ms + hold_ms;
  return {true, wait_ms};
}

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
  const bool again = s.status == status;
  s.status = std::string(status);
  s.statuses.emplace_back(s.status, now_ms());
  while (s.statuses.size() > 3)
    s.statuses.pop_front();
  const auto history = features_.status_history ? s.statuses : decltype(s.statuses){};
  emit(s, "session.status",
       status_payload(s.name, s.status, history, features_.passkeys ? s.status_data : ""));
  if (s.working() && !again) flush_backlog(s);
}

void waha_world::step_later(const waha_session& s, double after_ms,
                            std::function<void(waha_session&)> what, bool awaited) {
  after(
      static_cast<double>(scaled_ms(after_ms)),
      [this, name = s.name, epoch = s.epoch, what = std::move(what)] {
        waha_session* now = find(name);
        if (now != nullptr && now->epoch == epoch) what(*now);
      },
      awaited);
}

/// First code 60 s, then 20 s each; after the sixth the session fails.
void waha_world::offer_code(waha_session& s, int number) {
  if (number > 6) {
    s.code.clear();
    set_status(s, "FAILED");
    return;
  }
  s.code = fmt::format("2@{}{},{},{}", phone_stanza_id(random_), number, user_part(s.me.id()),
                       base64(s.name));
  set_status(s, "SCAN_QR_CODE");
  step_later(
      s, number == 1 ? 60'000 : 20'000,
      [this, number](waha_session& now) {
        if (now.status == "SCAN_QR_CODE") offer_code(now, number + 1);
      },
      false);
}

/// Without a network STARTING is told every 2 s; the 60th attempt is the last.
void waha_world::connect(waha_session& s, int attempt) {
  if (attempt > 60) {
    set_status(s, "FAILED");
    return;
  }
  set_status(s, "STARTING");
  if (faults_.waha_no_network > 0) {
    step_later(
        s, 2000, [this, attempt](waha_session& now) { connect(now, attempt + 1); }, false);
  } else if (s.paired) {
    step_later(s, 900, [this](waha_session& now) { set_status(now, "WORKING"); });
  } else {
    step_later(s, 700, [this](waha_session& now) { offer_code(now, 1); });
  }
}

void waha_world::start_session(waha_session& s) {
  ++s.epoch;
  s.silent = false;
  s.status_data.clear();
  connect(s, 1);
}

void waha_world::stop_session(waha_session& s) {
  ++s.epoch;
  s.code.clear();
  s.presences.clear();
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
  s.code.clear();
  const bool passkey = faults_.waha_passkey > 0 && features_.passkeys &&
                       options_.engine == waha_engine::gows && s.status == "SCAN_QR_CODE";
  if (passkey) {
    set_status(s, "PASSKEY_REQUIRED");
    return;
  }
  s.paired = true;
  // What the store keeps is decided now; switching it on later does not bring back the past.
  if (!s.config_json.empty()) s.store = s.settings.store;
  set_status(s, "WORKING");
}

void waha_world::passkey_step(waha_session& s) {
  if (s.status == "PASSKEY_REQUIRED") {
    set_status(s, "PASSKEY_CONFIRMATION_REQUIRED");
  } else if (s.status == "PASSKEY_CONFIRMATION_REQUIRED") {
    pair_session(s);
  }
}

void waha_world::unlink_session(waha_session& s) {
  ++s.epoch;
  s.paired = false;
  set_status(s, "FAILED");
  if (options_.engine != waha_engine::webjs) return;
  step_later(s, 2000, [this](waha_session& now) { start_session(now); });
}

void waha_world::flap(const std::string& session) {
  waha_session* s = find(session);
  if (s == nullptr || !s->working()) return;
  ++s->epoch;
  set_status(*s, "STARTING");
  step_later(*s, 2000, [this](waha_session& now) { set_status(now, "WORKING"); });
}

void waha_world::restart(std::int64_t down_ms) {
  sender_.drop_pending();
  media_.clear();                                 // the folder is purged when WAHA starts
  const bool again = std::exchange(down_, true);  // it died before it was back
  for (auto& [name, s] : sessions_) {
    ++s->epoch;
    if (!again) s->comes_back = s->status != "STOPPED";
    s->status = "STOPPED";
    s->statuses.clear();
    s->presences.clear();
    s->lock = {};
    for (auto& m : s->messages)
      m.api_forgotten = true;
  }
  after(static_cast<double>(down_ms), [this] {
    down_ = false;
    faults_.waha_silent = 0;
    start_ms_ = now_ms();
    for (auto& [name, s] : sessions_)
      if (s->comes_back) start_session(*s);
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
    adapt_webhook(hook, options_);
    s.webhooks.push_back(std::make_shared<const webhook_config>(std::move(hook)));
  }
  s.settings = std::move(*parsed);
  s.settings.webhooks.clear();
  return {};
}

}  // namespace fibrehub::peers
