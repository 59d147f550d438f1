// The files of a ticket as the database knows them: the bytes lie in the blob store, here stands
// whose they are and what they are called. A row is made only after its bytes are on the disk, and
// is never removed: deleted means hidden, the history goes on telling of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/people.hpp"
#include "store/change.hpp"

namespace fibrehub::store {

inline constexpr std::int64_t max_attachment_bytes = 10LL * 1024 * 1024;
inline constexpr std::int64_t max_ticket_attachment_bytes = 50LL * 1024 * 1024;
inline constexpr std::int64_t max_ticket_attachments = 500;

/// A file whose bytes are kept already.
struct new_attachment {
  std::string sha256_hex;
  std::string name;  // cleaned
  std::string content_type;
  std::int64_t size_bytes = 0;
  std::int64_t message_id = 0;  // the message it came with, if any
  bool is_internal = false;     // said among staff: clients do not hear of it
};

/// Adds files to a ticket, all of them or none. Refuses `conflict` with the reason `ticket_full`
/// when the ticket would carry more than it may. Answers {"ticket_uid","version","attachments"}.
struct add_attachments {
  std::string ticket_uid;
  std::vector<new_attachment> files;
};

/// Takes a file from its ticket; its row and its bytes stay.
struct delete_attachment {
  std::int64_t id = 0;
};

write_outcome run(connection& db, pqxx::transaction_base& tx, const add_attachments& request,
                  change_context& context);
write_outcome run(connection& db, pqxx::transaction_base& tx, const delete_attachment& request,
                  change_context& context);

/// How much a ticket carries; not_found when `by` may not see it. Also tells whether there is such
/// a ticket, at little cost.
struct ticket_load {
  std::int64_t ticket_id = 0;
  std::int64_t files = 0;
  std::int64_t bytes = 0;
  domain::ticket_ownership owner = {};
};
struct get_ticket_load {
  using result = ticket_load;
  std::string uid;
  domain::principal by;
};

/// One file of a ticket that `by` may see; not_found otherwise, and when it is deleted.
struct kept_attachment {
  std::int64_t id = 0;
  std::string ticket_uid, name, content_type, sha256_hex;
  std::int64_t size_bytes = 0;
};
struct find_attachment {
  using result = kept_attachment;
  std::int64_t id = 0;
  domain::principal by;
};

/// Those of these SHA-256 (hex, at most 10 000) that no row names, deleted rows and files of
/// messages included.
struct find_unnamed_blobs {
  using result = std::vector<std::string>;
  std::vector<std::string> sha256_hex;
};

// Each runs on a reader's connection; throws the causes of store/pq.hpp.
std::optional<ticket_load> run(connection& db, const get_ticket_load& request);
std::optional<kept_attachment> run(connection& db, const find_attachment& request);
std::optional<std::vector<std::string>> run(connection& db, const find_unnamed_blobs& request);

}  // namespace fibrehub::store
