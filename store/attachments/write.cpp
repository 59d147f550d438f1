#include <fmt/format.h>

#include <array>

#include "store/attachments/attach.hpp"
#include "store/attachments/for_clients.hpp"
#include "store/commands/history_writer.hpp"
#include "store/pq.hpp"
#include "store/pq_array.hpp"
#include "store/sql_time.hpp"
#include "store/tickets/json.hpp"

namespace fibrehub::store {
namespace {

constexpr sql select_load{
    "attachments_load",
    "SELECT count(*), coalesce(sum(size_bytes), 0)::bigint FROM attachments WHERE ticket_id ="
    " $1::bigint AND deleted_at IS NULL"};

constexpr sql insert_files{
    "attachments_insert",
    "INSERT INTO attachments (id, ticket_id, sha256, name, content_type, size_bytes, author,"
    " created_at, message_id) SELECT r.id, $1::bigint, decode(r.sha256, 'hex'), r.name,"
    " r.content_type, r.size_bytes, $2, " FIBREHUB_SQL_INSTANT(
        "$3::bigint") ", r.message_id FROM unnest($4::bigint[], $5::text[], $6::text[], $7::text[],"
                      " $8::bigint[], $9::bigint[]) AS r(id, sha256, name, content_type,"
                      " size_bytes, message_id)"};

constexpr sql select_file{
    "attachments_find_for_change",
    "SELECT t.uid, a.name, a.content_type, a.size_bytes, encode(a.sha256, 'hex'), "
    "NOT " FIBREHUB_FILE_FOR_CLIENTS
    " FROM attachments a JOIN tickets t ON t.id = a.ticket_id WHERE a.id = $1::bigint AND"
    " a.deleted_at IS NULL"};

constexpr sql hide_file{"attachments_delete",
                        "UPDATE attachments SET deleted_at = " FIBREHUB_SQL_INSTANT(
                            "$2::bigint") " WHERE id = $1::bigint AND deleted_at IS NULL"};

/// A file in a history row: which bytes, so that the chain vouches for them too.
std::string described(const new_attachment& f) {
  return fmt::format("{} ({}, {} bytes, sha256 {})", f.name, f.content_type, f.size_bytes,
                     f.sha256_hex);
}

std::string file_json(std::int64_t id, const new_attachment& f, const std::string& author,
                      domain::instant at) {
  return fmt::format(
      R"({{"id":"{}","name":{},"content_type":{},"size_bytes":{},"sha256":"{}","author":{},"created_at":"{}"}})",
      id, json_string(f.name), json_string(f.content_type), f.size_bytes, f.sha256_hex,
      json_string(author), domain::to_rfc3339(at));
}

void announce(const char* kind, const domain::ticket_record& ticket, std::int64_t id,
              const new_attachment& f, change_context& context) {
  committed_event& e = context.events.emplace_back();
  e.kind = kind;
  e.ticket_uid = ticket.uid;
  e.at = context.origin.at;
  e.access.who = f.is_internal ? domain::event_access::circle::ticket_staff
                               : domain::event_access::circle::ticket;
  e.access.owner = domain::ownership_of(ticket);
  e.outside_json = fmt::format(
      R"({{"ticket_uid":{},"id":"{}","name":{},"content_type":{},"size_bytes":{},"version":{}}})",
      json_string(ticket.uid), id, json_string(f.name), json_string(f.content_type), f.size_bytes,
      ticket.version);
  e.data_json = fmt::format(R"({},"by":{}}})",
                            std::string_view(e.outside_json).substr(0, e.outside_json.size() - 1),
                            json_string(context.origin.by.name));
}

}  // namespace

std::optional<error> overfull(connection& db, pqxx::transaction_base& tx,
                              const domain::ticket_record& ticket,
                              const std::vector<new_attachment>& files) {
  const pqxx::result there = db.run(tx, select_load, {{std::to_string(ticket.id)}, nullptr});
  std::int64_t bytes = there[0][1].as<std::int64_t>();
  for (const new_attachment& f : files)
    bytes += f.size_bytes;
  const auto count = there[0][0].as<std::int64_t>() + static_cast<std::int64_t>(files.size());
  if (bytes <= max_ticket_attachment_bytes && count <= max_ticket_attachments) return std::nullopt;
  return error{errc::conflict,
               fmt::format("the ticket's attachments would come to {} files of {} MB together; a"
                           " ticket carries at most {} files and {} MB",
                           count, (bytes + 1024 * 1024 - 1) / (1024 * 1024), max_ticket_attachments,
                           max_ticket_attachment_bytes / (1024 * 1024)),
               "ticket_full"};
}

attached_files attach_files(connection& db, pqxx::transaction_base& tx,
                            domain::ticket_record& ticket, const std::vector<new_attachment>& files,
                            const std::string& author, change_context& context) {
  pq_array ids, hashes, names, types, sizes, messages;
  std::vector<domain::change_entry> entries;
  attached_files out;
  for (const new_attachment& f : files) {
    const std::int64_t id = out.ids.emplace_back(context.next_id());
    ids.add(id);
    hashes.add(std::string_view(f.sha256_hex));
    names.add(std::string_view(f.name));
    types.add(std::string_view(f.content_type));
    sizes.add(f.size_bytes);
    messages.add_or_null(f.message_id);
    entries.push_back({"attachment", "attachment", {}, described(f)});
    out.json += (out.json.empty() ? "" : ",") + file_json(id, f, author, context.origin.at);
  }
  append_history(db, tx, ticket, entries, context);
  write_head(db, tx, ticket);
  db.run(tx, insert_files,
         {{std::to_string(ticket.id), author, std::to_string(domain::to_us(context.origin.at)),
           ids.take(), hashes.take(), names.take(), types.take(), sizes.take(), messages.take()},
          nullptr});
  for (std::size_t i = 0; i < out.ids.size(); ++i)
    announce("attachment.created", ticket, out.ids[i], files[i], context);
  return out;
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const add_attachments& request,
                  change_context& context) {
  auto ticket = lock_ticket(db, tx, request.ticket_uid, context.origin.by);
  if (!ticket) return tl::unexpected(no_such_ticket());
  if (auto no = overfull(db, tx, *ticket, request.files)) return tl::unexpected(std::move(*no));
  const attached_files done =
      attach_files(db, tx, *ticket, request.files, context.origin.by.name, context);
  return write_answer{201, fmt::format(R"({{"ticket_uid":{},"version":{},"attachments":[{}]}})",
                                       json_string(ticket->uid), ticket->version, done.json)};
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const delete_attachment& request,
                  change_context& context) {
  const error missing{errc::not_found, "there is no such attachment, or it is not yours to see",
                      "not_found"};
  const std::string id = std::to_string(request.id);
  const pqxx::result found = db.run(tx, select_file, {{id}, nullptr});
  if (found.empty()) return tl::unexpected(missing);
  auto ticket = lock_ticket(db, tx, found[0][0].c_str(), context.origin.by);
  if (!ticket) return tl::unexpected(missing);
  const new_attachment f{found[0][4].c_str(),
                         found[0][1].c_str(),
                         found[0][2].c_str(),
                         found[0][3].as<std::int64_t>(),
                         0,
                         found[0][5].as<bool>()};
  db.run(tx, hide_file, {{id, std::to_string(domain::to_us(context.origin.at))}, nullptr});
  append_history(db, tx, *ticket, {{"attachment", "attachment", described(f), {}}}, context);
  write_head(db, tx, *ticket);
  announce("attachment.deleted", *ticket, request.id, f, context);
  return write_answer{200, fmt::format(R"({{"ticket_uid":{},"version":{},"id":"{}"}})",
                                       json_string(ticket->uid), ticket->version, request.id)};
}

}  // namespace fibrehub::store
