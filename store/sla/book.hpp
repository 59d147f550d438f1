// What was agreed on, as the database has it: calendars, targets, contracts and guarantees decide
// how long a clock may run and who pays for the work. Loaded once for each revision of them and
// shared after that, so that a batch costs one small read; a calendar's unrolled years are kept
// with it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "domain/billing.hpp"
#include "domain/sla/clock.hpp"
#include "store/pq_fwd.hpp"

namespace fibrehub::store {

struct sla_calendar {
  std::int64_t id = 0;
  std::string name;
  std::int32_t version = 1;
  domain::sla::calendar::handle hours;
  std::int32_t repaired_in = 0;  // the version that rewrote the past last; 0: none
  domain::instant repaired_at{};
};

/// A row of sla_configs.
struct sla_pair {
  domain::sla::target_row target;
  std::vector<int> levels_bp;    // empty: the usual ones
  std::int64_t calendar_id = 0;  // 0: the default one
};

struct sla_contract {
  std::int64_t id = 0;
  domain::sla::contract_terms terms;  // its number is the name
  std::string starts_on, ends_on;     // YYYY-MM-DD; open end: empty
  std::int64_t calendar_id = 0;
};

/// What a clock is measured by, and where that comes from.
struct clock_terms {
  domain::sla::terms terms;
  domain::sla::target target;
  std::int64_t calendar_id = 0;
  std::int32_t calendar_version = 0;
};

struct sla_book {
  std::int32_t version = 0;
  std::map<std::int64_t, sla_calendar> calendars;  // archived ones too: clocks may be on them
  std::int64_t default_calendar = 0;
  domain::sla::target_rule rule;
  std::vector<sla_pair> pairs;
  std::unordered_map<std::int64_t, std::vector<sla_contract>> contracts;  // by client, latest first
  std::unordered_map<std::int64_t, domain::guarantee_terms> guarantees;   // by project

  const sla_pair* pair_of(domain::ticket_type type, domain::ticket_priority priority) const;
  /// The contract of this client that is in force on the instant's date (UTC), or null. Of several
  /// the one that began last.
  const sla_contract* contract_of(std::int64_t client_id, domain::instant at) const;
  clock_terms terms_for(domain::sla::clock_kind kind, domain::ticket_type type,
                        domain::ticket_priority priority, std::int64_t client_id,
                        domain::instant at) const;
  /// A clock's terms as they were when it got them, by the calendar as it is now. A calendar that
  /// is not known any more is replaced by the default one.
  clock_terms kept(domain::sla::target target, std::vector<int> levels_bp,
                   std::int64_t calendar_id) const;
};
using sla_book_ptr = std::shared_ptr<const sla_book>;

/// The book as this transaction sees it. Throws the causes of store/pq.hpp, and std::runtime_error
/// when a calendar in the database is none.
sla_book_ptr load_sla_book(connection& db, pqxx::transaction_base& tx);

/// The book of this revision when it is at hand, or null.
sla_book_ptr find_sla_book(const std::string& revision);

/// To be called by whatever changes one of its tables, in the same transaction.
void renew_sla_revision(connection& db, pqxx::transaction_base& tx);

}  // namespace fibrehub::store
