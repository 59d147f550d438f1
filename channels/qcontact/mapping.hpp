// QContact's answers → what the store takes. Pure: the time comes in, nothing goes out. Tolerant of
// how a case is spelt (ids as number or text, missing zones, nulls, nested names); what cannot be
// understood at all becomes a review item instead of being dropped.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "protocols/json/parse.hpp"
#include "store/inbox.hpp"

namespace fibrehub::channels::qcontact {

struct mapped_case {
  std::string case_id;                        // empty when it cannot be read
  std::string status;                         // as QContact spells it
  std::optional<domain::instant> updated_at;  // as QContact says; nothing when it does not
  std::uint64_t content = 0;                  // hash of everything the case says
  store::ingest item;
};

struct case_page {
  std::vector<mapped_case> cases;
  std::optional<std::int64_t> total;  // a hint: it moves while pages are read
};

/// Larger cases are not looked into; a person does.
inline constexpr std::size_t max_case_bytes = std::size_t{1024} * 1024;

/// `Open` → new … in any letter case; nothing for a status without an image here.
std::optional<domain::ticket_status> status_from(std::string_view qcontact);
std::optional<domain::ticket_priority> priority_from(std::string_view qcontact);

/// RFC 3339, the same without a zone (UTC), a date alone, or seconds/milliseconds since 1970.
std::optional<domain::instant> instant_from(const protocols::json::value& v);

/// True for ids that can stand in a URL and in a ticket's UID.
bool is_case_id(std::string_view text);

mapped_case map_case(const protocols::json::value& v, std::string_view channel,
                     domain::instant received_at);

/// `{"items":[…],"total":n}`; the error says in a sentence why the answer is no page.
tl::expected<case_page, std::string> map_page(std::string_view body, std::string_view channel,
                                              domain::instant received_at);

/// The answer to a single GET: the case itself, or wrapped in `item`, `data` or `case`.
tl::expected<mapped_case, std::string> map_single(std::string_view body, std::string_view channel,
                                                  domain::instant received_at);

}  // namespace fibrehub::channels::qcontact
