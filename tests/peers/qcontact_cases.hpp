// QContact's cases in memory, with the filter language of its API. Pure: no sockets, no clock.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "protocols/json/parse.hpp"

namespace fibrehub::peers {

struct case_comment {
  std::string author;
  std::string body;
  bool is_public = true;
  std::int64_t at_s = 0;
};

struct case_change {
  std::string field;
  std::string old_value;
  std::string new_value;
  std::string by;  // "api" or "desk"
  std::int64_t at_s = 0;
};

struct maintenance_case {
  std::int64_t id = 0;
  std::map<std::string, std::string> fields;  // every field that is text
  std::int64_t created_s = 0;
  std::int64_t updated_s = 0;
  std::vector<case_comment> comments;
  std::vector<case_change> changes;

  /// The field as text, ids and times included; empty when there is none.
  std::string text(std::string_view field) const;
};

struct case_page {
  std::vector<const maintenance_case*> items;
  std::size_t total = 0;
};

class case_store {
 public:
  case_store();

  maintenance_case& create(std::map<std::string, std::string> fields, std::int64_t at_s);
  maintenance_case* find(std::int64_t id);
  /// Changes text fields and remembers each change; the time moves even when nothing differs.
  void change(maintenance_case& c, const std::map<std::string, std::string>& fields,
              std::string_view by, std::int64_t at_s);
  void comment(maintenance_case& c, case_comment comment);

  /// Body of POST /entities/Case/filter; the error is QContact's 400 text.
  tl::expected<case_page, std::string> filter(const protocols::json::value& query) const;
  /// Body of PATCH; the error is QContact's 422 text.
  tl::expected<void, std::string> patch(maintenance_case& c, const protocols::json::value& body,
                                        std::string_view author, std::int64_t at_s);

  const std::map<std::int64_t, maintenance_case>& all() const { return cases_; }

 private:
  std::map<std::int64_t, maintenance_case> cases_;
  std::int64_t next_id_ = 2'481'907;
};

std::string case_json(const maintenance_case& c, bool with_changes = false);
/// {"items":[…],"total":n}
std::string page_json(const case_page& page);
/// The schema: fields with types and options.
std::string case_schema_json();

extern const std::vector<std::string> case_statuses;
extern const std::vector<std::string> case_priorities;

}  // namespace fibrehub::peers
