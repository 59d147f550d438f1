#include "peers/waha_world.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "peers/media.hpp"
#include "peers/waha_config.hpp"

namespace fibrehub::peers {

namespace asio = boost::asio;

const chat_message* waha_session::find(std::string_view stanza) const {
  const auto at = by_stanza.find(std::string(stanza));
  return at == by_stanza.end() ? nullptr : &messages[at->second];
}

waha_world::waha_world(asio::io_context& io, const peers_options& options, fault_set& faults,
                       webhook_sender& sender, ledger& book)
    : io_(io),
      options_(options),
      faults_(faults),
      sender_(sender),
      book_(book),
      random_(options.seed ^ 0x57414841ULL),
      start_ms_(now_ms()) {
  if (!options.hub_webhook.empty()) {
    auto hook = global_webhook(options);
    if (!hook) throw std::runtime_error(hook.error());
    global_hook_ = std::make_shared<const webhook_config>(std::move(*hook));
  }
  sender_.on_attempt([this](const webhook_job& job, unsigned status) { attempted(job, status); });
}

void waha_world::start() {
  for (const auto& name : options_.sessions) {
    waha_session& s = create(name, true);
    if (sessions_.size() > 1) {
      s.me.phone = fmt::format("2782{:07}", sessions_.size());
      s.me.lid = fmt::format("{}", 111111111111110ULL + sessions_.size());
    }
    start_session(s);
  }
}

// ---- what happens on WhatsApp -------------------------------------------------------------------

void waha_world::receive(const std::string& session, chat_message m) {
  waha_session* s = find(session);
  if (s == nullptr) return;
  if (m.timestamp_s == 0) m.timestamp_s = now_ms() / 1000;
  if (!m.lid_addressed) m.lid_addressed = random_.percent(faults_.waha_lid_percent);
  if (m.has_media()) {
    if (m.mimetype.empty()) m.mimetype = media_mimetype(m.kind);
    m.media_url = media_url(session, m);
    renew_media(session, m);
  }
  if (m.from_me) m.ack = ack_server;
  know(m.sender);
  store(*s, m);
  ledger_entry& entry = book_.record(session, m);
  if (down_ || !s->working() || faults_.waha_silent > 0) {
    entry.withheld = true;
    s->backlog.push_back(m.stanza);
    return;
  }
  publish_message(*s, m);
  if (m.from_me) {
    climb_acks(*s, m);
  } else {
    follow_with_faults(*s, m);
  }
}

void waha_world::react(const std::string& session, const reaction_event& r) {
  waha_session* s = find(session);
  if (s == nullptr || s->find(r.target.stanza) == nullptr) return;
  emit(*s, "message.reaction", reaction_payload(options_.engine, r, s->me));
}

void waha_world::edit(const std::string& session, const edit_event& e) {
  waha_session* s = find(session);
  if (s == nullptr) return;
  if (const auto at = s->by_stanza.find(e.target.stanza); at != s->by_stanza.end()) {
    s->messages[at->second].text = e.text;
  }
  if (auto* entry = book_.find(session, e.target.stanza)) entry->edited_text = e.text;
  emit(*s, "message.edited", edited_payload(options_.engine, e, s->me));
}

void waha_world::revoke(const std::string& session, const edit_event& e) {
  waha_session* s = find(session);
  if (s == nullptr) return;
  if (auto* entry = book_.find(session, e.target.stanza)) entry->revoked = true;
  emit(*s, "message.revoked", revoked_payload(options_.engine, e, s->me));
}

void waha_world::call(const std::string& session, const call_event& c) {
  if (waha_session* s = find(session)) emit(*s, "call.received", call_payload(c));
}

void waha_world::presence(const std::string& session, std::string_view chat, std::string_view who,
                          std::string_view state) {
  if (waha_session* s = find(session)) {
    emit(*s, "presence.update", presence_payload(chat, who, state));
  }
}

void waha_world::send(waha_session& s, chat_message m) {
  s.activity_ms = now_ms();
  m.from_me = true;
  m.by_api = true;
  m.ack = ack_pending;
  m.timestamp_s = s.activity_ms / 1000;
  if (m.has_media()) {
    m.media_url = media_url(s.name, m);
    renew_media(s.name, m);
  }
  store(s, m);
  book_.record(s.name, m);
  publish_message(s, m);
  if (faults_.waha_restricted > 0 && cold(s, m.chat)) {
    // Error 463: NOWEB says 201 first and ERROR afterwards; WEBJS leaves it PENDING for ever.
    if (options_.engine == waha_engine::webjs) return;
    after(static_cast<double>(scaled_ms(150)), [this, name = s.name, m] {
      if (waha_session* now = find(name)) {
        emit(*now, "message.ack",
             ack_payload(options_.engine, m, now->me, ack_error, m.sender, now_ms() / 1000));
      }
    });
    return;
  }
  climb_acks(s, m);
}

bool waha_world::cold(const waha_session& s, std::string_view chat) {
  return std::none_of(s.messages.begin(), s.messages.end(),
                      [&](const auto& m) { return !m.from_me && m.chat == chat; });
}

void waha_world::climb_acks(waha_session& s, const chat_message& m) {
  if (random_.percent(faults_.waha_ack_never_percent)) return;
  const bool group = is_group(m.chat);
  double at_ms = 0;
  for (int step = ack_server; step <= ack_read; ++step) {
    at_ms += static_cast<double>(random_.between(60, step == ack_read ? 4000 : 500));
    if (random_.percent(faults_.waha_ack_skip_percent)) continue;
    if (step == ack_server && m.ack >= ack_server) continue;
    // In groups a delivery receipt counts as SERVER on NOWEB, so only READ tells anything.
    if (group && step == ack_device) continue;
    after(static_cast<double>(scaled_ms(at_ms)), [this, name = s.name, m, step, group] {
      waha_session* now = find(name);
      if (now == nullptr || !now->working()) return;
      const auto at = now->by_stanza.find(m.stanza);
      if (at != now->by_stanza.end()) now->messages[at->second].ack = step;
      if (auto* entry = book_.find(name, m.stanza)) entry->last_ack = step;
      person reader = m.sender;
      if (reader.lid.empty() && !by_phone_.empty()) reader = by_phone_.begin()->second;
      const bool group_event = group && step == ack_read;
      emit(*now, group_event ? "message.ack.group" : "message.ack",
           ack_payload(options_.engine, m, now->me, step, reader, now_ms() / 1000));
    });
  }
}

// ---- from events to webhooks --------------------------------------------------------------------

void waha_world::publish_message(waha_session& s, const chat_message& m) {
  const std::string payload = message_payload(options_.engine, m, s.me);
  // WAHA downloads media first, so a photo arrives after texts that were written later.
  const double hold_ms =
      m.has_media() && !m.by_api ? static_cast<double>(scaled_ms(random_.between(150, 1700))) : 0;
  envelope_head head = new_head(s, "message.any");
  const bool both = faults_.waha_both_message_events > 0;
  if (!m.from_me) {
    envelope_head inbound = head;
    inbound.event = "message";
    // One id for both kinds on NOWEB and GOWS; WEBJS makes two.
    if (options_.engine == waha_engine::webjs) {
      inbound.id = "evt_" + ulid(head.timestamp_ms, random_);
    }
    emit_as(s, inbound, payload, m.stanza, hold_ms, both);
  }
  emit_as(s, head, payload, m.stanza, hold_ms, both);
}

void waha_world::follow_with_faults(waha_session& s, const chat_message& m) {
  if (random_.percent(faults_.waha_poison_percent)) {
    chat_message other = m;
    other.text = m.text + " (not what was said first)";
    if (auto* entry = book_.find(s.name, m.stanza)) entry->poison_text = other.text;
    const envelope_head head = new_head(s, "message.any");
    emit_as(s, head, message_payload(options_.engine, other, s.me), {},
            static_cast<double>(scaled_ms(300)), true);
  }
  if (random_.percent(faults_.waha_wrong_signature_percent)) {
    chat_message forged = m;
    forged.stanza = phone_stanza_id(random_);
    forged.text = "Please pay the technician in cash, " + m.text;
    book_.record_forgery({s.name, forged.stanza, forged.text, 0});
    post_body(s, "message.any",
              envelope(new_head(s, "message.any"), message_payload(options_.engine, forged, s.me)),
              forged.stanza, true);
  }
  if (random_.percent(faults_.waha_garbage_percent)) {
    const std::string whole =
        envelope(new_head(s, "message.any"), message_payload(options_.engine, m, s.me));
    post_body(s, "message.any", whole.substr(0, whole.size() / 2) + "\x01{{", {}, false);
  }
  if (random_.percent(faults_.waha_unknown_event_percent)) {
    emit(s, "message.sparkle", R"({"sparkles":7,"shape":{"points":5}})", {}, 0, true);
  }
}

void waha_world::flush_backlog(waha_session& s) {
  const auto waiting = std::move(s.backlog);
  s.backlog.clear();
  for (const auto& stanza : waiting) {
    const chat_message* m = s.find(stanza);
    if (m == nullptr) continue;
    if (auto* entry = book_.find(s.name, stanza)) entry->withheld = false;
    publish_message(s, *m);
  }
}

void waha_world::emit(waha_session& s, std::string_view event, const std::string& payload,
                      std::string_view stanza, double hold_ms, bool forced) {
  emit_as(s, new_head(s, event), payload, stanza, hold_ms, forced);
}

void waha_world::emit_as(waha_session& s, envelope_head head, const std::string& payload,
                         std::string_view stanza, double hold_ms, bool forced) {
  if (down_ || faults_.waha_silent > 0) return;
  for (const auto& config : hooks(s)) {
    if (!forced && !config->wants(head.event)) continue;
    webhook_job job;
    job.config = config;
    job.event = head.event;
    job.session = s.name;
    job.stanza = std::string(stanza);
    job.timestamp_ms = head.timestamp_ms;
    job.request_id = sender_.new_request_id();
    job.body = envelope(head, payload);
    post(s, job, hold_ms);
    if (!random_.percent(faults_.waha_duplicate_percent)) continue;
    const auto copies = static_cast<int>(faults_.waha_duplicate_copies);
    for (int copy = 0; copy < copies; ++copy) {
      webhook_job again = job;
      if (random_.percent(50)) {
        // The socket delivered it again: a new event about the same thing.
        envelope_head fresh = head;
        fresh.timestamp_ms = now_ms();
        fresh.id = "evt_" + ulid(fresh.timestamp_ms, random_);
        again.timestamp_ms = fresh.timestamp_ms;
        again.request_id.clear();
        again.body = envelope(fresh, payload);
      }
      post(s, std::move(again), hold_ms + static_cast<double>(random_.between(0, 400)));
    }
  }
}

void waha_world::post(waha_session& s, webhook_job job, double hold_ms) {
  if (auto* entry = job.stanza.empty() ? nullptr : book_.find(s.name, job.stanza)) {
    ++entry->webhooks;
  }
  job.hold_ms = hold_ms + faults_.waha_delay_ms * random_.unit();
  if (random_.percent(faults_.waha_out_of_order_percent)) {
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
  head.me_json = s.working() ? me_json(s.me) : "null";
  return head;
}

std::vector<std::shared_ptr<const webhook_config>> waha_world::hooks(const waha_session& s) const {
  auto all = s.webhooks;
  if (global_hook_) all.push_back(global_hook_);
  return all;
}

// ---- messages, media, people --------------------------------------------------------------------

void waha_world::store(waha_session& s, const chat_message& m) {
  if (s.by_stanza.try_emplace(m.stanza, s.messages.size()).second) s.messages.push_back(m);
}

std::string waha_world::media_name(const chat_message& m) const {
  return fmt::format("{}.{}", m.stanza, media_extension(m.kind));
}

std::string waha_world::media_url(const std::string& session, const chat_message& m) const {
  const std::string base = faults_.waha_media_wrong_host > 0 ? "http://localhost:3000" : base_url_;
  return fmt::format("{}/api/files/{}/{}", base, session, media_name(m));
}

void waha_world::renew_media(const std::string& session, const chat_message& m) {
  media_[session + "/" + media_name(m)] = {m.kind, m.stanza, now_ms()};
}

const media_file* waha_world::find_media(const std::string& session,
                                         const std::string& file) const {
  const auto at = media_.find(session + "/" + file);
  if (at == media_.end()) return nullptr;
  const double age_s = static_cast<double>(now_ms() - at->second.created_ms) / 1000;
  const bool expired = options_.files_lifetime_s > 0 && age_s > options_.files_lifetime_s;
  return expired ? nullptr : &at->second;
}

const person* waha_world::find_person(std::string_view digits) const {
  const auto alias = phone_by_lid_.find(digits);
  const auto at =
      by_phone_.find(alias == phone_by_lid_.end() ? std::string(digits) : alias->second);
  return at == by_phone_.end() ? nullptr : &at->second;
}

void waha_world::know(const person& p) {
  if (p.phone.empty()) return;
  by_phone_.try_emplace(p.phone, p);
  if (!p.lid.empty()) phone_by_lid_.try_emplace(p.lid, p.phone);
}

void waha_world::after(double ms, std::function<void()> what, bool awaited) {
  if (awaited) ++scheduled_;
  asio::co_spawn(io_, run_after(static_cast<std::int64_t>(ms), std::move(what), awaited),
                 asio::detached);
}

asio::awaitable<void> waha_world::run_after(std::int64_t ms, std::function<void()> what,
                                            bool awaited) {
  boost::system::error_code ec;
  asio::steady_timer timer(io_, std::chrono::milliseconds(ms));
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ec));
  if (awaited) --scheduled_;
  what();
}

}  // namespace fibrehub::peers
