// Tells the admins that a channel is in trouble, once for each trouble, and that it is well again.
// What they were told stands in `alarms`, so that neither a restart of the hub nor a lost answer
// repeats it.
#pragma once

#include <string>
#include <vector>

#include "store/change.hpp"

namespace fibrehub::store {

/// A channel as it is now.
struct channel_condition {
  std::string name;  // "qcontact/velocity"
  bool in_trouble = false;
  std::string detail;       // one sentence for a person, or empty
  domain::instant since{};  // of a trouble

  bool operator==(const channel_condition&) const = default;
};

/// What became of it, in notices.
struct channel_alarms {
  std::size_t raised = 0, over = 0;
};

/// `channels`: those that are well, or have been in trouble for long enough; the others are left as
/// they were. Asking again with the same changes nothing.
struct tell_channel_trouble {
  std::vector<channel_condition> channels;
  std::shared_ptr<channel_alarms> result{};  // filled in before the answer
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const tell_channel_trouble& request,
                  change_context& context);

/// Who tells: nobody asked for it.
domain::principal channel_alarm_principal();

}  // namespace fibrehub::store
