#include "store/queries/tickets.hpp"

#include "store/find/condition_sql.hpp"
#include "store/queries/where_clause.hpp"
#include "store/row_security.hpp"
#include "store/tickets/columns.hpp"

namespace fibrehub::store {
namespace {

/// The conditions, once the asker's eyes are on. Texts are looked up before.
where_clause conditions_of(const ticket_filter& filter, const text_places& texts,
                           text_search many) {
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
  const find_surroundings around{filter.by, filter.now, filter.zone, texts, many};
  where.also(condition_sql(filter.query, around, where.params));
  return where;
}

/// Looks up the texts, puts the asker's eyes on and calls `work(tx, texts)`, in one transaction.
template <class F>
auto find(connection& db, const ticket_filter& filter, F&& work) {
  return db.transact([&](pqxx::work& tx) {
    const text_places texts = look_up(db, tx, filter.query, filter.by);
    look_through_eyes_of(db, tx, filter.by);
    return work(tx, texts);
  });
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

}  // namespace

std::optional<ticket_page> run(connection& db, const list_tickets& request) {
  return find(db, request.filter, [&](pqxx::work& tx, const text_places& texts) {
    const bool walks = !request.page && request.order.by->column == "t.id";
    where_clause where =
        conditions_of(request.filter, texts, walks ? text_search::walk : text_search::set);
    ticket_page out;
    if (request.page) out.total = count_of(db, tx, where);
    if (request.after) where.also(after_sql(request.order, *request.after, where.params));
    const std::int64_t offset = request.page ? (*request.page - 1) * request.limit : 0;
    const pqxx::result rows = db.run_text(
        tx,
        fmt::format("SELECT {}, {}::text FROM tickets t WHERE {} ORDER BY {} LIMIT {} OFFSET {}",
                    ticket_columns(), request.order.by->column, where.text,
                    order_sql(request.order), request.limit + 1, offset),
        where.params);
    for (const auto& row : rows)
      out.items.push_back(to_ticket(row));
    if (static_cast<std::int64_t>(out.items.size()) > request.limit) {
      out.items.pop_back();
      const auto last = static_cast<pqxx::result::size_type>(out.items.size()) - 1;
      out.next = end_of(rows[last], out.items.back().id);
    }
    return std::optional(std::move(out));
  });
}

std::optional<facet_counts> run(connection& db, const count_facets& request) {
  return find(db, request.filter, [&](pqxx::work& tx, const text_places& texts) {
    const where_clause where = conditions_of(request.filter, texts, text_search::set);
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
