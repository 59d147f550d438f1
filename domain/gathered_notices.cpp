#include "domain/gathered_notices.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace fibrehub::domain {
namespace {

/// What goes into a digest becomes one e-mail there, which names each.
bool can_be_gathered(const owed_notice& n) {
  const bool of_clock = n.kind == notice_kind::clock_75 || n.kind == notice_kind::clock_90 ||
                        n.kind == notice_kind::clock_breached;
  return of_clock && !n.plan.email_in_digest;
}

/// The first of both that is one.
void take_earlier(std::optional<instant>& a, const std::optional<instant>& b) {
  if (b && (!a || *b < *a)) a = b;
}

notice_plan plan_of(const std::vector<owed_news*>& all) {
  notice_plan out;
  for (const owed_news* o : all) {
    const notice_plan& p = o->notice.plan;
    out.in_app = out.in_app || p.in_app;
    take_earlier(out.email_at, p.email_at);
    take_earlier(out.whatsapp_at, p.whatsapp_at);
  }
  return out;
}

std::string list_of(const std::vector<owed_news*>& all) {
  std::string out;
  std::size_t listed = 0;
  for (const owed_news* o : all) {
    if (out.size() + o->notice.subject.size() > max_gathered_characters) break;
    out += o->notice.subject + "\n";
    ++listed;
  }
  if (listed < all.size()) out += fmt::format("… and {} more\n", all.size() - listed);
  return out;
}

std::string_view what_happened(notice_kind kind) {
  return kind == notice_kind::clock_breached ? "have taken too long" : "run out of time";
}

gathered_notice one_of(const std::vector<owed_news*>& all) {
  const owed_news& first = *all.front();
  gathered_notice out;
  out.key = fmt::format("{}+{}", notice_key(first.news->ticket.id, first.notice), all.size() - 1);
  out.news.by_user = first.news->by_user;
  out.news.by_name = first.news->by_name;
  out.news.at = first.news->at;
  out.notice.user_id = first.notice.user_id;
  out.notice.kind = first.notice.kind;
  out.notice.plan = plan_of(all);
  out.notice.subject = fmt::format("{} tickets {}", all.size(), what_happened(first.notice.kind));
  out.notice.text = list_of(all);
  return out;
}

}  // namespace

gathered_news gather(std::vector<owed_news> owed) {
  std::map<std::pair<std::int64_t, notice_kind>, std::vector<owed_news*>> groups;
  for (owed_news& o : owed)
    if (can_be_gathered(o.notice)) groups[{o.notice.user_id, o.notice.kind}].push_back(&o);
  gathered_news out;
  for (const auto& [whom, all] : groups) {
    if (all.size() <= most_told_apart) continue;
    out.together.push_back(one_of(all));
    for (owed_news* o : all)
      o->news = nullptr;
  }
  for (owed_news& o : owed)
    if (o.news != nullptr) out.apart.push_back(std::move(o));
  return out;
}

}  // namespace fibrehub::domain
