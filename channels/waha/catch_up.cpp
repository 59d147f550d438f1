#include "channels/waha/catch_up.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "store/caf/caf.hpp"

namespace fibrehub::channels::waha {
namespace {

struct pull_data {
  pull_data() = default;
  static inline const char* name = "waha pull";
  pull_options options;
  pull_ports ports;
  std::function<void(pull_result)> ended;
  std::optional<catch_up_plan> plan;
  pull_result result;
  std::vector<store::ingest> page;  // read and not stored yet, the oldest first
  std::size_t page_messages = 0;
  bool is_left_out = false;  // the chat that is ended now
  bool is_over = false;      // the end is being written
};

using self_pointer = pull_actor::stateful_pointer<pull_data>;

void step(self_pointer self);

/// A token whose answer comes back as a message. The actor lives at least as long: answers always
/// come.
template <class Message, class T>
store::reply<T> answer_as(self_pointer self) {
  return store::reply<T>(
      [to = caf::actor_cast<pull_actor>(self)](tl::expected<T, store::error> got) {
        store::send(to, Message{std::move(got)});
      });
}

void leave(self_pointer self) {
  pull_data& s = self->state;
  s.ended(std::move(s.result));
  self->quit();
}

/// The reason is kept with what is owed; the keeper decides when to try again.
void fail(self_pointer self, std::string why, bool is_transient, bool is_bridges_way = false) {
  pull_data& s = self->state;
  s.result.failure = why;
  s.result.is_transient = is_transient;
  s.is_over = true;
  store::catch_up_failed request;
  request.channel = s.options.channel;
  request.session = s.options.who.session;
  request.why = std::move(why);
  request.trouble = is_bridges_way;
  s.ports.fail(std::move(request), answer_as<detail::step_written, bool>(self));
}

void fail(self_pointer self, const store::error& e) {
  fail(self, "The store did not take it: " + e.message, true);
}

void fail(self_pointer self, const rest_failure& f) {
  self->state.result.retry_after = f.retry_after;
  // Nothing can be read until somebody changes something: said once, and not asked again.
  const bool is_bridges_way = f.kind == "store_disabled" || f.kind == "not_implemented";
  fail(self, f.message, !is_bridges_way, is_bridges_way);
}

void fetch(self_pointer self, protocols::transport::http_request request) {
  self->state.ports.fetch(std::move(request),
                          [to = caf::actor_cast<pull_actor>(self)](rest_outcome outcome) {
                            store::send(to, detail::pull_answered{std::move(outcome)});
                          });
}

// --- what the plan wants -------------------------------------------------------------------------

void finish_chat(self_pointer self, const catch_up_plan::finish_chat& chat) {
  pull_data& s = self->state;
  store::chat_caught_up request;
  request.channel = s.options.channel;
  request.session = s.options.who.session;
  request.chat = chat.chat;
  request.round_at = s.plan->round().round_at;
  request.looked_at = chat.looked_at;
  request.found = chat.found;
  request.left_out = std::exchange(s.is_left_out, false);
  s.plan->on_chat_finished();
  s.ports.finish_chat(std::move(request), answer_as<detail::step_written, bool>(self));
}

void finish(self_pointer self, const catch_up_plan::finish& end) {
  pull_data& s = self->state;
  s.is_over = true;
  if (end.more) {
    s.result.more = true;
    return leave(self);
  }
  s.result.is_complete = true;
  store::end_catch_up request;
  request.channel = s.options.channel;
  request.session = s.options.who.session;
  request.round_at = s.plan->round().round_at;
  s.ports.end(std::move(request), answer_as<detail::step_written, bool>(self));
}

/// It counts as done, and people are told when the round ends.
void leave_out(self_pointer self) {
  self->state.plan->on_chat_unreadable();
  self->state.is_left_out = true;
  step(self);
}

void step(self_pointer self) {
  pull_data& s = self->state;
  const rest_address& to = s.options.address;
  const std::string& session = s.options.who.session;
  const catch_up_plan::action action = s.plan->next();
  if (const auto* overview = std::get_if<catch_up_plan::ask_overview>(&action)) {
    fetch(self, overview_request(to, session, overview_limit, overview->offset));
  } else if (const auto* page = std::get_if<catch_up_plan::ask_messages>(&action)) {
    if (page->chat == s.options.left_out) return leave_out(self);
    fetch(self, messages_request(to, session, page->chat, s.plan->round().from, messages_limit,
                                 page->offset));
  } else if (const auto* chat = std::get_if<catch_up_plan::finish_chat>(&action)) {
    finish_chat(self, *chat);
  } else {
    finish(self, std::get<catch_up_plan::finish>(action));
  }
}

// --- answers -------------------------------------------------------------------------------------

/// A message as it would have come, and its name asked for: what the hub has may read otherwise
/// now, because it was edited since, and is no news.
void look_up(self_pointer self, std::vector<std::string> messages) {
  pull_data& s = self->state;
  s.page_messages = messages.size();
  s.result.looked_at += messages.size();
  if (messages.empty()) {
    s.plan->on_messages(0, 0);
    return step(self);
  }
  store::find_known_messages request;
  const domain::instant now = s.ports.now();
  for (auto m = messages.rbegin(); m != messages.rend(); ++m) {
    auto item = pulled_message(s.options.channel, *m, s.options.who, now);
    if (!item) continue;
    request.ext_ids.push_back(item->ext_id);
    s.page.push_back(std::move(*item));
  }
  if (s.page.empty()) {
    s.plan->on_messages(s.page_messages, 0);
    return step(self);
  }
  s.ports.find_known(std::move(request),
                     answer_as<detail::known_found, std::set<std::string>>(self));
}

/// Not the bridge's or the session's: those let no other chat be read either.
bool may_be_the_chats(const rest_failure& f) {
  constexpr std::array<std::string_view, 10> of_all{
      "unreachable",       "stopped",        "unauthorized",    "forbidden",   "rate_limited",
      "session_not_ready", "store_disabled", "not_implemented", "unavailable", "gateway"};
  const bool has_timed_out = f.kind == "unreachable" && f.is_late;
  return has_timed_out || std::find(of_all.begin(), of_all.end(), f.kind) == of_all.end();
}

void page_answered(self_pointer self, const rest_outcome& outcome) {
  pull_data& s = self->state;
  auto messages = read_messages(outcome);
  if (messages) return look_up(self, std::move(*messages));
  const rest_failure& f = messages.error();
  // One chat that cannot be read must not hide the others.
  if (f.kind == "not_found" || f.kind == "no_lid") {
    s.plan->on_chat_unreadable();
    return step(self);
  }
  if (may_be_the_chats(f))
    s.result.failed_chat = std::get<catch_up_plan::ask_messages>(s.plan->next()).chat;
  fail(self, f);
}

void answered(self_pointer self, const rest_outcome& outcome) {
  pull_data& s = self->state;
  if (!std::holds_alternative<catch_up_plan::ask_overview>(s.plan->next()))
    return page_answered(self, outcome);
  const auto page = read_overview(outcome);
  if (!page) return fail(self, page.error());
  s.plan->on_overview(*page);
  step(self);
}

/// What was found is remembered by its newest message.
void note_found(pull_data& s, const store::ingest& item) {
  const auto* message = std::get_if<domain::chat_message>(&item.what);
  if (message == nullptr) return;
  const auto newest = [at = message->sent_at](std::optional<domain::instant>& of) {
    of = std::max(of.value_or(at), at);
  };
  if (!message->from_me) newest(s.result.newest_inbound);
  if (item.received_at - message->sent_at >= s.options.webhook_patience)
    newest(s.result.newest_missed);
}

void submit_new(self_pointer self, const std::set<std::string>& known) {
  pull_data& s = self->state;
  std::vector<store::ingest> page = std::exchange(s.page, {});
  std::erase_if(page, [&](const store::ingest& item) { return known.contains(item.ext_id); });
  if (page.empty()) {
    s.plan->on_messages(s.page_messages, 0);
    return step(self);
  }
  for (const store::ingest& item : page)
    note_found(s, item);
  s.ports.submit({std::move(page)},
                 answer_as<detail::page_stored, store::ingest_batch_result>(self));
}

void stored(self_pointer self, const store::ingest_batch_result& done) {
  pull_data& s = self->state;
  const auto found = static_cast<std::size_t>(std::count_if(
      done.items.begin(), done.items.end(),
      [](const store::ingest_result& r) { return r.outcome != store::disposition::duplicate; }));
  s.result.found += found;
  s.plan->on_messages(s.page_messages, found);
  step(self);
}

void written(self_pointer self, const tl::expected<bool, store::error>& outcome) {
  pull_data& s = self->state;
  if (s.is_over) {
    // It stays owed; what was stored is stored.
    if (!outcome && s.result.is_complete) {
      s.result.is_complete = false;
      s.result.failure = outcome.error().message;
    }
    return leave(self);
  }
  if (!outcome) return fail(self, outcome.error());
  step(self);
}

void begin(self_pointer self) {
  const pull_options& o = self->state.options;
  store::begin_catch_up request;
  request.channel = o.channel;
  request.session = o.who.session;
  request.overlap = o.overlap;
  request.at_most = o.at_most;
  self->state.ports.begin(std::move(request),
                          answer_as<detail::pull_begun, store::catch_up_round>(self));
}

void begun(self_pointer self, const detail::pull_begun& news) {
  pull_data& s = self->state;
  if (news.round) {
    s.plan.emplace(*news.round);
    s.result.round_at = news.round->round_at;
    return step(self);
  }
  // Not found: nothing is owed any more.
  if (news.round.error().code != store::errc::not_found)
    s.result.failure = news.round.error().message;
  leave(self);
}

pull_actor::behavior_type pull_behavior(self_pointer self, pull_options options, pull_ports ports,
                                        std::function<void(pull_result)> ended) {
  pull_data& s = self->state;
  s.options = std::move(options);
  s.ports = std::move(ports);
  s.ended = std::move(ended);
  store::send(caf::actor_cast<pull_actor>(self), detail::begin_pull{});
  return {
      [self](detail::begin_pull) { begin(self); },
      [self](const detail::pull_begun& news) { begun(self, news); },
      [self](const detail::pull_answered& news) { answered(self, news.outcome); },
      [self](const detail::known_found& news) {
        if (!news.known) return fail(self, news.known.error());
        submit_new(self, *news.known);
      },
      [self](const detail::page_stored& news) {
        if (!news.outcome) return fail(self, news.outcome.error());
        stored(self, *news.outcome);
      },
      [self](const detail::step_written& news) { written(self, news.outcome); },
  };
}

}  // namespace

pull_actor spawn_pull(caf::actor_system& system, pull_options options, pull_ports ports,
                      std::function<void(pull_result)> ended) {
  return store::spawn(system, pull_behavior, std::move(options), std::move(ports),
                      std::move(ended));
}

}  // namespace fibrehub::channels::waha
