// What happens around messages: groups, presence, calls, archiving, labels.
#pragma once

#include "channels/waha/events/event.hpp"

namespace fibrehub::channels::waha {

/// group.v2.join, .leave, .update, .participants. The problem names the group's id.
tl::expected<group_event, problem> read_group(const envelope& e);
/// group.join and group.leave: the engine's own record, read as far as it goes.
tl::expected<group_event, problem> read_old_group(const envelope& e);
tl::expected<presence_event, problem> read_presence(const envelope& e);
tl::expected<call_event, problem> read_call(const envelope& e);
tl::expected<archive_event, problem> read_archive(const envelope& e);
/// label.upsert, label.deleted, label.chat.added, label.chat.deleted.
tl::expected<label_event, problem> read_label(const envelope& e);

}  // namespace fibrehub::channels::waha
