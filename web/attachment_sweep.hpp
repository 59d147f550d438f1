// Files whose row never came: the hub ended between the two. Once after each start they are looked
// for and removed.
#pragma once

#include <boost/asio/awaitable.hpp>

namespace fibrehub::web {

namespace api {
struct backend;
}
class attachment_desk;

/// Runs on the io thread; waits until the database answers. Files that were put within the last day
/// are left alone, and so are all of them when suspiciously many have no row: that looks like the
/// wrong database, or one restored from an old backup.
boost::asio::awaitable<void> sweep_orphaned_files(api::backend& b, attachment_desk& desk);

}  // namespace fibrehub::web
