#include "tests/e2e/day.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "tests/e2e/day_time.hpp"

namespace fibrehub::e2e {
namespace {

using std::chrono::steady_clock;

double number_from(const char* name, double fallback) {
  const char* given = std::getenv(name);
  return given == nullptr ? fallback : std::strtod(given, nullptr);
}

std::uint64_t seed_or(std::uint64_t fallback) {
  return static_cast<std::uint64_t>(
      number_from("FIBREHUB_DAY_SEED", static_cast<double>(fallback)));
}

void stretch(day_plan& p) {
  const double seconds = number_from("FIBREHUB_DAY_SECONDS", p.seconds);
  p.messages = std::max(p.chats, static_cast<int>(p.messages * seconds / p.seconds));
  p.deeds = static_cast<int>(p.deeds * seconds / p.seconds);
  p.seconds = seconds;
}

constexpr const char* openings[] = {"no light on the ONT since this morning",
                                    "The box blinks red, please help",
                                    "when is the technician coming?",
                                    "photo 5 resent",
                                    "internet is slow again",
                                    "he was here, still nothing"};

}  // namespace

day_plan day_plan::large() {
  day_plan p;
  p.seed = seed_or(p.seed);
  p.engine = p.seed % 2 == 0 ? peers::waha_engine::noweb : peers::waha_engine::gows;
  stretch(p);
  return p;
}

day_plan day_plan::small() {
  day_plan p;
  p.seed = seed_or(p.seed);
  p.engine = peers::waha_engine::webjs;
  p.seconds = 6;
  p.chats = 150;
  p.messages = 330;
  p.deeds = 96;
  stretch(p);
  return p;
}

peers::fault_set day_faults() {
  peers::fault_set f;
  f.waha_duplicate_percent = 15;
  f.waha_out_of_order_percent = 15;
  f.waha_delay_ms = 60;
  f.waha_wrong_signature_percent = 3;
  f.waha_garbage_percent = 2;
  f.waha_unknown_event_percent = 2;
  f.waha_poison_percent = 1;
  f.waha_both_message_events = 1;
  f.waha_lid_percent = 20;
  f.waha_lid_ack_by_phone_percent = 20;
  f.waha_double_address_percent = 5;
  f.waha_backlog_repeat = 10;
  f.waha_ack_skip_percent = 20;
  f.waha_ack_never_percent = 5;
  f.waha_ack_duplicate_percent = 15;
  f.waha_ack_reorder_percent = 20;
  f.waha_ack_error_percent = 2;
  f.waha_ack_inbound_percent = 10;
  f.waha_echo_early_percent = 20;
  f.waha_echo_late_percent = 20;
  f.waha_echo_never_percent = 5;
  f.waha_send_empty_percent = 6;
  f.waha_send_null_percent = 3;
  f.waha_send_error_before_percent = 5;
  f.waha_send_error_after_percent = 6;
  f.waha_send_reset_before_percent = 4;
  f.waha_send_reset_percent = 6;
  f.waha_send_pending_percent = 2;
  f.waha_read_error_percent = 1;  // each makes the hub leave the bridge alone for 30 s
  f.waha_media_wrong_host = 1;
  f.waha_media_missing_percent = 15;
  f.waha_media_error_percent = 15;
  f.waha_media_skipped_percent = 15;
  f.waha_media_delay_ms = 30;
  f.waha_send_slow_ms = 5;
  f.waha_short_pages = 1;
  return f;
}

day_crowd::day_crowd(peers::peers& world, const day_plan& plan)
    : world_(world), plan_(plan), random_(plan.seed) {
  for (int i = 0; i < plan_.chats; ++i) {
    chat c;
    c.id = i % 7 < 3 ? fmt::format("1203630001{:08}@g.us", i)
                     : fmt::format("2786{:07}@c.us", 1'000'000 + i);
    c.session = day_sessions[static_cast<std::size_t>(i) % day_sessions.size()];
    if (i % 3 == 0) c.drop = fmt::format("DR{}", 1'800'000 + i);
    chats_.push_back(std::move(c));
  }
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void day_crowd::wait() {
  if (thread_.joinable()) thread_.join();
}

peers::chat_message day_crowd::next_message(const chat& c, int number) {
  peers::chat_message m;
  m.stanza = peers::phone_stanza_id(random_);
  m.chat = c.id;
  const bool group = peers::is_group(c.id);
  m.sender.phone =
      group ? fmt::format("2785{:07}", 2'000'000 + random_.below(300)) : peers::user_part(c.id);
  m.sender.lid = "77" + m.sender.phone;
  m.sender.name = "Person " + m.sender.phone.substr(6);
  m.timestamp_s = peers::now_ms() / 1000;
  m.text = fmt::format("{} ({})", random_.pick(openings), number);
  if (!c.drop.empty() && random_.percent(50)) m.text = c.drop + " " + m.text;
  if (random_.percent(8)) {
    constexpr peers::content kinds[] = {peers::content::image, peers::content::image,
                                        peers::content::voice, peers::content::document,
                                        peers::content::video};
    m.kind = random_.pick(kinds);
    if (m.kind == peers::content::document) m.filename = fmt::format("report {}.pdf", number);
  }
  // Somebody answers on the desk's own phone now and then.
  if (random_.percent(4)) m.from_me = true;
  return m;
}

void day_crowd::run(const std::stop_token& stop) {
  const auto begin = steady_clock::now();
  for (int n = 0; n < plan_.messages; ++n) {
    if (!rest(stop, due(begin, plan_.seconds, n, plan_.messages))) return;
    const chat& c = n < plan_.chats ? chats_[static_cast<std::size_t>(n)] : random_.pick(chats_);
    peers::chat_message m = next_message(c, n);
    if (n < plan_.chats) m.from_me = false;
    const auto quoted = last_stanza_.find(c.id);
    const bool quotes = quoted != last_stanza_.end() && random_.percent(15);
    const std::string quote = quotes ? quoted->second : std::string();
    last_stanza_[c.id] = m.stanza;
    const bool is_nudged = random_.percent(3);
    world_.call([&] {
      peers::waha_session* s = world_.world().find(c.session);
      if (const peers::chat_message* q = quote.empty() ? nullptr : s->find(quote))
        m.quoted = peers::quotation{q->stanza, q->from_me ? s->me.phone : q->sender.phone, q->text};
      world_.world().receive(c.session, m);
      if (!is_nudged) return;
      peers::reaction_event r;
      r.stanza = peers::phone_stanza_id(random_);
      r.target = m;
      r.sender = m.sender;
      r.emoji = "👍";
      r.timestamp_s = m.timestamp_s;
      world_.world().react(c.session, r);
    });
  }
}

}  // namespace fibrehub::e2e
