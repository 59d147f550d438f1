#include "store/queries/tickets.hpp"

#include "store/find/condition_sql.hpp"
#include "store/queries/where_clause.hpp"
#include "store/row_security.hpp"
#include "store/tickets/columns.hpp"

namespace fibrehub::store {
namespace {

find_surroundings around(const ticket_filter& filter, const text_places& texts, text_search many) {
  return {filter.by, filter.now, filter.zone, texts, many};
}

where_clause conditions_of(const ticket_filter& filter, const text_places& texts, text_search many,
                           strictness how = strictness::whole) {
  where_clause where(filter.by);
  where.any_of("status", filter.statuses);
  where.any_of("source", filter.sources);
  where.any_of("priority", filter.priorities);
  where.any_of("type", filter.types);
  if (!filter.tags.empty())
    where.also(fmt::format("t.tags @> {}::text[]", where.add(where_clause::array(filter.tags))));
  if (filter.drop) where.also("t.drop_number = " + where.add(*filter.drop));
  where.id_is("assigned_to", filter.assigned_to);
  where.id_is("assigned_team", filter.assigned_team);
  where.also(condition_sql(filter.query, around(filter, texts, many), where.params, how));
  return where;
}

std::int64_t count_of(connection& db, pqxx::transaction_base& tx, const where_clause& where) {
  return db.run_text(tx, "SELECT count(*) FROM tickets t WHERE " + where.text, where.params)[0][0]
      .as<std::int64_t>();
}

/// The value the order goes by, of the last ticket that is shown.
page_end end_of(const pqxx::row& row, std::int64_t id) {
  const auto& value = row[static_cast<pqxx::row::size_type>(ticket_column_count())];
  return {value.is_null() ? std::nullopt : std::optional<std::string>(value.c_str()), id};
}

/// Without parameters a text is one of the few lists that everybody opens.
pqxx::result ask(connection& db, pqxx::transaction_base& tx, const std::string& text,
                 const sql_params& params) {
  return params.texts.empty() ? db.run_kept(tx, text, params) : db.run_text(tx, text, params);
}

std::string columns_of(const list_tickets& request) {
  return fmt::format("{}, {}::text", ticket_columns(), request.order.by->column);
}

ticket_page page_of(const pqxx::result& rows, std::int64_t limit) {
  ticket_page out;
  for (const auto& row : rows)
    out.items.push_back(to_ticket(row));
  if (static_cast<std::int64_t>(out.items.size()) > limit) {
    out.items.pop_back();
    const auto last = static_cast<pqxx::result::size_type>(out.items.size()) - 1;
    out.next = end_of(rows[last], out.items.back().id);
  }
  return out;
}

/// A page whose order has two parts: what the first leaves of it comes from the second.
ticket_page read_in_parts(connection& db, pqxx::transaction_base& tx, const list_tickets& request,
                          const where_clause& wanted) {
  const std::size_t most = static_cast<std::size_t>(request.limit) + 1;
  const bool begun = request.after && !request.after->value;  // the second part is under way
  sort_key in_part = *request.order.by;
  in_part.nullable = false;
  ticket_page out;
  std::vector<page_end> ends;
  for (const order_part part : {order_part::with_value, order_part::without_value}) {
    if ((begun && part == order_part::with_value) || out.items.size() == most) continue;
    where_clause where = wanted;
    where.also(part_sql(request.order, part));
    if (request.after && (begun || part == order_part::with_value))
      where.also(after_sql({&in_part, request.order.descending}, *request.after, where.params));
    const pqxx::result rows = ask(
        db, tx,
        fmt::format("SELECT {} FROM tickets t WHERE {} ORDER BY {} LIMIT {}", columns_of(request),
                    where.text, order_within_sql(request.order, part), most - out.items.size()),
        where.params);
    for (const auto& row : rows) {
      out.items.push_back(to_ticket(row));
      ends.push_back(end_of(row, out.items.back().id));
    }
  }
  if (out.items.size() < most) return out;
  out.items.pop_back();
  out.next = ends[out.items.size() - 1];
  return out;
}

ticket_page read_page(connection& db, pqxx::transaction_base& tx, const list_tickets& request,
                      const text_places& texts, text_search many) {
  where_clause where = conditions_of(request.filter, texts, many);
  std::optional<std::int64_t> total;
  if (request.page) total = count_of(db, tx, where);
  if (!request.page && request.order.by->nullable) return read_in_parts(db, tx, request, where);
  if (request.after) where.also(after_sql(request.order, *request.after, where.params));
  const std::int64_t offset = request.page ? (*request.page - 1) * request.limit : 0;
  const std::string text = fmt::format(
      "SELECT {} FROM tickets t WHERE {} ORDER BY {} LIMIT {} OFFSET {}", columns_of(request),
      where.text, order_sql(request.order), request.limit + 1, offset);
  ticket_page out = page_of(ask(db, tx, text, where.params), request.limit);
  out.total = total;
  return out;
}

// So many tickets are looked at one by one for a text that is in many.
constexpr std::int64_t walk_most = 5000;

/// The page, if it is full of tickets that the lists are complete for.
std::optional<ticket_page> read_newest_page(connection& db, pqxx::transaction_base& tx,
                                            const list_tickets& request, const text_places& texts) {
  where_clause where = conditions_of(request.filter, texts, text_search::walk);
  where.also(fmt::format("t.id > {}", texts.complete_after()));
  if (request.after) where.also(after_sql(request.order, *request.after, where.params));
  ticket_page out =
      page_of(db.run_text(tx,
                          fmt::format("SELECT {} FROM tickets t WHERE {} ORDER BY {} LIMIT {}",
                                      columns_of(request), where.text, order_sql(request.order),
                                      request.limit + 1),
                          where.params),
              request.limit);
  return out.next ? std::optional(std::move(out)) : std::nullopt;
}

/// The page, if it is found among the first tickets that the rest of the query lets through.
std::optional<ticket_page> read_near_page(connection& db, pqxx::transaction_base& tx,
                                          const list_tickets& request, const text_places& texts) {
  where_clause where =
      conditions_of(request.filter, texts, text_search::walk, strictness::without_common_texts);
  if (request.after) where.also(after_sql(request.order, *request.after, where.params));
  if (texts.complete_after() > 0) where.also(fmt::format("t.id > {}", texts.complete_after()));
  const std::string order = order_sql(request.order);
  const auto near = [&](const char* what) {
    return fmt::format("(SELECT {} FROM tickets t WHERE {} ORDER BY {} LIMIT {}) AS t", what,
                       where.text, order, walk_most);
  };
  sql_params params = where.params;
  const std::string whole =
      condition_sql(request.filter.query, around(request.filter, texts, text_search::walk), params);
  ticket_page out = page_of(
      db.run_text(tx,
                  fmt::format("SELECT {} FROM {} WHERE {} ORDER BY {} LIMIT {}",
                              columns_of(request), near("t.*"), whole, order, request.limit + 1),
                  params),
      request.limit);
  if (out.next) return out;
  if (texts.complete_after() > 0) return std::nullopt;
  const std::string count = "SELECT count(*) FROM " + near("t.id");
  const bool all = db.run_text(tx, count, where.params)[0][0].as<std::int64_t>() < walk_most;
  return all ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace

std::optional<ticket_page> run(connection& db, const list_tickets& request) {
  return read_tickets(db, request, {});
}

std::optional<ticket_page> read_tickets(connection& db, const list_tickets& request,
                                        const lookup_limits& limits) {
  return db.transact([&](pqxx::work& tx) {
    const ticket_filter& filter = request.filter;
    const bool all = sees_everything(filter.by.as);
    const bool by_age = all && !request.page && request.order.by->column == "t.id";
    text_places texts = look_up(db, tx, filter.query, filter.by,
                                !by_age                    ? thoroughness::complete
                                : request.order.descending ? thoroughness::newest_first
                                                           : thoroughness::at_a_glance,
                                limits);
    look_through_eyes_of(db, tx, filter.by);
    if (by_age && (texts.some_many() || texts.complete_after() > 0)) {
      auto page = texts.some_many() ? read_near_page(db, tx, request, texts)
                                    : read_newest_page(db, tx, request, texts);
      if (page) return page;
      texts = look_up(db, tx, filter.query, filter.by, thoroughness::complete);
    }
    if (texts.some_many()) prefer_indexes(db, tx, true);
    // Whoever does not see everything sees few tickets, which are looked at one by one.
    return std::optional(
        read_page(db, tx, request, texts, all ? text_search::set : text_search::walk));
  });
}

std::optional<facet_counts> run(connection& db, const count_facets& request) {
  return db.transact([&](pqxx::work& tx) {
    const ticket_filter& filter = request.filter;
    const text_places texts = look_up(db, tx, filter.query, filter.by, thoroughness::complete);
    look_through_eyes_of(db, tx, filter.by);
    const bool all = sees_everything(filter.by.as);
    const where_clause where =
        conditions_of(filter, texts, all ? text_search::set : text_search::walk);
    const pqxx::result rows = db.run_text(
        tx,
        fmt::format("SELECT t.status, t.priority, t.source, t.type, count(*) AS n FROM tickets t"
                    " WHERE {} GROUP BY GROUPING SETS ((t.status), (t.priority), (t.source),"
                    " (t.type), ()) ORDER BY n DESC, 1, 2, 3, 4",
                    where.text),
        where.params);
    facet_counts out;
    for (const auto& row : rows) {
      const auto n = row[4].as<std::int64_t>();
      facet_counts::counts* const lists[] = {&out.statuses, &out.priorities, &out.sources,
                                             &out.types};
      bool by_something = false;
      for (int i = 0; i < 4; ++i) {
        if (row[i].is_null()) continue;
        lists[i]->emplace_back(row[i].c_str(), n);
        by_something = true;
      }
      if (!by_something) out.total = n;
    }
    return std::optional(std::move(out));
  });
}

}  // namespace fibrehub::store
