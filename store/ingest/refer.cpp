#include "store/ingest/refer.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "domain/text.hpp"
#include "store/chat_family.hpp"
#include "store/pq_array.hpp"
#include "store/sends/take.hpp"
#include "store/sql_time.hpp"

namespace fibrehub::store {
namespace {

constexpr sql select_people{"refer_people",
                            "SELECT id, role, coalesce(client_id, 0), phone FROM users WHERE "
                            "disabled_at IS NULL AND phone <>"
                            " '' AND role <> 'viewer'"};

// Only who was there can answer a message, by whatever name: others' chats count for staff ($8)
// alone. What people were told by the hub itself is no message, but about a ticket as well.
constexpr sql select_quoted{
    "refer_quoted",
    "SELECT DISTINCT ON (k.i) k.i, q.ticket_id FROM unnest($1::text[], $2::text[], $3::text[],"
    " $4::bigint[], $5::bigint[], $6::text[], $7::text[], $8::bool[]) WITH ORDINALITY AS k(channel,"
    " session, stanza, chat_id, other_id, chat, chat_alt, anywhere, i) CROSS JOIN LATERAL ("
    "(SELECT m.ticket_id, 0 AS place, m.id FROM messages m WHERE m.id = message_named(k.channel,"
    " k.session, k.stanza) AND m.ticket_id IS NOT NULL AND (k.anywhere OR m.chat_id IN (" FIBREHUB_CHAT_FAMILY(
        "k.chat_id") " UNION ALL " FIBREHUB_CHAT_FAMILY("k.other_id") ")))"
    " UNION ALL"
    " (SELECT s.ticket_id, 1, s.id FROM wa_sends s WHERE s.stanza = k.stanza AND s.ticket_id IS NOT"
    " NULL AND s.channel = k.channel AND s.session = k.session AND (k.anywhere OR s.chat IN"
    " (k.chat, k.chat_alt) OR s.chat IN (SELECT x.name FROM chats f CROSS JOIN LATERAL (SELECT"
    " f.ext_id UNION ALL SELECT f.address UNION ALL SELECT b.ext_id FROM contact_aliases a JOIN"
    " contact_aliases b ON b.contact_id = a.contact_id AND b.channel = f.channel AND b.session ="
    " f.session WHERE f.kind = 'direct' AND a.channel = f.channel AND a.session = f.session AND"
    " a.ext_id = f.ext_id) AS x(name) WHERE f.id IN (" FIBREHUB_CHAT_FAMILY("k.chat_id")
    " UNION ALL " FIBREHUB_CHAT_FAMILY("k.other_id") "))))"
    ")"
    " q ORDER BY k.i, q.place, q.id"};

constexpr sql select_named{
    "refer_named",
    "SELECT t.id, t.uid FROM tickets t WHERE t.uid = ANY ($1::text[]) AND t.deleted_at IS NULL"};

constexpr sql select_own{
    "refer_own",
    "SELECT k.user_id, k.chat_id, t.id, t.status = 'in_progress', " FIBREHUB_SQL_US(
        "(SELECT max(m.sent_at) FROM messages m WHERE m.ticket_id = t.id AND m.chat_id = ANY (ARRAY(" FIBREHUB_CHAT_FAMILY(
            "k.chat_id") ")))") " FROM unnest($1::bigint[], $2::bigint[]) AS k(user_id, chat_id)"
    " CROSS JOIN LATERAL (SELECT o.id, o.status FROM tickets o WHERE o.assigned_to = k.user_id AND"
    " o.deleted_at IS NULL AND o.status IN ('assigned', 'scheduled', 'in_progress', 'blocked', 'qa')"
    " ORDER BY o.id DESC LIMIT 50) t"};

// Where what was merged went to, as far as that is open.
constexpr sql select_open{
    "refer_open",
    "WITH RECURSIVE went (asked, id, merged_into, n) AS (SELECT t.id, t.id, t.merged_into, 1 FROM"
    " tickets t WHERE t.id = ANY ($1::bigint[]) UNION ALL SELECT w.asked, t.id, t.merged_into, w.n "
    "+"
    " 1 FROM went w JOIN tickets t ON t.uid = w.merged_into WHERE w.n < 20)"
    " SELECT w.asked, t.id, t.uid, t.version, t.history_seq, t.history_hash,"
    " coalesce(t.assigned_to, 0), coalesce(t.assigned_team, 0), coalesce(t.client_id, 0),"
    " coalesce(t.chat_id, 0), coalesce(t.contact_phone, ''), coalesce(c.phone, '')"
    " FROM went w JOIN tickets t ON t.id = w.id LEFT JOIN clients c ON c.id = t.client_id WHERE"
    " w.merged_into IS NULL AND t.status <> 'closed' AND t.deleted_at IS NULL"};

/// The digits in a canonical id (`27831112222@c.us`), or empty for a hidden id.
std::string_view digits_in(std::string_view id) {
  const std::size_t at = id.find("@c.us");
  return at == std::string_view::npos ? std::string_view() : id.substr(0, at);
}

std::string phone_of(const ingest& item, const domain::chat_message& m, const ingest_cache& cache) {
  for (const std::string* id : {&m.author, &m.author_alt})
    if (const auto digits = digits_in(*id); !digits.empty()) return std::string(digits);
  const auto known = cache.contacts.find(key_of(item.channel, m.session, m.author));
  return known == cache.contacts.end() ? std::string() : known->second.phone;
}

/// A message with what it may refer to.
struct reference {
  const ingest* item = nullptr;
  const domain::chat_message* message = nullptr;
  const known_chat* chat = nullptr;   // null: a new one
  const known_chat* other = nullptr;  // by the writer's other name, as far as it is another one
  known_person writer;                // id 0: a stranger, or ourselves
  std::string phone;
  std::vector<domain::found_uid> uids;
  std::optional<domain::chat_command> command;
  bool wants_own = false;
};

std::optional<domain::chat_command> command_in(const domain::chat_message& m,
                                               const domain::uid_finder& uids) {
  return domain::read_chat_command(m.text, uids, m.media.has_value());
}

const domain::chat_message* routed_message(const ingest& item) {
  const auto* m = std::get_if<domain::chat_message>(&item.what);
  return m && m->kind != domain::chat_kind::broadcast ? m : nullptr;
}

void load_people(connection& db, pqxx::transaction_base& tx, item_span items, ingest_cache& cache,
                 const intake_rules& rules) {
  domain::instant latest{};
  for (const ingest* item : items)
    if (routed_message(*item)) latest = std::max(latest, item->received_at);
  if (latest <= cache.people_until) return;
  cache.people_until = latest + people_known_for;
  cache.people.clear();
  std::vector<std::string> codes{domain::chat_routing_rules{}.country_code};
  for (const auto& entry : rules.chats_by_channel)
    codes.push_back(entry.second.country_code);
  const pqxx::result rows = db.run(tx, select_people);
  for (const auto& row : rows) {
    known_person p{row[0].as<std::int64_t>(),
                   domain::role_from(row[1].c_str()).value_or(domain::role::viewer),
                   row[2].as<std::int64_t>()};
    for (const std::string& code : codes) {
      const std::string digits = whatsapp_digits(row[3].c_str(), code);
      if (digits.empty()) continue;
      const auto [known, fresh] = cache.people[code].try_emplace(digits, p);
      if (!fresh && known->second.id != p.id) known->second = {};  // whose it is nobody can say
    }
  }
}

/// Everything that is asked for a batch, and what came of it.
class references {
 public:
  references(connection& db, pqxx::transaction_base& tx, ingest_cache& cache,
             const intake_rules& rules, const domain::uid_finder& uids)
      : db_(db), tx_(tx), cache_(cache), rules_(rules), uids_(uids) {}

  void add(const ingest& item, const domain::chat_message& m) {
    reference r;
    r.item = &item;
    r.message = &m;
    r.chat = cache_.find_chat(key_of(item.channel, m.session, m.chat));
    if (m.kind == domain::chat_kind::direct && !m.chat_alt.empty())
      r.other = cache_.find_chat(key_of(item.channel, m.session, m.chat_alt));
    if (!r.chat) r.chat = r.other;
    if (const known_person* who = writer_of(item, m, cache_, rules_)) r.writer = *who;
    r.uids = uids_.find(m.text);
    if (r.writer.is_staff()) {
      if (!r.chat || r.chat->commands) r.command = command_in(m, uids_);
      r.wants_own = !r.chat || r.chat->open.empty();
    }
    if (m.reply_to.empty() && r.uids.empty() && !r.command && !r.wants_own) return;
    if (!m.from_me) r.phone = phone_of(item, m, cache_);
    all_.push_back(std::move(r));
  }

  void load() {
    if (all_.empty()) return;
    quoted_.resize(all_.size());
    load_quoted();
    load_named();
    load_own();
    load_open();
    for (std::size_t i = 0; i < all_.size(); ++i)
      cache_.contexts[all_[i].item->ext_id] = context_of(all_[i], quoted_[i]);
  }

 private:
  struct open_ticket {
    std::int64_t id = 0, chat_id = 0;
    domain::ticket_ownership owner;
    std::string contact_phone, client_phone;
  };

  static std::int64_t chat_id(const reference& r) { return r.chat ? r.chat->id : 0; }

  void load_quoted() {
    std::array<pq_array, 8> c;
    std::vector<std::size_t> index;
    for (std::size_t i = 0; i < all_.size(); ++i) {
      const reference& r = all_[i];
      if (r.message->reply_to.empty()) continue;
      index.push_back(i);
      c[0].add(std::string_view(r.item->channel));
      c[1].add(std::string_view(r.message->session));
      c[2].add(std::string_view(domain::storable(r.message->reply_to, 255)));
      c[3].add(chat_id(r));
      c[4].add(r.other ? r.other->id : 0);
      c[5].add(std::string_view(r.message->chat));
      c[6].add(std::string_view(r.message->chat_alt));
      c[7].add_bool(r.writer.is_staff());
    }
    if (index.empty()) return;
    sql_params params;
    for (pq_array& column : c)
      params.texts.push_back(column.take());
    for (const auto& row : db_.run(tx_, select_quoted, params)) {
      quoted_[index[row[0].as<std::size_t>() - 1]] = row[1].as<std::int64_t>();
      wanted_.insert(row[1].as<std::int64_t>());
    }
  }

  void load_named() {
    pq_array names;
    bool any = false;
    for (const reference& r : all_)
      for (const domain::found_uid& found : r.uids) {
        names.add(std::string_view(found.uid));
        any = true;
      }
    if (!any) return;
    for (const auto& row : db_.run(tx_, select_named, {{names.take()}, nullptr})) {
      named_[row[1].c_str()] = row[0].as<std::int64_t>();
      wanted_.insert(row[0].as<std::int64_t>());
    }
  }

  void load_own() {
    pq_array users, chats;
    bool any = false;
    for (const reference& r : all_) {
      if (!r.wants_own) continue;
      users.add(r.writer.id);
      chats.add(chat_id(r));
      any = true;
    }
    if (!any) return;
    for (const auto& row : db_.run(tx_, select_own, {{users.take(), chats.take()}, nullptr})) {
      std::vector<domain::own_ticket>& list =
          own_[{row[0].as<std::int64_t>(), row[1].as<std::int64_t>()}];
      const domain::own_ticket one{row[2].as<std::int64_t>(), row[3].as<bool>(),
                                   row[4].as<std::int64_t>()};
      const bool known = std::any_of(list.begin(), list.end(), [&](const domain::own_ticket& t) {
        return t.ticket_id == one.ticket_id;
      });
      if (!known) list.push_back(one);
      wanted_.insert(one.ticket_id);
    }
  }

  /// Those that are open are remembered, so that messages can be added to them.
  void load_open() {
    if (wanted_.empty()) return;
    pq_array ids;
    for (const std::int64_t id : wanted_)
      ids.add(id);
    for (const auto& row : db_.run(tx_, select_open, {{ids.take()}, nullptr})) {
      open_ticket& t = open_[row[0].as<std::int64_t>()];
      t.id = row[1].as<std::int64_t>();
      t.owner = {row[6].as<std::int64_t>(), row[7].as<std::int64_t>(), row[8].as<std::int64_t>()};
      t.chat_id = row[9].as<std::int64_t>();
      t.contact_phone = row[10].c_str();
      t.client_phone = row[11].c_str();
      // One that is known already may be ahead of the database by what is not written yet.
      const auto [known, is_new] = cache_.tickets.try_emplace(t.id);
      if (is_new)
        known->second = {row[2].c_str(),
                         row[3].as<std::int32_t>(),
                         row[4].as<std::int32_t>(),
                         digest_from(row[5].c_str()),
                         {},
                         t.owner,
                         {}};
    }
  }

  const open_ticket* open_of(std::int64_t asked) const {
    const auto it = open_.find(asked);
    return it == open_.end() ? nullptr : &it->second;
  }

  /// The one who asked for it, or belongs to the client it is for.
  bool is_customer(const reference& r, const open_ticket& t) const {
    const std::string& code = rules_.chats(r.item->channel).country_code;
    if (!r.phone.empty() && (whatsapp_digits(t.contact_phone, code) == r.phone ||
                             whatsapp_digits(t.client_phone, code) == r.phone))
      return true;
    return r.writer.as == domain::role::client && r.writer.client_id != 0 &&
           r.writer.client_id == t.owner.client_id;
  }

  static bool is_of_chat(const reference& r, const open_ticket& t) {
    return r.chat && (t.chat_id == r.chat->id ||
                      std::any_of(r.chat->open.begin(), r.chat->open.end(),
                                  [&](const auto& o) { return o.ticket_id == t.id; }));
  }

  message_context context_of(reference& r, std::int64_t quoted) const {
    message_context out;
    if (r.writer.is_staff()) out.user_id = r.writer.id;
    const auto note_customer = [&](const open_ticket& t) {
      if (!r.writer.is_staff() && is_customer(r, t)) out.customer_of.insert(t.id);
    };
    if (const open_ticket* t = open_of(quoted)) {
      out.facts.quoted = t->id;
      note_customer(*t);
    }
    for (const domain::found_uid& found : r.uids) {
      const auto known = named_.find(found.uid);
      if (known == named_.end()) continue;
      domain::named_ticket& n = out.facts.named.emplace_back();
      n.uid = found.uid;
      n.at = found.at;
      n.size = found.size;
      const open_ticket* t = open_of(known->second);
      if (!t) continue;
      note_customer(*t);
      n.ticket_id = t->id;
      n.allowed = r.message->from_me || r.writer.is_staff() || is_of_chat(r, *t) ||
                  out.customer_of.contains(t->id);
    }
    if (const auto own = own_.find({r.writer.id, chat_id(r)}); r.wants_own && own != own_.end())
      for (const domain::own_ticket& t : own->second)
        if (open_of(t.ticket_id)) out.facts.own.push_back(t);
    out.facts.is_command = r.command.has_value();
    out.command = std::move(r.command);
    return out;
  }

  connection& db_;
  pqxx::transaction_base& tx_;
  ingest_cache& cache_;
  const intake_rules& rules_;
  const domain::uid_finder& uids_;
  std::vector<reference> all_;
  std::vector<std::int64_t> quoted_;
  std::unordered_map<std::string, std::int64_t> named_;
  std::map<std::pair<std::int64_t, std::int64_t>, std::vector<domain::own_ticket>> own_;
  std::unordered_set<std::int64_t> wanted_;
  std::unordered_map<std::int64_t, open_ticket> open_;  // by the one asked for
};

}  // namespace

const known_person* writer_of(const ingest& item, const domain::chat_message& message,
                              const ingest_cache& cache, const intake_rules& rules) {
  if (message.from_me || cache.people.empty()) return nullptr;
  const auto book = cache.people.find(rules.chats(item.channel).country_code);
  if (book == cache.people.end()) return nullptr;
  const std::string phone = phone_of(item, message, cache);
  if (phone.empty()) return nullptr;
  const auto found = book->second.find(phone);
  return found == book->second.end() || found->second.id == 0 ? nullptr : &found->second;
}

bool refers_to_more(const ingest& item, const domain::chat_message& message,
                    const ingest_cache& cache, const intake_rules& rules,
                    const domain::uid_finder& uids) {
  if (item.received_at > cache.people_until || !message.reply_to.empty()) return true;
  if (const known_person* who = writer_of(item, message, cache, rules); who && who->is_staff()) {
    // In a chat with open tickets they are answered as anybody else is, but for commands.
    const auto chat =
        cache.chats.find(cache.chat_key(key_of(item.channel, message.session, message.chat)));
    if (chat == cache.chats.end() || chat->second.open.empty() || command_in(message, uids))
      return true;
  }
  return !uids.find(message.text).empty();
}

void load_references(connection& db, pqxx::transaction_base& tx, item_span items,
                     ingest_cache& cache, const intake_rules& rules,
                     const domain::uid_finder& uids) {
  load_people(db, tx, items, cache, rules);
  references all(db, tx, cache, rules, uids);
  for (const ingest* item : items)
    if (const auto* m = routed_message(*item)) all.add(*item, *m);
  all.load();
}

}  // namespace fibrehub::store
