#include "peers/waha_world.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "peers/waha_config.hpp"

namespace fibrehub::peers {

namespace asio = boost::asio;

namespace {

void join(waha_group& g, const person& who) {
  const bool member =
      who.phone.empty() || std::any_of(g.members.begin(), g.members.end(),
                                       [&](const auto& m) { return m.who.phone == who.phone; });
  if (!member) g.members.push_back({who, "participant"});
}

}  // namespace

waha_world::waha_world(asio::io_context& io, const peers_options& options, fault_set& faults,
                       webhook_sender& sender, ledger& book)
    : io_(io),
      options_(options),
      faults_(faults),
      sender_(sender),
      book_(book),
      features_(features_of(options.version, options.plus)),
      dice_(faults, options.seed),
      random_(options.seed ^ 0x57414841ULL),
      clock_random_(options.seed ^ 0x434c4f434bULL),
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
    waha_session& s = create(name, options_.paired);
    s.store = options_.noweb_store;
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
  if (!m.lid_addressed) m.lid_addressed = dice_(&fault_set::waha_lid_percent);
  m.hints = faults_.waha_lid_no_hints == 0 && faults_.waha_lid_unknown == 0;
  if (m.from_me) m.ack = ack_server;
  fetch_media(*s, m);
  know(m.sender);
  if (is_group(m.chat)) join(group(m.chat), m.sender);
  store(*s, m);
  ledger_entry& entry = book_.record(session, m);
  if (mute(*s) || !s->working()) {
    entry.withheld = true;
    s->backlog.push_back(m.stanza);
    return;
  }
  publish_message(*s, m);
  const bool direct = m.chat.ends_with("@c.us") && !m.sender.lid.empty();
  if (direct && dice_(&fault_set::waha_double_address_percent)) {
    chat_message other = m;
    other.lid_addressed = !m.lid_addressed;
    publish_message(*s, other);
  }
  if (m.from_me) {
    climb_acks(*s, m);
  } else {
    follow_with_faults(*s, m);
    const bool gows = options_.engine == waha_engine::gows && !is_group(m.chat);
    if (gows && dice_(&fault_set::waha_ack_inbound_percent)) {
      emit(*s, "message.ack", inbound_ack_payload(m, ack_read));
    }
  }
}

void waha_world::tell(waha_session& s, std::string_view event, const std::string& payload) {
  emit(s, event, payload);
}

void waha_world::react(const std::string& session, const reaction_event& r) {
  waha_session* s = find(session);
  if (s == nullptr || s->find(r.target.stanza) == nullptr) return;
  book_.record_reaction(session, r);
  emit(*s, "message.reaction", reaction_payload(options_.engine, r, s->me), r.stanza);
}

void waha_world::react_by_api(waha_session& s, reaction_event r) {
  r.from_me = true;
  r.by_api = true;
  book_.record_reaction(s.name, r);
  emit(s, "message.reaction", reaction_payload(options_.engine, r, s.me), r.stanza);
}

void waha_world::edit(const std::string& session, const edit_event& e) {
  waha_session* s = find(session);
  if (s == nullptr) return;
  if (chat_message* known = s->find(e.target.stanza)) known->text = e.text;
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

// ---- timers
// ----------------------------------------------------------------------------------------

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
