// Commands that work on the database without a running hub.
#include <cstdio>
#include <ctime>

#include "app/commands.hpp"
#include "app/database.hpp"
#include "app/logging.hpp"
#include "store/migrations.hpp"
#include "store/pq.hpp"
#include "store/queries/tokens.hpp"
#include "web/token.hpp"

namespace fibrehub::app {
namespace {

int complain(const std::string& sentence) {
  std::fprintf(stderr, "fibrehub: %s\n", sentence.c_str());
  return exit_usage;
}

int migrate(store::connection& db) {
  auto done = store::migrate(db);
  if (!done) return complain("store.url: " + done.error());
  for (const std::string& name : *done)
    std::printf("applied %s\n", name.c_str());
  if (done->empty()) std::puts("the database is up to date");
  return 0;
}

struct token_request {
  std::string name;
  std::vector<std::string> scopes{"read"};
  int days = 0;
};

int make_token(store::connection& db, const token_request& request) {
  std::optional<domain::instant> expires;
  if (request.days > 0)
    expires =
        std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now()) +
        std::chrono::days(request.days);
  auto token = web::mint_token(request.name, request.scopes, expires);
  if (!token) return complain(token.error());
  if (auto done = store::migrate(db); !done) return complain("store.url: " + done.error());
  store::create_token(db, token->record);
  std::fprintf(stderr, "token %s \"%s\" (%s)%s; it is shown only this once:\n",
               token->record.id.c_str(), request.name.c_str(),
               fmt::format("{}", fmt::join(request.scopes, " ")).c_str(),
               expires ? (", valid until " + domain::to_rfc3339(*expires)).c_str() : "");
  std::printf("%s\n", token->text.c_str());
  return 0;
}

int print_tokens(store::connection& db) {
  for (const store::token_record& t : store::list_tokens(db))
    std::printf("%s  %-8s  %-24s  %s%s\n", t.id.c_str(), t.revoked ? "revoked" : "valid",
                fmt::format("{}", fmt::join(t.scopes, " ")).c_str(), t.name.c_str(),
                t.expires_at ? ("  until " + domain::to_rfc3339(*t.expires_at)).c_str() : "");
  return 0;
}

int withdraw_token(store::connection& db, const std::string& id) {
  if (!store::revoke_token(db, id))
    return complain(fmt::format("there is no valid token \"{}\"; see fibrehub token list", id));
  std::printf("revoked %s; a running hub refuses it within 30 s\n", id.c_str());
  return 0;
}

/// Loads the configuration and runs `work` on the database.
std::function<void()> database_callback(const config::schema& schema,
                                        const config::config_source& source, int& exit_code,
                                        std::function<int(store::connection&)> work) {
  return [&schema, &source, &exit_code, work = std::move(work)] {
    const auto values = load_or_complain(schema, source);
    exit_code = values ? with_database(*values, work) : exit_usage;
  };
}

}  // namespace

int with_database(const config::values& values,
                  const std::function<int(store::connection&)>& work) {
  set_up_logging({"warn", "text", ""});
  try {
    std::string url = values.secret("store", "url");
    std::optional<database> db;
    if (url.empty()) {
      url = store::running_private_url(std::filesystem::path(values.path("hub", "data_dir")) /
                                       "postgres")
                .value_or("");
      if (url.empty()) {
        auto opened = open_database(values);
        if (!opened) return complain(opened.error());
        db.emplace(std::move(*opened));
        url = db->url;
      }
    }
    store::connection_options options;
    options.url = url;
    options.statement_timeout = std::chrono::minutes(10);
    store::connection connection(options);
    return work(connection);
  } catch (const std::exception& e) {
    return complain(std::string("store.url: ") + e.what());
  }
}

void add_migrate_command(CLI::App& program, const config::schema& schema,
                         const config::config_source& source, int& exit_code) {
  program
      .add_subcommand("migrate", "Bring the database's schema up to date (serve does it by itself)")
      ->callback(database_callback(schema, source, exit_code, migrate));
}

void add_token_command(CLI::App& program, const config::schema& schema,
                       const config::config_source& source, int& exit_code) {
  CLI::App* command = program.add_subcommand("token", "API tokens for systems");
  command->require_subcommand(1);

  auto request = std::make_shared<token_request>();
  CLI::App* create = command->add_subcommand("create", "Make a token and print it once");
  create->add_option("--name", request->name, "What it is for")->required();
  create->add_option("--scope", request->scopes,
                     "What it may do: read, write, admin, inbound:<source>; may be repeated");
  create->add_option("--days", request->days, "Days it is valid; 0: until revoked")
      ->check(CLI::Range(0, 3650));
  create->callback(database_callback(schema, source, exit_code, [request](store::connection& db) {
    return make_token(db, *request);
  }));

  command->add_subcommand("list", "List tokens; secrets are kept nowhere")
      ->callback(database_callback(schema, source, exit_code, print_tokens));

  auto id = std::make_shared<std::string>();
  CLI::App* revoke = command->add_subcommand("revoke", "Make a token useless");
  revoke->add_option("id", *id, "The token's id, the part after fh_")->required();
  revoke->callback(database_callback(
      schema, source, exit_code, [id](store::connection& db) { return withdraw_token(db, *id); }));
}

}  // namespace fibrehub::app
