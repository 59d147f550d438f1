#include "store/ingest/hot_columns.hpp"

#include "domain/text.hpp"
#include "store/ingest/write_rare.hpp"

namespace fibrehub::store {
namespace {

template <std::size_t N>
void take_all(std::array<pq_array, N>& columns, std::vector<std::string>& into) {
  for (pq_array& column : columns)
    into.push_back(column.take());
}

}  // namespace

std::int64_t hot_columns::append(std::string_view bytes) {
  const auto at = static_cast<std::int64_t>(bytes_.size()) + 1;
  bytes_ += bytes;
  return at;
}

std::int64_t hot_columns::append(const domain::history_digest& digest) {
  return append(std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

void hot_columns::add(const inbox_row& r) {
  const ingest& item = *r.item;
  std::string fingerprint = item.fingerprint;
  fingerprint.resize(16);
  const std::int64_t at = append(fingerprint);
  append(item.body);
  inbox_[0].add(r.id);
  inbox_[1].add(std::string_view(item.source));
  inbox_[2].add(std::string_view(item.channel));
  inbox_[3].add(std::string_view(r.ext_id));
  inbox_[4].add(std::string_view(domain::storable(item.event, 100)));
  inbox_[5].add(name_of(r.state));
  inbox_[6].add(domain::to_us(item.received_at));
  inbox_[7].add(std::string_view(item.headers_json));
  inbox_[8].add(at);
  inbox_[9].add(static_cast<std::int64_t>(item.body.size()));
  inbox_[10].add_or_null(r.ticket_id);
}

void hot_columns::add(const message_row& r) {
  const domain::chat_message& m = *r.message;
  messages_[0].add(r.id);
  messages_[1].add_or_null(r.ticket_id);
  messages_[2].add(r.chat_id);
  messages_[3].add(r.inbox_id);
  messages_[4].add_or_null(r.contact_id);
  messages_[5].add_bool(m.from_me);
  messages_[6].add_bool(m.by_api);
  messages_[7].add(std::string_view(domain::storable(m.message_id, 255)));
  messages_[8].add(std::string_view(domain::storable(m.author_name, 255)));
  messages_[9].add(std::string_view(m.type));
  messages_[10].add(std::string_view(r.body));
  messages_[11].add_or_null(std::string_view(m.media ? media_json(*m.media) : std::string()));
  messages_[12].add_or_null(std::string_view(domain::storable(m.reply_to, 255)));
  messages_[13].add(domain::to_us(m.sent_at));
  messages_[14].add(domain::to_us(r.received_at));
}

void hot_columns::add(const history_row& r) {
  history_[0].add(r.entry.ticket_id);
  history_[1].add(r.entry.seq);
  history_[2].add(domain::to_us(r.entry.at));
  history_[3].add(std::string_view(r.entry.actor.name));
  history_[4].add(std::string_view(r.entry.action));
  history_[5].add(std::string_view(r.entry.field));
  history_[6].add(std::string_view(r.entry.old_value));
  history_[7].add(std::string_view(r.entry.new_value));
  history_[8].add(append(r.hash));
}

void hot_columns::add_progress(const ingest_rows& rows) {
  for (const ticket_change& r : rows.changes) {
    if (r.sets_fields) continue;
    progress_[0].add(r.id);
    progress_[1].add(r.progress.version);
    progress_[2].add(r.progress.history_seq);
    progress_[3].add(append(r.progress.history_hash));
    progress_[4].add(r.progress.new_messages);
    progress_[5].add(domain::to_us(r.progress.last_message_at));
    progress_[6].add(domain::to_us(r.progress.updated_at));
  }
}

void hot_columns::take_in(const ingest_rows& rows) {
  for (; inbox_taken_ < rows.inbox.size(); ++inbox_taken_)
    add(rows.inbox[inbox_taken_]);
  for (; messages_taken_ < rows.messages.size(); ++messages_taken_)
    add(rows.messages[messages_taken_]);
  for (; history_taken_ < rows.history.size(); ++history_taken_)
    add(rows.history[history_taken_]);
}

sql_params hot_columns::finish(const ingest_rows& rows) {
  take_in(rows);
  add_progress(rows);
  sql_params params;
  params.texts.reserve(42);
  take_all(inbox_, params.texts);
  take_all(messages_, params.texts);
  take_all(history_, params.texts);
  take_all(progress_, params.texts);
  params.binary = &bytes_;
  return params;
}

}  // namespace fibrehub::store
