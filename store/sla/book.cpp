#include "store/sla/book.hpp"

#include <fmt/format.h>

#include <mutex>

#include "store/people/sql.hpp"
#include "store/pq.hpp"
#include "store/sla/calendar_column.hpp"
#include "store/sql_time.hpp"

namespace fibrehub::store {
namespace {

namespace sla = domain::sla;
using std::chrono::seconds;

constexpr sql select_revision{"sla_revision", "SELECT revision::text, version FROM sla_state"};
constexpr sql renew_revision{"sla_renew", "UPDATE sla_state SET revision = gen_random_uuid()"};
constexpr sql select_calendars{
    "sla_book_calendars",
    "SELECT id, name, version, is_default, versions::text, repaired_in,"
    " coalesce(" FIBREHUB_SQL_US("repaired_at") ", 0) FROM sla_calendars"};
constexpr sql select_types{"sla_book_types", "SELECT type, base_seconds FROM sla_types"};
constexpr sql select_priorities{
    "sla_book_priorities",
    "SELECT priority, multiplier_percent, response_seconds FROM sla_priorities"};
constexpr sql select_configs{
    "sla_book_configs",
    "SELECT type, priority, response_seconds, resolution_seconds, array_to_string(levels_bp, ' '),"
    " coalesce(calendar_id, 0) FROM sla_configs"};
constexpr sql select_contracts{
    "sla_book_contracts",
    "SELECT client_id, id, number, starts_on::text, coalesce(ends_on::text, ''), response_seconds,"
    " resolution_seconds, coalesce(calendar_id, 0) FROM contracts WHERE archived_at IS NULL"
    " ORDER BY client_id, starts_on DESC, id DESC"};

constexpr sql select_guarantees{
    "sla_book_guarantees",
    "SELECT g.project_id, p.code, g.period_days, array_to_string(g.ticket_types, ' ') FROM"
    " project_guarantees g JOIN projects p ON p.id = g.project_id WHERE g.archived_at IS NULL"};

std::optional<seconds> seconds_of(const pqxx::field& f) {
  if (f.is_null()) return std::nullopt;
  return seconds{f.as<std::int64_t>()};
}

void load_calendars(connection& db, pqxx::transaction_base& tx, sla_book& book) {
  const pqxx::result rows = db.run(tx, select_calendars);
  for (const auto& r : rows) {
    sla_calendar c{r[0].as<std::int64_t>(), r[1].c_str(),
                   r[2].as<std::int32_t>(), nullptr,
                   r[5].as<std::int32_t>(), domain::from_us(r[6].as<std::int64_t>())};
    auto versions = from_column(r[4].c_str());
    if (!versions) throw std::runtime_error(fmt::format("calendar {} cannot be read", c.name));
    auto made = sla::calendar::make(std::move(*versions));
    if (!made)
      throw std::runtime_error(
          fmt::format("calendar {}: {} {}", c.name, made.error().field, made.error().reason));
    c.hours = std::move(*made);
    if (r[3].as<bool>()) book.default_calendar = c.id;
    book.calendars.emplace(c.id, std::move(c));
  }
}

void load_targets(connection& db, pqxx::transaction_base& tx, sla_book& book) {
  book.rule = sla::default_target_rule();
  const pqxx::result types = db.run(tx, select_types);
  for (const auto& r : types)
    if (const auto type = domain::ticket_type_from(r[0].c_str()))
      book.rule.base[static_cast<std::size_t>(*type)] = seconds{r[1].as<std::int64_t>()};
  const pqxx::result priorities = db.run(tx, select_priorities);
  for (const auto& r : priorities)
    if (const auto priority = domain::ticket_priority_from(r[0].c_str())) {
      book.rule.multiplier_percent[static_cast<std::size_t>(*priority)] = r[1].as<int>();
      book.rule.response[static_cast<std::size_t>(*priority)] = seconds{r[2].as<std::int64_t>()};
    }
  const pqxx::result pairs = db.run(tx, select_configs);
  for (const auto& r : pairs) {
    const auto type = domain::ticket_type_from(r[0].c_str());
    const auto priority = domain::ticket_priority_from(r[1].c_str());
    if (!type || !priority) continue;
    sla_pair& p = book.pairs.emplace_back();
    p.target = {*type, *priority, seconds_of(r[2]), seconds_of(r[3])};
    for (const std::int64_t bp : people::ids_of(r[4]))
      p.levels_bp.push_back(static_cast<int>(bp));
    p.calendar_id = r[5].as<std::int64_t>();
  }
}

void load_contracts(connection& db, pqxx::transaction_base& tx, sla_book& book) {
  const pqxx::result rows = db.run(tx, select_contracts);
  for (const auto& r : rows)
    book.contracts[r[0].as<std::int64_t>()].push_back(
        {r[1].as<std::int64_t>(),
         {r[2].c_str(), seconds_of(r[5]), seconds_of(r[6])},
         r[3].c_str(),
         r[4].c_str(),
         r[7].as<std::int64_t>()});
}

void load_guarantees(connection& db, pqxx::transaction_base& tx, sla_book& book) {
  const pqxx::result rows = db.run(tx, select_guarantees);
  for (const auto& r : rows) {
    domain::guarantee_terms& g = book.guarantees[r[0].as<std::int64_t>()];
    g.project = r[1].c_str();
    g.period_days = r[2].as<int>();
    const std::string covers = fmt::format(" {} ", r[3].c_str());
    for (const std::string_view name : domain::ticket_type_names())
      if (covers.find(fmt::format(" {} ", name)) != std::string::npos)
        g.covers.push_back(*domain::ticket_type_from(name));
  }
}

/// The books of the revisions that were asked for last; a revision never means anything else.
class bookshelf {
 public:
  sla_book_ptr find(const std::string& revision) {
    const std::lock_guard lock(mutex_);
    const auto it = books_.find(revision);
    return it == books_.end() ? nullptr : it->second;
  }
  void put(const std::string& revision, sla_book_ptr book) {
    const std::lock_guard lock(mutex_);
    if (books_.size() >= max_books) books_.clear();
    books_[revision] = std::move(book);
  }

 private:
  static constexpr std::size_t max_books = 8;
  std::mutex mutex_;
  std::unordered_map<std::string, sla_book_ptr> books_;
};

bookshelf& shelf() {
  static bookshelf all;
  return all;
}

}  // namespace

const sla_pair* sla_book::pair_of(domain::ticket_type type,
                                  domain::ticket_priority priority) const {
  for (const sla_pair& p : pairs)
    if (p.target.type == type && p.target.priority == priority) return &p;
  return nullptr;
}

const sla_contract* sla_book::contract_of(std::int64_t client_id, domain::instant at) const {
  const auto of_client = contracts.find(client_id);
  if (client_id == 0 || of_client == contracts.end()) return nullptr;
  const std::string day = domain::to_rfc3339(at).substr(0, 10);
  for (const sla_contract& c : of_client->second)
    if (c.starts_on <= day && (c.ends_on.empty() || day <= c.ends_on)) return &c;
  return nullptr;
}

clock_terms sla_book::kept(sla::target target, std::vector<int> levels_bp,
                           std::int64_t calendar_id) const {
  auto calendar = calendars.find(calendar_id);
  if (calendar == calendars.end()) calendar = calendars.find(default_calendar);
  if (calendar == calendars.end()) throw std::runtime_error("there is no default calendar");
  clock_terms out;
  out.terms.hours = calendar->second.hours;
  out.terms.target = target.length;
  if (!levels_bp.empty()) out.terms.levels_bp = std::move(levels_bp);
  out.target = std::move(target);
  out.calendar_id = calendar->first;
  out.calendar_version = calendar->second.version;
  return out;
}

clock_terms sla_book::terms_for(sla::clock_kind kind, domain::ticket_type type,
                                domain::ticket_priority priority, std::int64_t client_id,
                                domain::instant at) const {
  const sla_pair* pair = pair_of(type, priority);
  const sla_contract* contract = contract_of(client_id, at);
  std::vector<sla::target_row> rows;
  if (pair) rows.push_back(pair->target);
  sla::target target = target_of(kind, type, priority, rows,
                                 contract ? std::optional(contract->terms) : std::nullopt, rule);
  std::int64_t calendar = pair ? pair->calendar_id : 0;
  if (contract && contract->calendar_id != 0) calendar = contract->calendar_id;
  return kept(std::move(target), pair ? pair->levels_bp : std::vector<int>{}, calendar);
}

sla_book_ptr load_sla_book(connection& db, pqxx::transaction_base& tx) {
  const pqxx::result state = db.run(tx, select_revision);
  const std::string revision = state[0][0].c_str();
  if (auto known = shelf().find(revision)) return known;
  auto book = std::make_shared<sla_book>();
  book->version = state[0][1].as<std::int32_t>();
  load_calendars(db, tx, *book);
  load_targets(db, tx, *book);
  load_contracts(db, tx, *book);
  load_guarantees(db, tx, *book);
  shelf().put(revision, book);
  return book;
}

sla_book_ptr find_sla_book(const std::string& revision) {
  return shelf().find(revision);
}

void renew_sla_revision(connection& db, pqxx::transaction_base& tx) {
  db.run(tx, renew_revision);
}

}  // namespace fibrehub::store
