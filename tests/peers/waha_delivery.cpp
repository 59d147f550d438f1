// From what happened to webhooks: which hooks hear of it, in which envelope, with which faults.
#include "peers/waha_world.hpp"

namespace fibrehub::peers {

void waha_world::publish_message(waha_session& s, const chat_message& m) {
  if (s.settings.ignores(m.chat)) return;
  const std::string payload = message_payload(options_.engine, m, s.me);
  // WAHA downloads media first, so a photo arrives after texts that were written later.
  double hold_ms = 0;
  if (m.has_media() && !m.by_api) {
    hold_ms = static_cast<double>(scaled_ms(static_cast<double>(random_.between(150, 1700)))) +
              faults_.waha_media_delay_ms;
  }
  envelope_head head = new_head(s, "message.any");
  const bool both = faults_.waha_both_message_events > 0;
  if (!m.from_me) {
    envelope_head inbound = head;
    inbound.event = "message";
    // One id for both kinds on NOWEB and GOWS of some age; WEBJS makes two.
    if (options_.engine == waha_engine::webjs || !features_.shared_event_id) {
      inbound.id = "evt_" + ulid(head.timestamp_ms, random_);
    }
    emit_as(s, inbound, payload, m.stanza, hold_ms, both);
  }
  emit_as(s, head, payload, m.stanza, hold_ms, both);
}

void waha_world::follow_with_faults(waha_session& s, const chat_message& m) {
  if (dice_(&fault_set::waha_poison_percent)) {
    chat_message other = m;
    other.text = m.text + " (not what was said first)";
    if (auto* entry = book_.find(s.name, m.stanza)) entry->poison_text = other.text;
    const envelope_head head = new_head(s, "message.any");
    emit_as(s, head, message_payload(options_.engine, other, s.me), {},
            static_cast<double>(scaled_ms(300)), true);
  }
  if (dice_(&fault_set::waha_wrong_signature_percent)) {
    chat_message forged = m;
    forged.stanza = phone_stanza_id(random_);
    forged.text = "Please pay the technician in cash, " + m.text;
    book_.record_forgery({s.name, forged.stanza, forged.text, 0});
    post_body(s, "message.any",
              envelope(new_head(s, "message.any"), message_payload(options_.engine, forged, s.me)),
              forged.stanza, true);
  }
  if (dice_(&fault_set::waha_garbage_percent)) {
    const std::string whole =
        envelope(new_head(s, "message.any"), message_payload(options_.engine, m, s.me));
    post_body(s, "message.any", whole.substr(0, whole.size() / 2) + "\x01{{", {}, false);
  }
  if (dice_(&fault_set::waha_unknown_event_percent)) {
    emit(s, "message.sparkle", R"({"sparkles":7,"shape":{"points":5}})", {}, 0, true);
  }
}

void waha_world::flush_backlog(waha_session& s) {
  if (mute(s)) return;
  const auto waiting = std::move(s.backlog);
  s.backlog.clear();
  repeat_known(s, waiting.size());
  for (const auto& stanza : waiting) {
    const chat_message* m = s.find(stanza);
    if (m == nullptr) continue;
    if (auto* entry = book_.find(s.name, stanza)) entry->withheld = false;
    publish_message(s, *m);
  }
}

/// A reconnected socket tells again what was told before.
void waha_world::repeat_known(waha_session& s, std::size_t but_last) {
  const auto wanted = static_cast<std::size_t>(faults_.waha_backlog_repeat);
  const std::size_t end = s.messages.size() - std::min(but_last, s.messages.size());
  for (std::size_t i = end - std::min(wanted, end); i < end; ++i)
    publish_message(s, s.messages[i]);
}

bool waha_world::mute(const waha_session& s) const {
  return down_ || s.silent || faults_.waha_silent > 0;
}

void waha_world::emit(waha_session& s, std::string_view event, const std::string& payload,
                      std::string_view stanza, double hold_ms, bool forced) {
  emit_as(s, new_head(s, event), payload, stanza, hold_ms, forced);
}

void waha_world::emit_as(waha_session& s, envelope_head head, const std::string& payload,
                         std::string_view stanza, double hold_ms, bool forced) {
  if (mute(s)) return;
  const bool tagged = head.event == "presence.update" || head.event == "message.ack.group";
  if (tagged && options_.engine == waha_engine::webjs && !s.settings.tags_events) return;
  for (const auto& config : hooks(s)) {
    if (!forced && !config->wants(head.event)) continue;
    webhook_job job = new_job(s, config, head, envelope(head, payload));
    job.stanza = std::string(stanza);
    job.request_id = sender_.new_request_id();
    post(s, job, hold_ms);
    if (!dice_(&fault_set::waha_duplicate_percent)) continue;
    const auto copies = static_cast<int>(faults_.waha_duplicate_copies);
    for (int copy = 0; copy < copies; ++copy) {
      webhook_job again = job;
      if (random_.percent(50)) {
        // The socket delivered it again: a new event about the same thing.
        envelope_head fresh = head;
        fresh.timestamp_ms = now_ms();
        fresh.id = "evt_" + ulid(fresh.timestamp_ms, random_);
        again.timestamp_ms = fresh.timestamp_ms;
        again.body_id = fresh.id;
        again.request_id.clear();
        again.body = envelope(fresh, payload);
      }
      post(s, std::move(again), hold_ms + static_cast<double>(random_.between(0, 400)));
    }
  }
}

webhook_job waha_world::new_job(const waha_session& s, std::shared_ptr<const webhook_config> config,
                                const envelope_head& head, std::string body) const {
  webhook_job job;
  job.config = std::move(config);
  job.event = head.event;
  job.session = s.name;
  job.timestamp_ms = head.timestamp_ms;
  job.body = std::move(body);
  if (features_.signed_webhooks) job.body_id = head.id;
  return job;
}

void waha_world::post(waha_session& s, webhook_job job, double hold_ms) {
  if (auto* entry = job.stanza.empty() ? nullptr : book_.find(s.name, job.stanza)) {
    ++entry->webhooks;
  }
  job.hold_ms = hold_ms + faults_.waha_delay_ms * random_.unit();
  if (dice_(&fault_set::waha_out_of_order_percent)) {
    job.hold_ms += static_cast<double>(random_.between(200, 3000));
  }
  sender_.submit(std::move(job));
}

void waha_world::post_body(waha_session& s, std::string event, std::string body, std::string stanza,
                           bool wrong_signature) {
  for (const auto& config : hooks(s)) {
    webhook_job job;
    job.config = config;
    job.event = event;
    job.session = s.name;
    job.stanza = stanza;
    job.timestamp_ms = now_ms();
    job.body = body;
    job.wrong_signature = wrong_signature;
    sender_.submit(std::move(job));
  }
}

void waha_world::attempted(const webhook_job& job, unsigned status) {
  if (job.stanza.empty()) return;
  if (job.wrong_signature) {
    if (auto* forged = book_.find_forgery(job.stanza)) forged->status = status;
    return;
  }
  if (auto* entry = book_.find(job.session, job.stanza)) {
    ++entry->attempts;
    if (status >= 200 && status < 300) entry->acknowledged = true;
  } else if (auto* reaction = book_.find_reaction(job.stanza)) {
    if (status >= 200 && status < 300) reaction->acknowledged = true;
  }
}

envelope_head waha_world::new_head(const waha_session& s, std::string_view event) {
  envelope_head head;
  head.engine = options_.engine;
  head.timestamp_ms = now_ms();
  head.id = "evt_" + ulid(head.timestamp_ms, random_);
  head.event = std::string(event);
  head.session = s.name;
  head.metadata_json = s.metadata_json;
  head.me_json = s.working() ? me(s) : "null";
  head.version = options_.version;
  head.plus = options_.plus;
  return head;
}

std::vector<std::shared_ptr<const webhook_config>> waha_world::hooks(const waha_session& s) const {
  auto all = s.webhooks;
  if (global_hook_) all.push_back(global_hook_);
  return all;
}

}  // namespace fibrehub::peers
