#include "store/notify/digest.hpp"

#include <fmt/format.h>

#include <array>

#include "store/people/sql.hpp"
#include "store/sql_time.hpp"
#include "store/tickets/json.hpp"

namespace fibrehub::store {
namespace {

using namespace people;

constexpr std::size_t max_lines = 200;  // of one e-mail
constexpr std::int64_t laid_aside = 0;  // no outbox row: the person is disabled or has no address

constexpr sql select_due{
    "digest_due",
    "SELECT DISTINCT d.user_id FROM digest_items d WHERE d.sent_in IS NULL AND d.due_at "
    "<= " FIBREHUB_SQL_INSTANT("$1::bigint") " ORDER BY 1 LIMIT $2::bigint"};
// All that waits for them, also what would be due later: it need not come in a mail of its own.
constexpr sql select_items{
    "digest_items",
    "SELECT d.user_id, d.id, d.subject, u.email, u.name, u.disabled_at IS NOT NULL FROM"
    " digest_items d JOIN users u ON u.id = d.user_id WHERE d.sent_in IS NULL AND d.user_id = ANY"
    " ($1::bigint[]) ORDER BY d.user_id, d.id FOR UPDATE OF d"};
constexpr sql insert_mails{
    "digest_mails",
    "INSERT INTO outbox (key, channel, lane, user_id, body, next_at, created_at) SELECT r.key,"
    " 'email', 'user:' || r.user_id, r.user_id, r.body, " FIBREHUB_SQL_INSTANT("$4::bigint") ", "
    FIBREHUB_SQL_INSTANT("$4::bigint")
    " FROM (SELECT unnest($1::text[]) AS key, unnest($2::bigint[]) AS user_id,"
    " unnest($3::jsonb[]) AS body) AS r ON CONFLICT (key) DO NOTHING RETURNING id, user_id"};
constexpr sql mark_items{
    "digest_mark",
    "UPDATE digest_items d SET sent_in = r.mail FROM (SELECT unnest($1::bigint[]) AS item,"
    " unnest($2::bigint[]) AS mail) AS r WHERE d.id = r.item"};

struct digest {
  std::int64_t user_id = 0;
  std::string email, name;
  bool disabled = false;
  std::vector<std::int64_t> items;
  std::string lines;

  bool can_leave() const { return !disabled && !email.empty(); }
  std::string key() const { return fmt::format("digest:{}:{}", user_id, items.back()); }
  std::string body() const {
    const std::size_t n = items.size();
    std::string text = lines;
    if (n > max_lines) text += fmt::format("… and {} more\n", n - max_lines);
    return fmt::format(
        R"({{"kind":"digest","to":{},"name":{},"subject":{},"text":{},"ticket":null}})",
        json_string(email), json_string(name),
        json_string(fmt::format("{} notification{}", n, n == 1 ? "" : "s")), json_string(text));
  }
};

std::vector<digest> load(connection& db, pqxx::transaction_base& tx,
                         const std::vector<std::int64_t>& users) {
  std::vector<digest> out;
  const pqxx::result rows = db.run(tx, select_items, {{id_array(users)}, nullptr});
  for (const auto& r : rows) {
    const auto user = r[0].as<std::int64_t>();
    if (out.empty() || out.back().user_id != user)
      out.push_back({user, r[3].c_str(), r[4].c_str(), r[5].as<bool>(), {}, {}});
    digest& d = out.back();
    d.items.push_back(r[1].as<std::int64_t>());
    if (d.items.size() <= max_lines) d.lines += fmt::format("{}\n", r[2].c_str());
  }
  return out;
}

}  // namespace

domain::principal digest_principal() {
  domain::principal p;
  p.what = domain::principal::kind::system;
  p.id = "system:notifications";
  p.name = "notifications";
  p.as = domain::role::admin;
  return p;
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const release_digests& request,
                  change_context& context) {
  const std::string now = us(context.origin.at);
  const pqxx::result due =
      db.run(tx, select_due, {{now, std::to_string(request.people_limit + 1)}, nullptr});
  std::vector<std::int64_t> users;
  for (const auto& r : due)
    users.push_back(r[0].as<std::int64_t>());
  digest_run done;
  done.more = users.size() > request.people_limit;
  if (done.more) users.pop_back();
  if (!users.empty()) {
    const std::vector<digest> digests = load(db, tx, users);
    pq_array keys, owners, bodies, items, mails;
    for (const digest& d : digests) {
      if (!d.can_leave()) continue;
      keys.add(std::string_view(d.key()));
      owners.add(d.user_id);
      bodies.add(std::string_view(d.body()));
      ++done.people;
    }
    const pqxx::result made =
        db.run(tx, insert_mails, {{keys.take(), owners.take(), bodies.take(), now}, nullptr});
    context.grows_outbox |= !made.empty();
    std::unordered_map<std::int64_t, std::int64_t> mail_of;
    for (const auto& r : made)
      mail_of[r[1].as<std::int64_t>()] = r[0].as<std::int64_t>();
    for (const digest& d : digests)
      for (const std::int64_t item : d.items) {
        const auto mail = mail_of.find(d.user_id);
        items.add(item);
        mails.add(mail == mail_of.end() ? laid_aside : mail->second);
      }
    db.run(tx, mark_items, {{items.take(), mails.take()}, nullptr});
  }
  if (request.result) *request.result = done;
  return write_answer{200, fmt::format(R"({{"people":{}}})", done.people)};
}

}  // namespace fibrehub::store
