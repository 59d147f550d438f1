// Getting at the database before anything runs on it: the configured one, or the hub's own.
#pragma once

#include <optional>
#include <string>
#include <tl/expected.hpp>

#include "config/values.hpp"
#include "store/pq_fwd.hpp"
#include "store/private_cluster.hpp"

namespace fibrehub::app {

/// A database to use, and the private cluster that must live as long as it is used.
struct database {
  std::string url;
  std::optional<store::private_cluster> cluster;
};

/// Opens what is configured; starts the private cluster when nothing is. The error is a sentence.
tl::expected<database, std::string> open_database(const config::values& values);

/// What a first look at the database found.
enum class first_look { ready, unreachable };

/// Brings the schema up to date. Unreachable is no mistake of the operator: the hub waits for it.
/// The error is a sentence: wrong password, no such database, not ours, made by a newer version.
tl::expected<first_look, std::string> prepare_database(const std::string& url, std::string& detail);

}  // namespace fibrehub::app
