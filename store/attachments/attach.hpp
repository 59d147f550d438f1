// Adding files to a ticket inside a change that does more: the rows, the history, the events. The
// bytes are on the disk already.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/ticket_commands.hpp"
#include "store/attachments/attachments.hpp"

namespace fibrehub::store {

/// Why these files do not fit on the ticket (`conflict`, reason `ticket_full`); nothing: they do.
std::optional<error> overfull(connection& db, pqxx::transaction_base& tx,
                              const domain::ticket_record& ticket,
                              const std::vector<new_attachment>& files);

/// Files as they stand on the ticket now.
struct attached_files {
  std::vector<std::int64_t> ids;
  std::string json;  // of each, separated by commas
};

/// Attaches them as `author`'s; the history says that the origin did it. `ticket` is locked and has
/// room.
attached_files attach_files(connection& db, pqxx::transaction_base& tx,
                            domain::ticket_record& ticket, const std::vector<new_attachment>& files,
                            const std::string& author, change_context& context);

}  // namespace fibrehub::store
