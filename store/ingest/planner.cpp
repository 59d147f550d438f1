#include "store/ingest/planner.hpp"

#include <algorithm>

#include "domain/text.hpp"
#include "store/ingest/event_json.hpp"
#include "store/tickets/json.hpp"

namespace fibrehub::store {
namespace {

constexpr std::size_t max_message_bytes = std::size_t{256} * 1024;
constexpr std::size_t max_short_bytes = 255;
constexpr std::size_t max_argument_bytes = 20'000;

std::string inbox_key(const ingest& item, const std::string& ext_id) {
  return key_of(item.source, ext_id);
}

/// The phone number in a canonical id (`27831112222@c.us`), or empty for a hidden id.
std::string phone_in(std::string_view id) {
  const std::size_t at = id.find("@c.us");
  return at == std::string_view::npos ? std::string() : std::string(id.substr(0, at));
}

}  // namespace

std::string conflict_id(const ingest& item) {
  std::string hex;
  for (unsigned char c : item.fingerprint)
    hex += fmt::format("{:02x}", c);
  return item.ext_id + "#" + hex;
}

ingest_planner::ingest_planner(const intake_rules& rules, ingest_cache& cache, next_id_fn next_id)
    : rules_(rules), cache_(cache), next_id_(std::move(next_id)) {}

void ingest_planner::plan_item(const ingest& item) {
  out_.results.emplace_back();
  result_tickets_.push_back(0);
  if (seen_before(item)) return;
  cache_.remember(inbox_key(item, item.ext_id), item.fingerprint);
  struct visitor {
    ingest_planner& self;
    const ingest& item;
    void operator()(const domain::chat_message& m) { self.plan_chat_message(item, m); }
    void operator()(const domain::case_snapshot& s) { self.plan_case(item, s); }
    void operator()(const domain::message_ack& ack) {
      self.add_inbox(item, disposition::stored);
      self.out_.acks.push_back({item.channel, ack, item.received_at});
    }
    void operator()(const domain::session_status& status) {
      self.add_inbox(item, disposition::stored);
      self.out_.sessions.push_back({item.channel, status, item.received_at});
    }
    void operator()(const domain::message_change& c) { self.plan_change(item, c); }
    void operator()(const domain::waiting_message& w) { self.plan_waiting(item, w.message); }
    void operator()(const domain::call_note& c) { self.plan_call(item, c); }
    void operator()(const domain::group_change& g) { self.plan_group(item, g); }
    void operator()(const domain::presence_note& p) { self.plan_presence(item, p); }
    void operator()(const domain::chat_archived& a) {
      self.add_inbox(item, disposition::stored);
      self.out_.around.archived.push_back({item.channel, a});
    }
    void operator()(const domain::label_change& l) {
      self.add_inbox(item, disposition::stored);
      self.out_.around.labels.push_back({item.channel, l});
    }
    void operator()(const domain::kept&) { self.add_inbox(item, disposition::kept); }
    void operator()(const domain::unreadable& u) {
      self.plan_review(item, item.ext_id, disposition::review, u.reason, u.detail);
    }
  };
  std::visit(visitor{*this, item}, item.what);
}

/// Answers duplicates and conflicts; true when nothing is left to plan.
bool ingest_planner::seen_before(const ingest& item) {
  const std::string* fingerprint = cache_.recent(inbox_key(item, item.ext_id));
  if (!fingerprint) return false;
  if (*fingerprint == item.fingerprint) {
    out_.results.back().outcome = disposition::duplicate;
    return true;
  }
  const std::string other = conflict_id(item);
  const std::string key = inbox_key(item, other);
  if (cache_.recent(key)) {
    out_.results.back().outcome = disposition::duplicate;
    return true;
  }
  cache_.remember(key, item.fingerprint);
  plan_review(item, other, disposition::conflict, "conflict",
              "The same id was received before with another content; the first one was applied.");
  return true;
}

inbox_row& ingest_planner::add_inbox(const ingest& item, disposition state) {
  out_.results.back().outcome = state;
  return out_.inbox.emplace_back(
      inbox_row{next_id_(), &item, domain::storable(item.ext_id, 512), state, 0});
}

void ingest_planner::plan_review(const ingest& item, const std::string& ext_id, disposition state,
                                 std::string reason, const std::string& detail) {
  inbox_row& row = add_inbox(item, state);
  row.ext_id = domain::storable(ext_id, 512);
  out_.reviews.push_back(
      {next_id_(), row.id, std::move(reason), domain::storable(detail, 2000), item.received_at});
  out_.events.push_back(review_event(item, out_.reviews.back().reason));
}

/// Finds or makes the chat. A direct chat is found under any id of the other person.
known_chat& ingest_planner::chat_for(const ingest& item, const domain::chat_message& message) {
  const std::string key = key_of(item.channel, message.session, message.chat);
  const bool direct = message.kind == domain::chat_kind::direct;
  const std::string other_key = direct && !message.chat_alt.empty()
                                    ? key_of(item.channel, message.session, message.chat_alt)
                                    : std::string();
  if (!other_key.empty()) unite_chats(key, other_key);
  known_chat* known = cache_.find_chat(key);
  if (!known && !other_key.empty()) {
    known = cache_.find_chat(other_key);
    if (known) cache_.chat_names[key] = known->key;
  } else if (known && !other_key.empty() && !cache_.knows_chat(other_key)) {
    cache_.chat_names[other_key] = known->key;
  }
  if (known) {
    if (direct && !message.from_me) note_address(message, *known);
    return *known;
  }
  if (!other_key.empty()) cache_.chat_names[other_key] = key;
  known_chat& chat = cache_.chats[key];
  chat.id = next_id_();
  chat.key = key;
  chat.address = message.chat;
  chat.address_at = message.sent_at;
  chat.address_dated = true;
  const bool named = direct && !message.from_me;
  out_.chats.push_back(
      {chat.id, item.channel, domain::storable(message.session, max_short_bytes),
       domain::storable(message.chat, max_short_bytes),
       named ? domain::storable(message.author_name, max_short_bytes) : std::string(), message.kind,
       item.received_at});
  return chat;
}

/// Finds or makes the person who wrote; learns a second id and a new name on the way.
std::int64_t ingest_planner::contact_for(const ingest& item, const domain::chat_message& message) {
  const std::string key = key_of(item.channel, message.session, message.author);
  const std::string alt_key =
      message.author_alt.empty() ? "" : key_of(item.channel, message.session, message.author_alt);
  if (!alt_key.empty()) unite_people(item, message.session, message.author, message.author_alt);
  auto it = cache_.contacts.find(key);
  if (it == cache_.contacts.end() && !alt_key.empty()) it = cache_.contacts.find(alt_key);
  known_contact person = it == cache_.contacts.end() ? known_contact{} : it->second;
  const bool fresh = person.id == 0;
  if (fresh) person.id = next_id_();

  bool changed = fresh;
  const std::string name = domain::storable(message.author_name, max_short_bytes);
  if (!name.empty() && name != person.name) {
    person.name = name;
    changed = true;
  }
  for (const std::string* id : {&message.author, &message.author_alt}) {
    if (!person.phone.empty() || phone_in(*id).empty()) continue;
    person.phone = phone_in(*id);
    changed = true;
  }
  if (changed)
    out_.contacts.push_back(
        {person.id, item.channel, message.session, person.name, person.phone, item.received_at});
  const auto learn = [&](const std::string& alias_key, const std::string& alias) {
    if (alias.empty()) return;
    auto [at, unknown] = cache_.contacts.try_emplace(alias_key, person);
    if (unknown)
      out_.aliases.push_back(
          {item.channel, message.session, domain::storable(alias, max_short_bytes), person.id});
    else if (at->second.id == person.id)
      at->second = person;
  };
  learn(key, message.author);
  learn(alt_key, message.author_alt);
  return person.id;
}

/// The send this is the echo of, once; null when it is none.
const known_send* ingest_planner::take_echo(const ingest& item,
                                            const domain::chat_message& message) {
  const auto found = cache_.echoes.find(key_of(item.channel, message.session, message.message_id));
  if (found == cache_.echoes.end()) return nullptr;
  const std::vector<known_send> candidates = std::move(found->second);
  cache_.echoes.erase(found);
  for (const known_send& c : candidates) {
    if (!cache_.named_sends.insert(c.id).second) continue;
    echo_ = c;
    return &echo_;
  }
  return nullptr;
}

/// The message is there already: it only gets its name. False: none was made for this send.
bool ingest_planner::plan_echo(const ingest& item, const domain::chat_message& message,
                               const known_send& send) {
  if (send.message_id == 0) return false;
  inbox_row& inbox = add_inbox(item, disposition::stored);
  inbox.ticket_id = send.ticket_id;
  out_.echoes.push_back({send.id, inbox.id, message.message_id, item.received_at});
  internal_ = send.internal;
  if (!cache_.targets.empty()) meet_target(item, message, send.message_id, send.ticket_id);
  return true;
}

void ingest_planner::plan_chat_message(const ingest& item, const domain::chat_message& message) {
  if (message.kind == domain::chat_kind::broadcast) {
    add_inbox(item, disposition::kept);
    return;
  }
  const known_send* const sent = message.from_me ? take_echo(item, message) : nullptr;
  if (sent != nullptr && plan_echo(item, message, *sent)) return;
  inbox_row& inbox = add_inbox(item, disposition::stored);
  if (sent != nullptr)
    out_.echoes.push_back({sent->id, inbox.id, message.message_id, item.received_at});
  known_chat& chat = chat_for(item, message);
  const std::int64_t contact =
      message.from_me || message.author.empty() ? 0 : contact_for(item, message);
  if (message.from_me && !message.chat_alt.empty())
    unite_people(item, message.session, message.chat, message.chat_alt);

  message_context context = take_context(item, message, chat);

  // What we tell our own people belongs to no conversation with a customer.
  domain::chat_routing_rules rules = rules_.chats(item.channel);
  if (chat.unmatched) rules.direct = rules.group = *chat.unmatched;
  const domain::chat_routing routing =
      sent != nullptr && !sent->for_client
          ? domain::chat_routing{}
          : domain::route(message, chat.open, rules, context.facts);
  internal_ = false;
  const std::int64_t ticket_id = place(item, message, chat, routing.main, context);
  inbox.ticket_id = ticket_id;
  result_tickets_.back() = ticket_id;
  out_.messages.push_back({next_id_(), ticket_id, chat.id, inbox.id, contact, &message,
                           domain::storable(message.text, max_message_bytes), item.received_at});
  if (!message.mentions.empty() || message.poll) keep_facts(item, message, out_.messages.back());
  if (!routing.others.empty())
    show_elsewhere(item, message, chat, routing, context, out_.messages.back());
  if (!cache_.targets.empty()) meet_target(item, message, out_.messages.back().id, ticket_id);
  follow_routing(item, chat, std::move(context), routing);
}

/// What was looked up for it, as far as it is true still.
message_context ingest_planner::take_context(const ingest& item,
                                             const domain::chat_message& message,
                                             const known_chat& chat) {
  message_context out;
  if (const auto found = cache_.contexts.find(item.ext_id); found != cache_.contexts.end()) {
    out = std::move(found->second);
    cache_.contexts.erase(found);
  }
  domain::message_facts& facts = out.facts;
  const auto gone = [&](std::int64_t id) { return !cache_.tickets.contains(id); };
  if (gone(facts.quoted)) facts.quoted = 0;
  std::erase_if(facts.named, [&](const auto& n) { return n.ticket_id != 0 && gone(n.ticket_id); });
  std::erase_if(facts.own, [&](const auto& t) { return gone(t.ticket_id); });
  if (facts.quoted == 0 && !message.reply_to.empty())
    facts.quoted = ticket_planned_for(message, chat.id);
  return out;
}

/// The ticket of the message that is answered, where that came with the same batch; or 0.
std::int64_t ingest_planner::ticket_planned_for(const domain::chat_message& message,
                                                std::int64_t chat_id) const {
  const auto kept = [&](std::int64_t id) {
    for (const merge_row& m : out_.around.merged_chats)
      if (m.from == id) id = m.into;
    return id;
  };
  const auto it = std::find_if(out_.messages.rbegin(), out_.messages.rend(), [&](const auto& r) {
    return kept(r.chat_id) == chat_id && r.message->message_id == message.reply_to &&
           r.message->session == message.session;
  });
  return it == out_.messages.rend() ? 0 : it->ticket_id;
}

/// What a person or the hub itself has to do with the message just planned.
void ingest_planner::follow_routing(const ingest& item, const known_chat& chat,
                                    message_context context, const domain::chat_routing& routing) {
  using wait = domain::chat_routing::wait;
  const message_row& row = out_.messages.back();
  if (internal_) out_.internal.push_back(row.id);
  if (routing.waits != wait::no) {
    out_.triage.push_back({row.id, chat.id,
                           routing.waits == wait::ambiguous ? "ambiguous" : "unmatched",
                           item.received_at});
    out_.events.push_back(review_event(item, "triage"));
  }
  if (context.command) {
    context.command->text = domain::storable(context.command->text, max_argument_bytes);
    out_.commands.push_back(
        {row.id, chat.id, context.user_id, std::move(*context.command), item.received_at});
  }
  if (row.ticket_id != 0 && !routing.unreached.empty())
    remark_unreached(item, row.ticket_id, routing.unreached);
}

/// Staff are told which tickets a message names that it did not go to.
void ingest_planner::remark_unreached(const ingest& item, std::int64_t ticket_id,
                                      const std::vector<domain::named_ticket>& unreached) {
  std::string body;
  for (const domain::named_ticket& n : unreached) {
    // Of the conversation itself there is nothing to tell.
    if (cache_.tickets.at(ticket_id).uid == n.uid) continue;
    body += fmt::format("{}{} ({})", body.empty() ? "A message names " : ", ", n.uid,
                        n.ticket_id == 0 ? "closed" : "not the writer's to add to");
  }
  if (body.empty()) return;
  body += ".";
  add_history(ticket_id, item, "note", "internal", {}, body);
  out_.remarks.push_back(
      {next_id_(), ticket_id, std::move(body), item.source + "/" + item.channel, item.received_at});
}

/// Opens the ticket or adds to it; 0 when the message belongs to none.
std::int64_t ingest_planner::place(const ingest& item, const domain::chat_message& message,
                                   known_chat& chat, const domain::chat_route& route,
                                   const message_context& context) {
  using verdict = domain::chat_route::verdict;
  if (route.what == verdict::none) return 0;
  const std::int64_t sent_us = domain::to_us(message.sent_at);
  std::int64_t ticket_id = route.ticket_id;
  if (route.what == verdict::create) {
    ticket_row& ticket = new_ticket(item, domain::ticket_source::wa_inbound, {}, route.drop);
    ticket_id = ticket.id;
    ticket.chat_id = chat.id;
    ticket.fields.title = domain::storable(domain::title_for(message), 1000);
    ticket.fields.description = domain::storable(message.text, max_message_bytes);
    chat.open.push_back({ticket_id, route.drop, sent_us});
    cache_.tickets.at(ticket_id).chat_key = chat.key;
    out_.results.back().created = true;
    add_history(ticket_id, item, "created", "message", {},
                domain::storable(message.message_id, max_short_bytes));
    announce(item, "ticket.created", ticket_id, &message);
  } else {
    const auto at = std::find_if(chat.open.begin(), chat.open.end(),
                                 [&](const auto& t) { return t.ticket_id == ticket_id; });
    // What is said of it in another chat is said among staff, but for what its customer says.
    const bool internal = at == chat.open.end() && !context.customer_of.contains(ticket_id);
    internal_ |= internal;
    if (at != chat.open.end()) at->last_message_us = std::max(at->last_message_us, sent_us);
    add_history(ticket_id, item, "message", message.from_me ? "outbound" : "inbound", {},
                domain::storable(message.message_id, max_short_bytes));
    announce(item, "message.created", ticket_id, &message, {}, internal);
    // What a program sends is no answer of staff.
    if (message.from_me && !message.by_api && !internal && cache_.answered.insert(ticket_id).second)
      out_.answers.push_back({ticket_id, item.received_at});
  }
  ticket_progress& progress = progress_of(ticket_id);
  ++progress.new_messages;
  progress.last_message_at = std::max(progress.last_message_at, message.sent_at);
  return ticket_id;
}

/// A message that names several tickets is read with each of them.
void ingest_planner::show_elsewhere(const ingest& item, const domain::chat_message& message,
                                    known_chat& chat, const domain::chat_routing& routing,
                                    const message_context& context, const message_row& row) {
  for (const domain::chat_route& other : routing.others)
    out_.links.push_back({place(item, message, chat, other, context), row.id});
  if (routing.left_out == 0) return;
  out_.reviews.push_back(
      {next_id_(), row.inbox_id, "many_drops",
       fmt::format("The message names {} drops; the first {} have it in their tickets, the others "
                   "have none because of it.",
                   domain::max_drops_per_message + routing.left_out, domain::max_drops_per_message),
       item.received_at});
  out_.events.push_back(review_event(item, out_.reviews.back().reason));
}

}  // namespace fibrehub::store
