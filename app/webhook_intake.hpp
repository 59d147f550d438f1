// A webhook's way to the store, with what its channel counts on the way.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <tl/expected.hpp>

#include "store/error.hpp"
#include "store/inbox.hpp"

namespace fibrehub::web::api {
struct backend;
}

namespace fibrehub::app {

class channel_set;

/// Both must live on until it answers, which is after the commit.
boost::asio::awaitable<tl::expected<store::ingest_result, store::error>> take_in(
    const channel_set& channels, web::api::backend& to, store::ingest item);

}  // namespace fibrehub::app
