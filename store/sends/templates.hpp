// Texts with blanks for what is often written: kept with a version, changed with a trace in the
// audit log, filled in from a ticket when they are sent.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "domain/ticket_commands.hpp"
#include "store/change.hpp"
#include "store/pq_fwd.hpp"

namespace fibrehub::store {

struct template_view {
  std::int64_t id = 0;
  std::string name, language, text;
  std::int32_t version = 1;
  std::vector<std::string> variables;
  domain::instant created_at{}, updated_at{};
  std::string updated_by;
};
std::string template_json(const template_view& v);

struct template_page {
  std::vector<template_view> items;
  std::optional<std::int64_t> next_before;
};
/// The newest first; `name` empty: all.
struct list_templates {
  using result = template_page;
  std::string name{};
  std::optional<std::int64_t> before_id{};
  std::int64_t limit = 50;
};
std::optional<template_page> run(connection& db, const list_templates& request);

struct get_template {
  using result = template_view;
  std::int64_t id = 0;
};
std::optional<template_view> run(connection& db, const get_template& request);

/// 400 for a text that is no template (with the place of its mistake), 409 `name_taken` for a name
/// and language that there are.
struct create_template {
  std::string name, language, text;
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const create_template& request,
                  change_context& context);
/// Nothing: as it is. 409 `stale_version` when it is not the version the caller saw.
struct edit_template {
  std::int64_t id = 0;
  std::optional<std::int32_t> version;
  std::optional<std::string> name, language, text;
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const edit_template& request,
                  change_context& context);
struct delete_template {
  std::int64_t id = 0;
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const delete_template& request,
                  change_context& context);

/// The text of the template a message names. Refuses `template` that there is none of, `language`
/// where there are several, `variables` nobody declared, and (reason `missing_value`) variables
/// that neither the ticket nor the caller gives.
tl::expected<std::string, error> fill_template(connection& db, pqxx::transaction_base& tx,
                                               const domain::ticket_record& ticket,
                                               const domain::message_ticket& message,
                                               const write_origin& origin);

/// Texts that clients are told by the hub itself in their chats, where somebody wrote templates of
/// these names: client_received, client_started, client_resolved, client_info_needed. Of several
/// languages the English one, else the first.
class notice_texts {
 public:
  notice_texts(connection& db, pqxx::transaction_base& tx) : db_(db), tx_(tx) {}
  /// Filled in from the ticket; nothing when there is no such template, or the ticket does not give
  /// all of its values. Reads the templates once, and none but when it is asked.
  std::optional<std::string> text_for(const std::string& name, std::int64_t ticket_id);

 private:
  connection& db_;
  pqxx::transaction_base& tx_;
  std::optional<std::map<std::string, std::string>> texts_;
};

/// What a message would say, without sending it: of a template that is kept, or of a text.
struct template_preview {
  std::string text;
};
struct preview_template {
  using result = tl::expected<template_preview, error>;
  std::string ticket_uid;
  std::string name, language;
  std::optional<std::string> text{};  // instead of a name
  std::map<std::string, std::string> variables{};
  domain::principal by;
};
/// not_found: no ticket that `by` may see.
std::optional<preview_template::result> run(connection& db, const preview_template& request);

}  // namespace fibrehub::store
