#include "store/pq.hpp"

#include <fmt/format.h>

#include "domain/text.hpp"

namespace fibrehub::store {
namespace {

// What the server needs, beyond the statement's own limit, to say that the limit was reached.
constexpr std::chrono::milliseconds answer_margin{1000};

/// A peer that is gone is noticed in about ten seconds, by either side; on a unix socket these do
/// nothing. Without them a server holds the hub's lock for hours after the cable was cut.
constexpr const char* server_keepalives =
    " -c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3"
    " -c tcp_user_timeout=10000";
constexpr std::pair<const char*, const char*> client_keepalives[] = {{"tcp_user_timeout", "5000"},
                                                                     {"keepalives_idle", "5"},
                                                                     {"keepalives_interval", "2"},
                                                                     {"keepalives_count", "3"}};

/// Adds what the caller did not say to a connection string in either form.
std::string with_limits(const connection_options& options) {
  const bool uri =
      options.url.starts_with("postgres://") || options.url.starts_with("postgresql://");
  const auto seconds = std::max<std::int64_t>(2, (options.connect_timeout.count() + 999) / 1000);
  std::string settings = fmt::format(
      "-c statement_timeout={} -c lock_timeout={} -c timezone=UTC -c jit=off -c"
      " fibrehub.time_zone={}{}",
      options.statement_timeout.count(), options.lock_timeout.count(), options.time_zone,
      server_keepalives);
  if (options.read_only) settings += " -c default_transaction_read_only=on";
  if (options.one_plan)
    settings +=
        " -c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_hashjoin=off"
        " -c enable_mergejoin=off -c synchronous_commit=on";
  std::string joined;
  for (const auto& [name, value] : client_keepalives)
    joined += fmt::format("{}{}={}", uri ? '&' : ' ', name, value);
  if (!uri)
    return fmt::format("{} connect_timeout={}{} application_name='{}' options='{}'", options.url,
                       seconds, joined, options.application_name, settings);
  std::string encoded;
  for (char c : settings)
    encoded += c == ' ' ? std::string("%20") : c == '=' ? std::string("%3D") : std::string(1, c);
  return fmt::format("{}{}connect_timeout={}{}&application_name={}&options={}", options.url,
                     options.url.find('?') == std::string::npos ? '?' : '&', seconds, joined,
                     options.application_name, encoded);
}

/// Server conditions that pass: insufficient resources, locks, cancellation, shutdown, read-only.
bool passes(std::string_view state) {
  return state.starts_with("53") || state.starts_with("40") || state.starts_with("57") ||
         state == "55P03" || state == "25006" || state.starts_with("58");
}

std::string first_line_of(const char* what) {
  return domain::first_line(what, 300);
}

}  // namespace

connection::connection(const connection_options& options)
    : answer_limit_(options.statement_timeout.count() > 0
                        ? options.statement_timeout + answer_margin
                        : std::chrono::milliseconds{}) {
  try {
    raw_ = std::make_unique<pqxx::connection>(with_limits(options));
#if PQXX_VERSION_MAJOR < 7
    // Left alone, 6.x reconnects behind our back and the advisory lock would be gone unnoticed.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    raw_->inhibit_reactivation(true);
#pragma GCC diagnostic pop
#endif
    watch_.emplace(raw_->sock());
  } catch (const std::exception& e) {
    throw connection_lost(first_line_of(e.what()));
  }
}

void connection::translate(const std::exception& e) const {
  if (watch_->cut()) throw connection_lost("the database did not answer in time");
  if (dynamic_cast<const pqxx::broken_connection*>(&e) ||
      dynamic_cast<const pqxx::in_doubt_error*>(&e))
    throw connection_lost(first_line_of(e.what()));
  if (const auto* failed = dynamic_cast<const pqxx::sql_error*>(&e)) {
    const std::string state = failed->sqlstate();
    if (state.empty() || state.starts_with("08") || state == "57P01" || state == "57P02" ||
        state == "57P03")
      throw connection_lost(first_line_of(e.what()));
    if (state == "57014") throw too_slow(first_line_of(e.what()));
    if (passes(state)) throw try_later(first_line_of(e.what()));
    throw bad_statement(first_line_of(e.what()), state);
  }
  throw bad_statement(first_line_of(e.what()), "XX000");
}

void connection::limit_by_question(pqxx::transaction_base& tx) {
  if (!question_) return;
  const auto used = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - question_->begin);
  if (used * 20 < question_->whole) return;
  const auto left = question_->whole - used;
  if (left.count() <= 0) throw too_slow("the statements of the question took too long together");
  expect_answer();
  guarded([&] { tx.exec(fmt::format("SET LOCAL statement_timeout = {}", left.count())); });
}

pqxx::result connection::run(pqxx::transaction_base& tx, const sql& statement,
                             const sql_params& params) {
  limit_by_question(tx);
  expect_answer();
  return guarded([&] {
    if (!prepared_.contains(statement.name)) {
      raw_->prepare(statement.name, statement.text);
      prepared_.insert(statement.name);
    }
    return run_prepared(tx, statement.name, params);
  });
}

pqxx::result connection::run_kept(pqxx::transaction_base& tx, const std::string& text,
                                  const sql_params& params) {
  constexpr std::size_t most = 200;
  limit_by_question(tx);
  auto known = kept_.find(text);
  if (known == kept_.end()) {
    expect_answer();
    // What is asked often comes back soon.
    if (kept_.size() >= most) guarded([&] { forget_kept(); });
    const std::string name = fmt::format("kept_{}", ++kept_names_);
    guarded([&] { raw_->prepare(name, text); });
    known = kept_.emplace(text, name).first;
  }
  expect_answer();
  return guarded([&] { return run_prepared(tx, known->second.c_str(), params); });
}

void connection::forget_kept() {
  for (auto it = kept_.begin(); it != kept_.end(); it = kept_.erase(it))
    raw_->unprepare(it->second);
}

pqxx::result connection::run_prepared(pqxx::transaction_base& tx, const char* name,
                                      const sql_params& params) {
#if PQXX_VERSION_MAJOR < 7
  const auto texts = pqxx::prepare::make_dynamic_params(params.texts);
  if (params.binary)
    return tx.exec_prepared(name, pqxx::binarystring(params.binary->data(), params.binary->size()),
                            texts);
  return tx.exec_prepared(name, texts);
#else
  pqxx::params all;
  if (params.binary) all.append(pqxx::binary_cast(*params.binary));
  all.append_multi(params.texts);
#if PQXX_VERSION_MAJOR > 7 || PQXX_VERSION_MINOR >= 9
  return tx.exec(pqxx::prepped{name}, all);
#else
  return tx.exec_prepared(name, all);
#endif
#endif
}

pqxx::result connection::run_text(pqxx::transaction_base& tx, const std::string& text,
                                  const sql_params& params) {
  limit_by_question(tx);
  expect_answer();
  return guarded([&] {
#if PQXX_VERSION_MAJOR < 7
    return tx.exec_params(text, pqxx::prepare::make_dynamic_params(params.texts));
#else
    pqxx::params all;
    all.append_multi(params.texts);
#if PQXX_VERSION_MAJOR > 7 || PQXX_VERSION_MINOR >= 9
    return tx.exec(text, all);
#else
    return tx.exec_params(text, all);
#endif
#endif
  });
}

std::string unhex(std::string_view text) {
  if (!text.starts_with("\\x")) return std::string(text);
  const auto nibble = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
  std::string out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 2; i + 1 < text.size(); i += 2)
    out += static_cast<char>(nibble(text[i]) << 4 | nibble(text[i + 1]));
  return out;
}

}  // namespace fibrehub::store
