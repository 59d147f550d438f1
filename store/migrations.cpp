#include "store/migrations.hpp"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <map>

namespace fibrehub::store {
namespace {

// Held while migrating, so that two hubs starting at once do not both try. The number is "fhub" in
// ASCII.
constexpr sql take_lock{"migrate_lock", "SELECT pg_advisory_xact_lock(1718121826, 1)"};

constexpr sql has_ledger{"migrate_has_ledger",
                         "SELECT to_regclass('schema_migrations') IS NOT NULL"};
constexpr sql has_tables{
    "migrate_has_tables",
    "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p')"};
constexpr sql make_ledger{
    "migrate_make_ledger",
    "CREATE TABLE schema_migrations (number integer PRIMARY KEY, name text NOT NULL,"
    " checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"};
constexpr sql read_ledger{"migrate_read_ledger",
                          "SELECT number, name, checksum FROM schema_migrations ORDER BY number"};
constexpr sql write_ledger{
    "migrate_write_ledger",
    "INSERT INTO schema_migrations (number, name, checksum) VALUES ($1, $2, $3)"};

std::string checksum(std::string_view text) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  std::string out;
  for (unsigned char b : digest)
    out += fmt::format("{:02x}", b);
  return out;
}

struct applied {
  std::string name;
  std::string checksum;
};

/// The first thing wrong with what was applied before, or empty.
std::string objection(const std::map<int, applied>& ledger, std::span<const migration> all) {
  for (const auto& [number, was] : ledger) {
    const migration* known = nullptr;
    for (const migration& m : all)
      if (m.number == number) known = &m;
    if (!known)
      return fmt::format(
          "the database has migration {} ({}), which this version does not know: it was made by a "
          "newer fibrehub",
          number, was.name);
    if (checksum(known->text) != was.checksum)
      return fmt::format("migration {} ({}) differs from the one applied to this database", number,
                         was.name);
  }
  return {};
}

}  // namespace

using migrate_outcome = tl::expected<std::vector<std::string>, std::string>;

/// Applies what is missing; the error says what is wrong with the database.
static migrate_outcome bring_up_to_date(connection& db, std::span<const migration> all) {
  return db.transact([&](pqxx::work& tx) -> migrate_outcome {
    tx.exec("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0");
    db.run(tx, take_lock);
    if (!db.run(tx, has_ledger)[0][0].as<bool>()) {
      if (db.run(tx, has_tables)[0][0].as<int>() != 0)
        return tl::unexpected(
            std::string("the database holds tables but none of fibrehub's: give store.url an empty "
                        "database of its own"));
      db.run(tx, make_ledger);
    }
    std::map<int, applied> ledger;
    const pqxx::result rows = db.run(tx, read_ledger);
    for (const auto& row : rows)
      ledger[row[0].as<int>()] = {row[1].c_str(), row[2].c_str()};
    if (std::string why = objection(ledger, all); !why.empty())
      return tl::unexpected(std::move(why));
    std::vector<std::string> done;
    for (const migration& m : all) {
      if (ledger.contains(m.number)) continue;
      tx.exec(std::string(m.text));
      db.run(tx, write_ledger,
             {{std::to_string(m.number), std::string(m.name), checksum(m.text)}, nullptr});
      done.emplace_back(m.name);
    }
    return done;
  });
}

migrate_outcome migrate(connection& db, std::span<const migration> all) {
  return db.without_limits([&] { return bring_up_to_date(db, all); });
}

}  // namespace fibrehub::store
