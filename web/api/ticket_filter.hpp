// What a request says about which tickets it wants and in which order: parameters, the query
// language, a saved view. Shared by lists and counts. Include it from .cpp files only.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <tl/expected.hpp>
#include <vector>

#include "store/queries/tickets.hpp"
#include "web/api/backend.hpp"
#include "web/parameter.hpp"

namespace fibrehub::web::api {

/// The parameters that choose tickets.
std::vector<parameter> filter_parameters();
/// `sort` and `cursor`.
std::vector<parameter> order_parameters();

struct ticket_choice {
  store::ticket_filter filter;
  store::ticket_order order = store::default_order();
};

/// Reads them, the saved view included; or the 400 that names the parameter (and, in `q`, the
/// column), or the 404 of a view that is not there.
boost::asio::awaitable<tl::expected<ticket_choice, response>> choice_of(backend& b,
                                                                        const request_context& ctx);

/// The order "-priority" or "due"; nothing for one there is not.
std::optional<store::ticket_order> parse_order(std::string_view text);

/// A cursor of a page in this order, and back; nothing for a text that is none of this order.
std::string cursor_of(const store::ticket_order& order, const store::page_end& end);
std::optional<store::page_end> parse_cursor_of(const store::ticket_order& order,
                                               std::string_view text);

/// The answer to an error of a question with a filter: what takes too long can be asked for better.
response from_find_error(const request_context& ctx, const store::error& why);

}  // namespace fibrehub::web::api
