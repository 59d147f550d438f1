#include "app/database.hpp"

#include <spdlog/spdlog.h>

#include "store/migrations.hpp"
#include "store/pq.hpp"
#include "store/row_security.hpp"

namespace fibrehub::app {
namespace {

/// The server answered, and its answer will be the same next time.
bool is_final(std::string_view why) {
  if (why.find("FATAL") == std::string_view::npos)
    return why.find("invalid connection option") != std::string_view::npos ||
           why.find("missing \"=\"") != std::string_view::npos ||
           why.find("could not translate host name") != std::string_view::npos;
  for (std::string_view passing : {"starting up", "shutting down", "recovery", "too many",
                                   "remaining connection slots", "terminating"})
    if (why.find(passing) != std::string_view::npos) return false;
  return true;
}

}  // namespace

tl::expected<database, std::string> open_database(const config::values& values) {
  database out;
  out.url = values.secret("store", "url");
  if (!out.url.empty()) return out;
  store::private_cluster_options options;
  options.folder = std::filesystem::path(values.path("hub", "data_dir")) / "postgres";
  options.run_as = values.text("store", "private_user");
  options.bin_dir = values.path("store", "postgres_bin_dir");
  auto cluster = store::private_cluster::start(std::move(options));
  if (!cluster) return tl::unexpected(cluster.error());
  out.url = cluster->url();
  out.cluster.emplace(std::move(*cluster));
  return out;
}

tl::expected<first_look, std::string> prepare_database(const std::string& url,
                                                       std::string& detail) {
  try {
    store::connection_options options;
    options.url = url;
    store::connection db(options);
    if (auto done = store::migrate(db); !done) return tl::unexpected("store.url: " + done.error());
    if (!store::prepare_reader_role(db))
      spdlog::warn(
          "store: row-level security is not in force: have an administrator run CREATE ROLE "
          "fibrehub_reader and grant it to the hub's user; every query still carries its "
          "condition");
    return first_look::ready;
  } catch (const store::connection_lost& e) {
    detail = e.what();
    if (is_final(detail)) return tl::unexpected("store.url: " + detail);
    return first_look::unreachable;
  } catch (const std::exception& e) {
    return tl::unexpected(std::string("store.url: ") + e.what());
  }
}

}  // namespace fibrehub::app
