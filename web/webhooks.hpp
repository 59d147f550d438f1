// Serves the webhook addresses that channels offer: the one path that must be both safe and fast.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <tl/expected.hpp>
#include <vector>

#include "actors/webhook_endpoint.hpp"
#include "store/error.hpp"
#include "store/inbox.hpp"
#include "web/router.hpp"

namespace fibrehub::web {

/// Hands a message to the store and comes back when it is committed (or will never be).
using submit_function =
    std::function<boost::asio::awaitable<tl::expected<store::ingest_result, store::error>>(
        store::ingest)>;

/// POST routes, one per endpoint. 200: committed (stored, kept or a duplicate). 202: kept for a
/// person to look at (review, conflict). 503 with Retry-After: not stored, send it again. What the
/// endpoint rejects has the status it chose.
std::vector<route> webhook_routes(std::vector<actors::webhook_endpoint> endpoints,
                                  submit_function submit);

/// The status that answers an outcome.
unsigned status_of(store::disposition outcome);

}  // namespace fibrehub::web
