// The one place that knows libpqxx: opens connections with their time limits, runs prepared
// statements, and turns its exceptions into a small set of causes. Compiles with libpqxx 6.4 and 7.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <pqxx/pqxx>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "store/stall_watch.hpp"

namespace fibrehub::store {

struct connection_options {
  std::string url;  // libpq connection string or URI
  std::string application_name = "fibrehub";
  std::chrono::milliseconds connect_timeout{3000};
  std::chrono::milliseconds statement_timeout{5000};
  std::chrono::milliseconds lock_timeout{1000};
  std::string time_zone = "UTC";  // the hub's, for people who have chosen none
  bool read_only = false;
  bool one_plan = false;  // plan each statement once, always by index
};

/// The server cannot be reached or has gone away; what was under way may or may not have happened.
class connection_lost : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The statement failed for now: limits, locks, full disk, read-only; nothing of it happened.
class try_later : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The statement was cut by its time limit; nothing of it happened.
class too_slow : public try_later {
 public:
  using try_later::try_later;
};

/// The statement cannot succeed as it is; nothing of it happened.
class bad_statement : public std::runtime_error {
 public:
  bad_statement(const std::string& what, std::string sqlstate)
      : std::runtime_error(what), sqlstate_(std::move(sqlstate)) {}
  const std::string& sqlstate() const { return sqlstate_; }
  bool unique_violation() const { return sqlstate_ == "23505"; }

 private:
  std::string sqlstate_;
};

/// Parameters of a statement: at most one binary value, which is $1, then texts.
struct sql_params {
  std::vector<std::string> texts;
  const std::string* binary = nullptr;
};

/// A statement with a name, prepared on first use.
struct sql {
  const char* name;
  const char* text;
};

class connection {
 public:
  /// Connects; throws connection_lost.
  explicit connection(const connection_options& options);

  /// Runs one prepared statement inside `tx`; throws the causes above.
  pqxx::result run(pqxx::transaction_base& tx, const sql& statement, const sql_params& params = {});

  /// Runs a statement made for this call; for queries whose text depends on what was asked.
  pqxx::result run_text(pqxx::transaction_base& tx, const std::string& text,
                        const sql_params& params);

  /// The same for a text that is asked again and again: planned once, or a few times. Only where
  /// its parameters do not decide what the best plan is. At most 200 texts are kept.
  pqxx::result run_kept(pqxx::transaction_base& tx, const std::string& text,
                        const sql_params& params);

  /// Calls `work(tx)` in a transaction and commits it.
  template <class F>
  auto transact(F&& work) {
    return guarded([&] {
      const waiting_term term(*this);
      pqxx::work tx(*raw_);
      if constexpr (std::is_void_v<decltype(work(tx))>) {
        work(tx);
        expect_answer();
        tx.commit();
      } else {
        auto result = work(tx);
        expect_answer();
        tx.commit();
        return result;
      }
    });
  }

  /// Calls `work(tx)` without a transaction block: each statement commits by itself.
  template <class F>
  auto autocommit(F&& work) {
    return guarded([&] {
      const waiting_term term(*this);
      pqxx::nontransaction tx(*raw_);
      return work(tx);
    });
  }

  /// Calls `work()`, whose statements may take `whole` together: what is left of it is the limit of
  /// each next one, and when nothing is left too_slow is thrown. Not nested. Statements of the
  /// first twentieth keep the connection's limit, so that quick work costs nothing.
  template <class F>
  auto within(std::chrono::milliseconds whole, F&& work) {
    using clock = std::chrono::steady_clock;
    if (whole.count() > 0) question_.emplace(question{clock::now(), whole});
    struct restore {
      connection& self;
      ~restore() { self.question_.reset(); }
    } const after{*this};
    return work();
  }

  /// Calls `work()`, whose statements may take as long as they need: no limit, here or at the
  /// server.
  template <class F>
  auto without_limits(F&& work) {
    const std::chrono::milliseconds limit = std::exchange(answer_limit_, {});
    struct restore {
      connection& self;
      std::chrono::milliseconds limit;
      ~restore() { self.answer_limit_ = limit; }
    } const after{*this, limit};
    return work();
  }

 private:
  /// While it lives, every answer of the server has to come in time.
  class waiting_term {
   public:
    explicit waiting_term(connection& c) : watch_(*c.watch_) { c.expect_answer(); }
    ~waiting_term() { watch_.answered(); }
    waiting_term(const waiting_term&) = delete;
    waiting_term& operator=(const waiting_term&) = delete;

   private:
    stall_watch& watch_;
  };
  void expect_answer() {
    if (answer_limit_.count() > 0) watch_->expect_within(answer_limit_);
  }

  /// Sets the time limit of the next statement to what is left of `within`; throws too_slow.
  void limit_by_question(pqxx::transaction_base& tx);
  struct question {
    std::chrono::steady_clock::time_point begin;
    std::chrono::milliseconds whole;
  };

  void forget_kept();
  pqxx::result run_prepared(pqxx::transaction_base& tx, const char* name, const sql_params& params);
  [[noreturn]] void translate(const std::exception& e) const;
  template <class F>
  auto guarded(F&& f) -> decltype(f()) {
    try {
      return f();
    } catch (const connection_lost&) {
      throw;
    } catch (const try_later&) {
      throw;
    } catch (const bad_statement&) {
      throw;
    } catch (const std::exception& e) {
      translate(e);
    }
  }
  std::unique_ptr<pqxx::connection> raw_;
  std::optional<stall_watch> watch_;        // gone before the socket is
  std::chrono::milliseconds answer_limit_;  // longest wait for an answer; 0: none
  std::optional<question> question_;
  std::unordered_set<std::string_view> prepared_;
  std::unordered_map<std::string, std::string> kept_;  // text → name
  std::uint64_t kept_names_ = 0;
};

/// Bytes of a bytea column as the server prints it (`\x…`).
std::string unhex(std::string_view text);

}  // namespace fibrehub::store
