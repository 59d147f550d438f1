#include "tests/e2e/day.hpp"

#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <sstream>

#include "tests/e2e/http.hpp"
#include "tests/e2e/hub_process.hpp"

namespace fibrehub::e2e {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

double number_from(const char* name, double fallback) {
  const char* given = std::getenv(name);
  return given == nullptr ? fallback : std::strtod(given, nullptr);
}

/// When the n-th of `count` things of a day is due.
steady_clock::time_point due(steady_clock::time_point begin, double seconds, int n, int count) {
  return begin + std::chrono::duration_cast<steady_clock::duration>(
                     std::chrono::duration<double>(seconds * n / std::max(1, count)));
}

/// Until then; false when it is to stop before.
bool rest(const std::stop_token& stop, steady_clock::time_point until) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_until(lock, stop, until, [] { return false; });
  return !stop.stop_requested();
}

constexpr const char* openings[] = {"no light on the ONT since this morning",
                                    "The box blinks red, please help",
                                    "when is the technician coming?",
                                    "photo 5 resent",
                                    "internet is slow again",
                                    "he was here, still nothing"};

}  // namespace

day_plan day_plan::from_environment() {
  day_plan p;
  p.seed =
      static_cast<std::uint64_t>(number_from("FIBREHUB_DAY_SEED", static_cast<double>(p.seed)));
  const double seconds = number_from("FIBREHUB_DAY_SECONDS", p.seconds);
  p.messages = static_cast<int>(p.messages * seconds / p.seconds);
  p.answers = static_cast<int>(p.answers * seconds / p.seconds);
  p.messages = std::max(p.messages, p.chats);
  p.seconds = seconds;
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
  return f;
}

// --- the people ---------------------------------------------------------------------------------

day_crowd::day_crowd(peers::peers& world, const day_plan& plan)
    : world_(world), plan_(plan), random_(plan.seed) {
  for (int i = 0; i < plan_.chats; ++i) {
    chat c;
    c.id = i % 7 == 0 ? fmt::format("1203630001{:08}@g.us", i)
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

// --- staff --------------------------------------------------------------------------------------

day_staff::day_staff(const fixtures::temporary_database& db, std::uint16_t hub_port,
                     std::string session, const day_plan& plan)
    : db_(db),
      port_(hub_port),
      session_(std::move(session)),
      plan_(plan),
      random_(plan.seed ^ 0x7374616666ULL) {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

std::vector<day_answer> day_staff::wait() {
  if (thread_.joinable()) thread_.join();
  return acknowledged_;
}

/// Those with a chat; none while the database is away.
std::vector<std::string> day_staff::tickets() const {
  std::vector<std::string> out;
  try {
    std::istringstream in(db_.ask("SELECT uid FROM tickets WHERE chat_id IS NOT NULL ORDER BY id"));
    for (std::string uid; std::getline(in, uid);)
      out.push_back(uid);
  } catch (const std::exception&) {
    return {};
  }
  return out;
}

/// The hub has it; false: it is to stop before that.
bool day_staff::say(const std::stop_token& stop, const day_answer& answer) const {
  const http_headers headers{
      {"Authorization", "Bearer " + session_},
      {"Content-Type", "application/json"},
      {"Idempotency-Key", fmt::format("day-{}-{}", plan_.seed, answer.number)}};
  // Merged or closed by nobody here: any other answer means that the hub is away.
  const bool ended = eventually(
      [&] {
        return stop.stop_requested() ||
               fetch(port_, "POST", "/api/v1/tickets/" + answer.ticket + "/messages",
                     fmt::format(R"({{"text":"{}"}})", answer.text), headers)
                       .status == 201;
      },
      120s, 20ms);
  return ended && !stop.stop_requested();
}

void day_staff::run(const std::stop_token& stop) {
  const auto begin = steady_clock::now();
  std::vector<std::string> known;
  for (int n = 0; n < plan_.answers; ++n) {
    if (!rest(stop, due(begin, plan_.seconds, n, plan_.answers))) return;
    if (n % 20 == 0)
      if (auto now = tickets(); !now.empty()) known = std::move(now);
    const bool begun = eventually([&] {
      if (known.empty()) known = tickets();
      return stop.stop_requested() || !known.empty();
    });
    if (!begun || stop.stop_requested()) return;
    // A few tickets are talked about much, so that their order can be wrong.
    const std::size_t few = std::min<std::size_t>(known.size(), 12);
    const std::string& uid = random_.percent(40) ? known[random_.below(few)] : random_.pick(known);
    const day_answer answer{uid, fmt::format("say {} number {}", uid, n), n};
    if (!say(stop, answer)) return;
    acknowledged_.push_back(answer);
    ++count_;
  }
}

}  // namespace fibrehub::e2e
