#include "bench/load/seed.hpp"

#include <fmt/format.h>

#include <array>
#include <random>
#include <stdexcept>

#include "bench/load/copy_stream.hpp"
#include "bench/load/delivery_source.hpp"
#include "bench/load/phrases.hpp"
#include "domain/history.hpp"
#include "domain/ticket.hpp"
#include "store/find/texts_sql.hpp"

namespace fibrehub::bench {
namespace {

constexpr std::int64_t day_us = 86'400'000'000;
constexpr std::int64_t years_us = std::int64_t{3} * 365 * day_us;

std::string hex(const domain::history_digest& digest) {
  std::string out = "\\\\x";
  for (unsigned char c : digest)
    out += fmt::format("{:02x}", c);
  return out;
}

// In the order of their making, as the hub's indexer comes upon them.
constexpr const char* index_words =
    "BEGIN; " FIBREHUB_SQL_INDEX_TICKETS(
        "search_due d JOIN tickets t ON t.id = d.ticket_id WHERE d.message_id IS NULL ORDER BY t.id")
    " ON CONFLICT DO NOTHING; " FIBREHUB_SQL_INDEX_MESSAGES(
        "search_due d JOIN messages m ON m.id = d.message_id ORDER BY m.id")
    " ON CONFLICT DO NOTHING; DELETE FROM"
    " search_due; COMMIT";

/// All clocks have used up three quarters less what is left until their next level: 30 of 40 days.
constexpr std::int64_t clock_target_s = std::int64_t{40} * 86'400;

/// The clocks that follow from the due instants of the open tickets, as the hub would have them.
std::string clocks_sql(std::int64_t first_ticket) {
  return fmt::format(
      "INSERT INTO sla_clocks (ticket_id, clock, cycle, start_at, target_seconds, target_source,"
      " target_reason, calendar_id, calendar_version, state, due_at, wake_at, level_bp, marks)"
      " SELECT t.id, k.clock, 1, t.due_at - {0} * interval '1 second', {0}, 'row', 'configured',"
      " c.id, c.version, 'running', t.due_at, t.due_at - {1} * interval '1 second', 0, '' FROM"
      " tickets t, (VALUES ('response'), ('resolution')) k (clock), sla_calendars c WHERE t.id >="
      " {2} AND t.due_at IS NOT NULL AND c.is_default",
      clock_target_s, clock_target_s / 4, first_ticket);
}

class seeder {
 public:
  seeder(const seed_options& o, const std::function<void(double)>& progress)
      : o_(o),
        progress_(progress),
        random_(o.seed),
        end_us_(
            std::stoll(run_sql(o.database, "SELECT (extract(epoch FROM now()) * 1e6)::bigint"))) {}

  void run() {
    if (run_sql(o_.database, "SELECT to_regclass('ticket_followers') IS NOT NULL") != "t")
      throw std::runtime_error(
          "the database has no tables of the hub's: run fibrehub migrate first");
    reference_data();
    // Ids of a range the hub will never give out: whole blocks of 65 536, taken from its supply.
    const std::int64_t wanted = std::int64_t{o_.tickets} + 3LL * o_.messages + o_.tickets + 65'536;
    const std::int64_t blocks = wanted / 65'536 + 2;
    const std::int64_t last = std::stoll(run_sql(
        o_.database, fmt::format("SELECT setval('id_blocks', nextval('id_blocks') + {})", blocks)));
    first_id_ = next_id_ = (last - blocks) << 16;
    write_all();
    run_sql(o_.database,
            "INSERT INTO uid_counters (scope, value) SELECT 'DR' || drop_number || '-', count(*)"
            " FROM tickets WHERE drop_number IS NOT NULL GROUP BY drop_number ON CONFLICT (scope)"
            " DO UPDATE SET value = greatest(uid_counters.value, excluded.value)");
    if (o_.clocks) run_sql(o_.database, clocks_sql(first_id_));
    // What the hub's indexer would do over some minutes.
    run_sql(o_.database, index_words);
    run_sql(o_.database, "ANALYZE");
  }

 private:
  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(random_() % limit); }
  std::int64_t id() { return next_id_++; }

  void reference_data() {
    run_sql(o_.database,
            "INSERT INTO clients (code, name) SELECT 'C' || i, 'Client ' || i FROM"
            " generate_series(1, 20) i ON CONFLICT DO NOTHING");
    run_sql(o_.database,
            "INSERT INTO projects (code, name, client_id) SELECT 'P' || i, 'Project ' || i, (SELECT"
            " id FROM clients WHERE code = 'C' || i) FROM generate_series(1, 20) i ON CONFLICT DO"
            " NOTHING");
    run_sql(o_.database,
            fmt::format("INSERT INTO drops (code, project_id, zone, address, install_date) SELECT"
                        " (1700000 + i)::text, (SELECT id FROM projects WHERE code = 'P' || (i % 20"
                        " + 1)), 'Zone ' || i % 12, i || ' Main Road', date '2024-01-01' + i % 900"
                        " FROM generate_series(0, {}) i ON CONFLICT DO NOTHING",
                        o_.drops - 1));
    run_sql(
        o_.database,
        fmt::format("INSERT INTO users (email, name, role) SELECT 'worker' || i ||"
                    " '@example.com', 'Worker ' || i, CASE WHEN i % 10 = 0 THEN 'team_lead' ELSE"
                    " 'technician' END FROM generate_series(1, {}) i ON CONFLICT DO NOTHING",
                    o_.users));
    run_sql(o_.database,
            "INSERT INTO teams (name, zone) SELECT 'Team ' || i, 'Zone ' || i FROM"
            " generate_series(0, 11) i ON CONFLICT DO NOTHING");
    first_user_ = std::stoll(
        run_sql(o_.database, "SELECT min(id) FROM users WHERE email LIKE 'worker%@example.com'"));
    first_team_ =
        std::stoll(run_sql(o_.database, "SELECT min(id) FROM teams WHERE name LIKE 'Team %'"));
    first_project_ =
        std::stoll(run_sql(o_.database, "SELECT min(id) FROM projects WHERE code LIKE 'P%'"));
  }

  void write_all() {
    copy_stream tickets(
        o_.database,
        "COPY tickets (id, uid, title, description, source, type, priority, status, drop_number,"
        " drop_known, project_id, zone, address, channel, chat_id, message_count, last_message_at,"
        " version, history_seq, history_hash, created_at, updated_at, resolved_at, closed_at,"
        " assigned_to, assigned_team, tags, created_by, due_at) FROM STDIN");
    copy_stream messages(
        o_.database,
        "COPY messages (id, ticket_id, chat_id, inbox_id, outbound, by_api, ext_id, author_name,"
        " type, body, sent_at, received_at) FROM STDIN");
    copy_stream inbox(o_.database,
                      "COPY inbox (id, source, channel, ext_id, event, state, fingerprint,"
                      " received_at, headers, body, ticket_id) FROM STDIN");
    copy_stream history(o_.database,
                        "COPY ticket_history (ticket_id, seq, at, actor_kind, actor, address,"
                        " action, field, old_value, new_value, hash) FROM STDIN");
    copy_stream chats(
        o_.database,
        "COPY chats (id, channel, session, ext_id, kind, name, created_at) FROM STDIN");
    const double per_ticket = static_cast<double>(o_.messages) / std::max(1U, o_.tickets);
    double owed = 0;
    for (std::uint32_t n = 0; n < o_.tickets; ++n) {
      owed += per_ticket;
      const auto count = static_cast<std::uint32_t>(owed);
      owed -= count;
      one_ticket(n, count, tickets, messages, inbox, history, chats);
      if (n % 10'000 == 0) progress_(static_cast<double>(n) / o_.tickets);
    }
    for (copy_stream* s : {&tickets, &messages, &inbox, &history, &chats})
      s->finish();
    progress_(1);
  }

  /// The next row of the ticket's history, as the hub would write it.
  void add_history(copy_stream& out, domain::history_entry& e, const char* action,
                   const char* field, const std::string& value, std::int64_t at_us) {
    ++e.seq;
    e.at = domain::from_us(at_us);
    e.action = action;
    e.field = field;
    e.new_value = value;
    hash_ = domain::chain(hash_, e);
    out.number(e.ticket_id).number(e.seq).plain(domain::to_rfc3339(e.at)).text(e.actor.kind);
    out.text(e.actor.name).text("").text(e.action).text(e.field).text("").text(e.new_value);
    out.plain(hex(hash_)).end_row();
  }

  void one_ticket(std::uint32_t n, std::uint32_t count, copy_stream& tickets, copy_stream& messages,
                  copy_stream& inbox, copy_stream& history, copy_stream& chats) {
    const std::int64_t ticket = id(), chat = id();
    const std::uint32_t drop = below(o_.drops);
    const bool open = below(100) < o_.open_percent;
    const std::int64_t created_us =
        end_us_ - years_us +
        static_cast<std::int64_t>(static_cast<double>(years_us) * n / o_.tickets);
    const std::string at = domain::to_rfc3339(domain::from_us(created_us));
    chats.number(chat).text("main").text("seed").text(fmt::format("27{:09}@c.us", n));
    chats.text("direct").text(person_name(n)).plain(at).end_row();
    hash_ = {};
    domain::history_entry entry;
    entry.ticket_id = ticket;
    entry.actor = {"system", "waha/main", ""};
    std::int64_t last_us = created_us;
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::int64_t message = id(), raw = id();
      last_us = created_us + i * 3'600'000'000LL;
      const std::string sent = domain::to_rfc3339(domain::from_us(last_us));
      const std::string ext = fmt::format("SEED{}-{}-{}", o_.seed, n, i);
      const std::string body =
          fmt::format("{} {}", phrase(below(phrase_count)), phrase(below(phrase_count)));
      messages.number(message).number(ticket).number(chat).number(raw).plain("f").plain("f");
      messages.text(ext)
          .text(person_name(n))
          .text("text")
          .text(body)
          .plain(sent)
          .plain(sent)
          .end_row();
      inbox.number(raw)
          .text("waha")
          .text("main")
          .text("main/seed/msg/in/" + ext)
          .text("message.any");
      inbox.text("stored").plain("\\\\x00112233445566778899aabbccddeeff").plain(sent).text("{}");
      inbox.text(fmt::format(
          R"({{"event":"message.any","session":"seed","payload":{{"id":"{}","body":"{}"}}}})", ext,
          body));
      inbox.number(ticket).end_row();
      add_history(history, entry, i == 0 ? "created" : "message", i == 0 ? "message" : "inbound",
                  ext, last_us);
    }
    if (count == 0) add_history(history, entry, "created", "ticket", "ff_internal", created_us);
    if (!open) add_history(history, entry, "status", "status", "closed", last_us + 7'200'000'000LL);
    write_ticket(tickets, n, ticket, chat, drop, open, count, at, last_us, entry.seq);
  }

  void write_ticket(copy_stream& t, std::uint32_t n, std::int64_t ticket, std::int64_t chat,
                    std::uint32_t drop, bool open, std::uint32_t count, const std::string& at,
                    std::int64_t last_us, std::int32_t seq) {
    constexpr std::array open_states{"new", "triaged", "assigned", "in_progress", "blocked", "qa"};
    const std::string done = domain::to_rfc3339(domain::from_us(last_us + 7'200'000'000LL));
    const auto types = domain::ticket_type_names();
    const auto priorities = domain::ticket_priority_names();
    const std::string digits = drop_number(drop).substr(2);
    t.number(ticket).text(fmt::format("DR{}-S{}", digits, n)).text(phrase(below(phrase_count)));
    t.text(fmt::format("{} {}", phrase(below(phrase_count)), phrase(below(phrase_count))));
    t.text(below(4) == 0 ? "ff_internal" : "wa_inbound").text(types[below(5)]);
    t.text(priorities[below(4)])
        .text(open ? open_states[below(6)] : "closed")
        .text(digits)
        .plain("t");
    t.number(first_project_ + drop % 20).text(fmt::format("Zone {}", drop % 12));
    t.text(fmt::format("{} Main Road", drop)).text("main").number(chat).number(count);
    if (count > 0) {
      t.plain(domain::to_rfc3339(domain::from_us(last_us)));
    } else {
      t.null();
    }
    t.number(seq).number(seq).plain(hex(hash_)).plain(at).plain(open ? at : done);
    if (open) {
      t.null().null();
    } else {
      t.plain(done).plain(done);
    }
    if (below(10) == 0) {
      t.null();
    } else {
      t.number(first_user_ + below(o_.users));
    }
    t.number(first_team_ + drop % 12).plain(fmt::format("{{{}}}", below(5) == 0 ? "storm" : ""));
    t.text(person_name(n));
    if (o_.clocks && open) {
      const std::int64_t next_level_us = end_us_ + 3'600'000'000 + below(29 * 86'400) * 1'000'000LL;
      t.plain(domain::to_rfc3339(domain::from_us(next_level_us + clock_target_s / 4 * 1'000'000)));
    } else {
      t.null();
    }
    t.end_row();
  }

  const seed_options& o_;
  const std::function<void(double)>& progress_;
  std::mt19937_64 random_;
  std::int64_t end_us_;
  std::int64_t first_id_ = 0, next_id_ = 0, first_user_ = 0, first_team_ = 0, first_project_ = 0;
  domain::history_digest hash_{};
};

}  // namespace

void seed_database(const seed_options& options, const std::function<void(double)>& progress) {
  seeder(options, progress).run();
}

}  // namespace fibrehub::bench
