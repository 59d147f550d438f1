// Has what technicians write to the hub in chats carried out: a reader looks whether anything is
// due, the writer does it.
#pragma once

#include <atomic>
#include <memory>

#include "actors/reader_pool.hpp"
#include "actors/rounds.hpp"
#include "app/children.hpp"
#include "config/values.hpp"
#include "store/wa/chat_commands.hpp"
#include "store/writer.hpp"

namespace fibrehub::app {

/// What commands need to know, from the configuration.
struct chat_command_setup {
  store::command_rules rules;
  domain::time_zone zone;
};
std::shared_ptr<const chat_command_setup> chat_command_setup_from(const config::values& values);

/// The line by which people of the hub are written to first.
store::wa_line wa_line_from(const config::values& values);

actors::child_spec chat_commands_child(actors::slot<actors::rounds>& slot,
                                       actors::slot<store::writer_actor>& writer,
                                       actors::reader_pool& readers,
                                       std::shared_ptr<const chat_command_setup> setup);

}  // namespace fibrehub::app
