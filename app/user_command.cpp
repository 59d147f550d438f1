// `fibrehub user`: accounts without a running hub, for the day nobody can sign in.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>

#include "app/commands.hpp"
#include "domain/sign_in.hpp"
#include "protocols/auth/password.hpp"
#include "store/migrations.hpp"
#include "store/people/sign_in.hpp"
#include "store/people/users.hpp"
#include "store/pq.hpp"

namespace fibrehub::app {
namespace {

namespace auth = protocols::auth;

struct user_request {
  std::string email, name, role = "viewer", client;
  bool password_from_stdin = false;
};

int complain(const std::string& sentence) {
  std::fprintf(stderr, "fibrehub: %s\n", sentence.c_str());
  return exit_usage;
}

/// One change in a transaction of its own, written down as the command line's.
template <class Request>
store::write_outcome make_change(store::connection& db, const Request& request) {
  store::write_origin origin;
  origin.by.id = "command line";
  origin.at =
      std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
  store::change_context context{origin, [] { return std::int64_t{0}; }, {}, {}};
  store::write_outcome out;
  struct undo {};
  try {
    db.transact([&](auto& tx) {
      out = run(db, tx, request, context);
      if (!out) throw undo{};
    });
  } catch (undo) {
  }
  return out;
}

struct password {
  std::string text, hash;
  bool one_time = false;
};

/// The first line of standard input, or a one-time password; the error is a sentence.
tl::expected<password, std::string> get_password(bool from_stdin) {
  password out;
  out.one_time = !from_stdin;
  if (from_stdin) {
    std::getline(std::cin, out.text);
    if (!out.text.empty() && out.text.back() == '\r') out.text.pop_back();
  } else {
    out.text = auth::make_one_time_password().value_or("");
  }
  auto hash = auth::hash_password(out.text);
  if (!hash)
    return tl::unexpected("the password cannot be taken: " +
                          std::string(auth::sentence(hash.error())));
  out.hash = std::move(*hash);
  return out;
}

void show(const password& p, const std::string& email) {
  if (!p.one_time) return;
  std::fprintf(stderr, "one-time password of %s, to be changed at the first sign-in:\n",
               email.c_str());
  std::printf("%s\n", p.text.c_str());
}

int add(store::connection& db, const user_request& request) {
  if (!domain::is_email(request.email))
    return complain(fmt::format("\"{}\" is no e-mail address", request.email));
  auto secret = get_password(request.password_from_stdin);
  if (!secret) return complain(secret.error());
  if (auto done = store::migrate(db); !done) return complain("store.url: " + done.error());
  store::save_user user;
  user.email = request.email;
  user.name = request.name;
  user.role = domain::role_from(request.role);
  if (!request.client.empty()) {
    user.client_id = store::find_client_id(db, request.client);
    if (*user.client_id == 0)
      return complain(fmt::format("there is no client \"{}\"", request.client));
  }
  user.password_hash = secret->hash;
  user.must_change_password = secret->one_time;
  const auto done = make_change(db, user);
  if (!done) return complain(done.error().message);
  std::fprintf(stderr, "user %s: %s, %s\n", done->data_json.c_str(), request.email.c_str(),
               request.role.c_str());
  show(*secret, request.email);
  return 0;
}

/// Runs `work(id)` for the person with this e-mail address.
template <class Work>
int for_user(store::connection& db, const std::string& email, Work&& work) {
  if (auto done = store::migrate(db); !done) return complain("store.url: " + done.error());
  const std::int64_t id = store::find_user_id(db, email);
  if (id == 0)
    return complain(fmt::format("there is no user \"{}\"; see fibrehub user list", email));
  return work(id);
}

int set_password(store::connection& db, const user_request& request) {
  auto secret = get_password(request.password_from_stdin);
  if (!secret) return complain(secret.error());
  return for_user(db, request.email, [&](std::int64_t id) {
    const auto done = make_change(db, store::set_password{id, secret->hash, secret->one_time, {}});
    if (!done) return complain(done.error().message);
    std::fprintf(stderr, "password of %s set; their sessions end within 30 s\n",
                 request.email.c_str());
    show(*secret, request.email);
    return 0;
  });
}

int set_disabled(store::connection& db, const std::string& email, bool disabled) {
  return for_user(db, email, [&](std::int64_t id) {
    store::save_user change;
    change.id = id;
    change.disabled = disabled;
    const auto done = make_change(db, change);
    if (!done) return complain(done.error().message);
    std::printf("%s %s%s\n", disabled ? "disabled" : "enabled", email.c_str(),
                disabled ? "; a running hub refuses them within 30 s" : "");
    return 0;
  });
}

int list(store::connection& db) {
  if (auto done = store::migrate(db); !done) return complain("store.url: " + done.error());
  store::list_users ask;
  ask.limit = 100;
  while (true) {
    const auto page = run(db, ask);
    if (!page) return 0;
    for (const store::user_view& u : page->items)
      std::printf("%-4lld  %-8s  %-10s  %-32s  %s%s\n", static_cast<long long>(u.id),
                  u.disabled_at ? "disabled" : "enabled",
                  std::string(domain::name_of(u.role)).c_str(), u.email.c_str(), u.name.c_str(),
                  u.totp ? "  (second factor)" : "");
    if (!page->next_after) return 0;
    ask.after_id = *page->next_after;
  }
}

}  // namespace

void add_user_command(CLI::App& program, const config::schema& schema,
                      const config::config_source& source, int& exit_code) {
  using work = std::function<int(store::connection&)>;
  const auto on_database = [&schema, &source, &exit_code](work what) {
    return [&schema, &source, &exit_code, what = std::move(what)] {
      const auto values = load_or_complain(schema, source);
      exit_code = values ? with_database(*values, what) : exit_usage;
    };
  };
  CLI::App* command = program.add_subcommand("user", "Accounts of people");
  command->require_subcommand(1);
  auto request = std::make_shared<user_request>();

  CLI::App* create = command->add_subcommand("add", "Give somebody an account");
  create->add_option("--email", request->email, "What they sign in with")->required();
  create->add_option("--name", request->name, "How others see them")->required();
  std::vector<std::string> roles;
  for (std::string_view r : domain::role_names())
    roles.emplace_back(r);
  create->add_option("--role", request->role, "What they may do")
      ->required()
      ->check(CLI::IsMember(roles));
  create->add_option("--client", request->client, "Code of the company, for people of role client");
  create->add_flag("--password-stdin", request->password_from_stdin,
                   "Take the password from standard input instead of making a one-time password");
  create->callback(on_database([request](store::connection& db) { return add(db, *request); }));

  CLI::App* passwd = command->add_subcommand("passwd", "Set somebody's password; also unlocks");
  passwd->add_option("email", request->email, "Whose")->required();
  passwd->add_flag("--password-stdin", request->password_from_stdin,
                   "Take the password from standard input instead of making a one-time password");
  passwd->callback(
      on_database([request](store::connection& db) { return set_password(db, *request); }));

  for (const bool disabled : {true, false}) {
    CLI::App* change = command->add_subcommand(
        disabled ? "disable" : "enable",
        disabled ? "Keep somebody out and end their sessions" : "Let somebody in again");
    change->add_option("email", request->email, "Whom")->required();
    change->callback(on_database([request, disabled](store::connection& db) {
      return set_disabled(db, request->email, disabled);
    }));
  }
  command->add_subcommand("list", "List everybody")->callback(on_database(list));
}

}  // namespace fibrehub::app
