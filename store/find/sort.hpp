// The orders a list of tickets may have, and how a page goes on where the one before ended: by the
// last ticket's value and id, so that nothing is passed over or shown twice while tickets come in.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "store/pq.hpp"

namespace fibrehub::store {

struct sort_key {
  std::string_view name;        // as requests spell it
  std::string_view column;      // an expression on `tickets t`; `t.id` for the order of creation
  std::string_view type;        // what its text is cast to
  bool nullable = false;        // tickets without a value come last, whichever the direction
  std::string_view there = {};  // true of tickets with a value; empty: `column` is not null
};

std::span<const sort_key> sort_keys();
const sort_key* find_sort_key(std::string_view name);

struct ticket_order {
  const sort_key* by = nullptr;  // never null in use
  bool descending = true;
};

/// Where the page before ended.
struct page_end {
  std::optional<std::string> value;  // the last ticket's; nothing when it had none
  std::int64_t id = 0;
};

/// "-created": newest first.
ticket_order default_order();
/// What follows ORDER BY.
std::string order_sql(const ticket_order& order);
/// The condition for what comes after `end`; parameters are appended.
std::string after_sql(const ticket_order& order, const page_end& end, sql_params& params);

/// A nullable order in two parts, first the tickets with a value: each part can be read along an
/// index, which the whole cannot.
enum class order_part { with_value, without_value };
/// What makes a ticket belong to the part.
std::string part_sql(const ticket_order& order, order_part part);
/// What follows ORDER BY inside it.
std::string order_within_sql(const ticket_order& order, order_part part);

}  // namespace fibrehub::store
