#include "channels/qcontact/mapping.hpp"

#include <rapidjson/document.h>

#include <cstring>

#include "channels/qcontact/canonical_json.hpp"

namespace fibrehub::channels::qcontact {
namespace {

namespace json = protocols::json;
using domain::ticket_priority;
using domain::ticket_status;

constexpr std::array<std::pair<std::string_view, ticket_status>, 5> statuses{{
    {"open", ticket_status::new_},
    {"in progress", ticket_status::in_progress},
    {"pending", ticket_status::blocked},
    {"resolved", ticket_status::resolved},
    {"closed", ticket_status::closed},
}};
constexpr std::array<std::pair<std::string_view, ticket_priority>, 4> priorities{{
    {"urgent", ticket_priority::critical},
    {"high", ticket_priority::high},
    {"medium", ticket_priority::medium},
    {"low", ticket_priority::low},
}};

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

template <class Table>
auto look_up(const Table& table, std::string_view text)
    -> std::optional<decltype(table[0].second)> {
  std::string key(trimmed(text));
  for (char& c : key) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '_' || c == '-') c = ' ';
  }
  for (const auto& [name, image] : table)
    if (name == key) return image;
  return std::nullopt;
}

/// A field as a person would name it: text, a number, or an object with a name in it.
std::string label(const json::value& of, std::string_view key) {
  const json::value* v = json::find(of, key);
  if (!v) return {};
  if (!v->IsObject()) return json::text_or_number(of, key);
  for (std::string_view inner : {"name", "label", "full_name", "value", "id"})
    if (std::string found = json::text_or_number(*v, inner); !found.empty()) return found;
  return {};
}

/// The first of several spellings that says something.
std::string first_label(const json::value& of, std::initializer_list<std::string_view> keys) {
  for (auto key : keys)
    if (std::string found = label(of, key); !found.empty()) return found;
  return {};
}

std::string from_customer(const json::value& of, std::initializer_list<std::string_view> keys) {
  for (std::string_view holder : {"customer", "contact"}) {
    const json::value* inner = json::find(of, holder);
    if (!inner || !inner->IsObject()) continue;
    if (std::string found = first_label(*inner, keys); !found.empty()) return found;
  }
  return {};
}

/// Fields that a snapshot holds completely when they are plain text or numbers.
bool is_represented(std::string_view key, const json::value& v, const domain::case_snapshot& s) {
  constexpr std::array<std::string_view, 13> plain{
      "id",          "subject",       "description",    "queue",
      "assigned_to", "customer_name", "customer_phone", "customer_email",
      "address",     "status",        "priority",       "created_at",
      "updated_at"};
  if (v.IsNull()) return true;
  if (std::find(plain.begin(), plain.end(), key) == plain.end()) return false;
  if (!v.IsString() && !v.IsNumber()) return false;
  if (key == "status") return s.status.has_value();
  if (key == "priority") return s.priority.has_value();
  if (key == "created_at" || key == "updated_at") return instant_from(v).has_value();
  return true;
}

std::string extra_of(const json::value& v, const domain::case_snapshot& s) {
  json::document extra;
  extra.SetObject();
  auto& pool = extra.GetAllocator();
  for (auto m = v.MemberBegin(); m != v.MemberEnd(); ++m) {
    std::string_view key(m->name.GetString(), m->name.GetStringLength());
    if (is_represented(key, m->value, s)) continue;
    extra.AddMember(json::value(m->name, pool), json::value(m->value, pool), pool);
  }
  return extra.ObjectEmpty() ? std::string() : canonical_json(extra);
}

domain::case_snapshot snapshot_of(const json::value& v) {
  domain::case_snapshot s;
  s.case_id = trimmed(json::text_or_number(v, "id"));
  s.subject = first_label(v, {"subject", "title"});
  s.description = label(v, "description");
  s.status = status_from(label(v, "status"));
  s.priority = priority_from(label(v, "priority"));
  s.queue = label(v, "queue");
  s.assigned_to = label(v, "assigned_to");
  s.customer_name = label(v, "customer_name");
  if (s.customer_name.empty()) s.customer_name = first_label(v, {"customer", "contact"});
  s.customer_phone = first_label(v, {"customer_phone", "phone"});
  if (s.customer_phone.empty())
    s.customer_phone = from_customer(v, {"phone", "mobile", "phone_number"});
  s.customer_email = first_label(v, {"customer_email", "email"});
  if (s.customer_email.empty()) s.customer_email = from_customer(v, {"email", "email_address"});
  s.address = first_label(v, {"address", "customer_address"});
  if (s.address.empty()) s.address = from_customer(v, {"address"});
  s.extra_json = extra_of(v, s);
  return s;
}

std::uint64_t leading_64_bits(const sha256_digest& digest) {
  std::uint64_t out = 0;
  std::memcpy(&out, digest.data(), sizeof out);
  return out;
}

void make_unreadable(mapped_case& out, std::string_view channel, const sha256_digest& digest,
                     std::string reason, std::string detail) {
  out.case_id.clear();
  out.item.ext_id = fmt::format("{}/unreadable/{}", channel, hex_prefix(digest, 16));
  out.item.what = domain::unreadable{std::move(reason), std::move(detail)};
}

}  // namespace

std::optional<ticket_status> status_from(std::string_view qcontact) {
  return look_up(statuses, qcontact);
}
std::optional<ticket_priority> priority_from(std::string_view qcontact) {
  return look_up(priorities, qcontact);
}

std::optional<domain::instant> instant_from(const json::value& v) {
  using namespace std::chrono;
  if (v.IsInt64()) {
    constexpr std::int64_t first_that_is_ms = 100'000'000'000;    // as seconds: the year 5138
    constexpr std::int64_t last_that_is_ms = 10'000'000'000'000;  // year 2286
    std::int64_t n = v.GetInt64();
    if (n <= 0 || n > last_that_is_ms) return std::nullopt;
    return domain::instant{n < first_that_is_ms ? microseconds{seconds{n}}
                                                : microseconds{milliseconds{n}}};
  }
  if (!v.IsString()) return std::nullopt;
  std::string text(trimmed({v.GetString(), v.GetStringLength()}));
  if (text.empty() || text.size() > 64) return std::nullopt;
  if (auto parsed = domain::parse_rfc3339(text)) return parsed;
  if (auto parsed = domain::parse_rfc3339(text + "Z")) return parsed;
  return domain::parse_rfc3339(text + "T00:00:00Z");
}

bool is_case_id(std::string_view text) {
  constexpr std::size_t longest = 60;
  return !text.empty() && text.size() <= longest &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  c == '-' || c == '_';
         });
}

mapped_case map_case(const json::value& v, std::string_view channel, domain::instant received_at) {
  mapped_case out;
  std::string canonical = canonical_json(v);
  sha256_digest digest = sha256(canonical);
  out.content = leading_64_bits(digest);
  out.item.source = "qcontact";
  out.item.channel = channel;
  out.item.event = "case";
  out.item.headers_json = "{}";
  out.item.body = json::to_text(v);
  out.item.fingerprint.assign(reinterpret_cast<const char*>(digest.data()), 16);
  out.item.received_at = received_at;
  auto refuse = [&](std::string reason, std::string detail) {
    make_unreadable(out, channel, digest, std::move(reason), std::move(detail));
    return std::move(out);
  };
  if (!v.IsObject()) return refuse("invalid_json", "An entry of QContact's list is not an object.");
  if (canonical.size() > max_case_bytes)
    return refuse("too_large", fmt::format("The case has {} bytes, more than the {} that are read.",
                                           canonical.size(), max_case_bytes));
  domain::case_snapshot s = snapshot_of(v);
  if (s.case_id.empty()) return refuse("missing_field", "The case has no id.");
  if (!is_case_id(s.case_id))
    return refuse("invalid_field",
                  "The case's id is not made of at most 60 letters, digits, - and _.");
  if (const auto* at = json::find(v, "updated_at")) out.updated_at = instant_from(*at);
  if (const auto* at = json::find(v, "created_at"))
    if (auto created = instant_from(*at)) s.created_at = *created;
  // Without a time of its own the snapshot counts as of now; the store would take it for stale
  // else.
  // A time to come would make every later change look stale.
  s.updated_at = std::min(out.updated_at.value_or(received_at), received_at);
  out.case_id = s.case_id;
  out.status = trimmed(label(v, "status"));
  out.item.ext_id = fmt::format("{}/{}/{}/{}", channel, s.case_id,
                                out.updated_at ? domain::to_rfc3339(*out.updated_at) : "-",
                                hex_prefix(digest, 4));
  out.item.what = std::move(s);
  return out;
}

tl::expected<case_page, std::string> map_page(std::string_view body, std::string_view channel,
                                              domain::instant received_at) {
  auto parsed = json::parse(body);
  if (!parsed)
    return tl::unexpected(fmt::format("the list is not valid JSON: {} (byte {})",
                                      parsed.error().message, parsed.error().offset));
  const json::value* items = parsed->IsArray() ? &*parsed : json::find(*parsed, "items");
  if (!items || !items->IsArray()) return tl::unexpected(std::string("the list has no \"items\""));
  case_page page;
  page.total = json::integer(*parsed, "total");
  page.cases.reserve(items->Size());
  for (const auto& entry : items->GetArray())
    page.cases.push_back(map_case(entry, channel, received_at));
  return page;
}

tl::expected<mapped_case, std::string> map_single(std::string_view body, std::string_view channel,
                                                  domain::instant received_at) {
  auto parsed = json::parse(body);
  if (!parsed)
    return tl::unexpected(fmt::format("the case is not valid JSON: {} (byte {})",
                                      parsed.error().message, parsed.error().offset));
  if (!parsed->IsObject()) return tl::unexpected(std::string("the answer is not a case"));
  const json::value* found = &*parsed;
  if (!json::find(*parsed, "id"))
    for (std::string_view wrapper : {"item", "data", "case"})
      if (const auto* inner = json::find(*parsed, wrapper); inner && inner->IsObject())
        found = inner;
  return map_case(*found, channel, received_at);
}

}  // namespace fibrehub::channels::qcontact
