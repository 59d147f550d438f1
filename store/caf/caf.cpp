#include "store/caf/caf.hpp"

#include <spdlog/spdlog.h>

#include <atomic>
#include <caf/actor_system_config.hpp>
#include <caf/detail/pretty_type_name.hpp>
#include <caf/error.hpp>
#include <caf/message_view.hpp>
#include <caf/scheduled_actor.hpp>
#include <caf/sec.hpp>
#include <caf/system_messages.hpp>
#include <exception>

namespace fibrehub::store {
namespace {

struct counters {
  std::atomic<std::uint64_t> unexpected_messages{0};
  std::atomic<std::uint64_t> exceptions{0};
  std::atomic<std::uint64_t> unhandled_errors{0};
  std::atomic<std::uint64_t> unexpected_downs{0};
};

counters& totals() {
  static counters instance;
  return instance;
}

std::string types_of(const caf::type_erased_tuple& content) {
  std::string out;
  for (std::size_t i = 0; i < content.size(); ++i) {
    if (i > 0) out += ", ";
    const auto type = content.type(i);
    out += type.second ? caf::detail::pretty_type_name(*type.second) : caf::to_string(type);
  }
  return out;
}

caf::result<caf::message> on_unexpected(caf::scheduled_actor* self, caf::message_view& message) {
  ++totals().unexpected_messages;
  spdlog::warn("actor {} #{}: no handler for message ({})", self->name(), self->id(),
               types_of(message.content()));
  // A request gets an error; an answer to anything else would only startle the sender.
  if (self->current_message_id().is_request()) return caf::sec::unexpected_message;
  return caf::message{};
}

caf::error on_exception(caf::scheduled_actor* self, std::exception_ptr& thrown) {
  ++totals().exceptions;
  std::string what = "unknown exception";
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& e) {
    what = e.what();
  } catch (...) {  // NOLINT(bugprone-empty-catch): `what` says so already
  }
  spdlog::error("actor {} #{}: exception: {}", self->name(), self->id(), what);
  return failure("exception: " + what);
}

void on_down(caf::scheduled_actor* self, caf::down_msg& down) {
  ++totals().unexpected_downs;
  spdlog::warn("actor {} #{}: a monitored actor ended: {}", self->name(), self->id(),
               reason_text(down.reason));
}

void on_exit(caf::scheduled_actor* self, caf::exit_msg& exit) {
  // "normal" comes from a link whose other end finished; nothing to end for.
  if (exit.reason) self->quit(std::move(exit.reason));
}

void on_error(caf::scheduled_actor* self, caf::error& error) {
  ++totals().unhandled_errors;
  spdlog::warn("actor {} #{}: an error nobody waited for: {}", self->name(), self->id(),
               reason_text(error));
}

}  // namespace

actor_faults faults_so_far() {
  const auto& t = totals();
  return {t.unexpected_messages.load(), t.exceptions.load(), t.unhandled_errors.load(),
          t.unexpected_downs.load()};
}

void harden(caf::scheduled_actor* self) {
  self->set_default_handler(caf::scheduled_actor::default_handler{on_unexpected});
  self->set_exception_handler(caf::scheduled_actor::exception_handler{on_exception});
  self->set_down_handler(caf::scheduled_actor::down_handler{on_down});
  self->set_exit_handler(caf::scheduled_actor::exit_handler{on_exit});
  self->set_error_handler(caf::scheduled_actor::error_handler{on_error});
}

std::string reason_text(const caf::error& reason) {
  if (!reason) return "normal";
  if (reason.category() == caf::atom("exit"))
    return caf::to_string(static_cast<caf::exit_reason>(reason.code()));
  // Our own failures carry one sentence and need no decoration.
  if (reason == caf::sec::runtime_error && reason.context().match_elements<std::string>())
    return reason.context().get_as<std::string>(0);
  return caf::actor_system_config::render(reason);
}

caf::error failure(std::string why) {
  return caf::make_error(caf::sec::runtime_error, std::move(why));
}

bool is_orderly(const caf::error& reason) {
  return !reason || reason == caf::exit_reason::user_shutdown;
}

}  // namespace fibrehub::store
