#include "peers/webhook_ledger.hpp"

#include "peers/json_writer.hpp"

namespace fibrehub::peers {

std::string_view fate_name(webhook_fate fate) {
  switch (fate) {
    case webhook_fate::pending:
      return "pending";
    case webhook_fate::acknowledged:
      return "acknowledged";
    case webhook_fate::given_up:
      return "given_up";
    case webhook_fate::lost:
      return "lost";
  }
  return "pending";
}

std::uint64_t webhook_ledger::add(webhook_record record) {
  records_.push_back(std::move(record));
  if (records_.size() > capacity) {
    records_.pop_front();
    ++forgotten_;
  }
  return forgotten_ + records_.size() - 1;
}

void webhook_ledger::attempted(std::uint64_t number, unsigned status, webhook_fate fate) {
  if (number < forgotten_) return;
  webhook_record& record = records_[static_cast<std::size_t>(number - forgotten_)];
  record.statuses.push_back(status);
  const bool over = record.fate == webhook_fate::lost || record.fate == webhook_fate::given_up;
  if (!over || fate == webhook_fate::acknowledged) record.fate = fate;
}

void webhook_ledger::lose_pending() {
  for (auto& record : records_) {
    if (record.fate == webhook_fate::pending) record.fate = webhook_fate::lost;
  }
}

std::string webhook_ledger::to_json(std::string_view event, std::string_view fate) const {
  json_writer w;
  w.object().field("forgotten", forgotten_).key("webhooks").array();
  for (const auto& r : records_) {
    const bool wanted =
        (event.empty() || r.event == event) && (fate.empty() || fate_name(r.fate) == fate);
    if (!wanted) continue;
    w.object().field("request_id", r.request_id).text_or_null("id", r.body_id);
    w.field("event", r.event).field("session", r.session).text_or_null("stanza_id", r.stanza);
    w.field("url", r.url).field("fate", fate_name(r.fate)).key("statuses").array();
    for (const unsigned status : r.statuses)
      w.value(status);
    w.end_array().end_object();
  }
  return w.end_array().end_object().text();
}

}  // namespace fibrehub::peers
