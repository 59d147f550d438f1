#include "channels/waha/events/node.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "domain/text.hpp"

namespace fibrehub::channels::waha {
namespace {

namespace json = protocols::json;

constexpr std::size_t max_notes = 50;
// Times beyond the year 5000 are no times; zero stands for "none".
constexpr double latest_s = 95'617'584'000.0;
// As seconds this is the year 5138, as milliseconds 1973.
constexpr double first_ms = 1e11;

/// JavaScript's Long: {"low": 1795224317, "high": 0, "unsigned": true}.
std::optional<double> long_of(const json::value& v) {
  const json::value* low = json::find(v, "low");
  const json::value* high = json::find(v, "high");
  if (!low || !high || !low->IsNumber() || !high->IsNumber()) return std::nullopt;
  double lower = low->GetDouble();
  if (lower < 0) lower += 4'294'967'296.0;
  return high->GetDouble() * 4'294'967'296.0 + lower;
}

std::optional<double> number_of(const json::value& v) {
  if (v.IsNumber()) return v.GetDouble();
  if (v.IsObject()) return long_of(v);
  if (!v.IsString()) return std::nullopt;
  double parsed = 0;
  const char* end = v.GetString() + v.GetStringLength();
  const auto [stop, error] = std::from_chars(v.GetString(), end, parsed);
  if (error != std::errc() || stop != end || !std::isfinite(parsed)) return std::nullopt;
  return parsed;
}

std::optional<domain::instant> instant_of(double value, time_unit unit) {
  const bool is_ms =
      unit == time_unit::milliseconds || (unit == time_unit::either && value >= first_ms);
  const double seconds = is_ms ? value / 1000 : value;
  if (!(seconds > 0) || seconds >= latest_s) return std::nullopt;
  return domain::from_us(std::llround(is_ms ? value * 1e3 : value * 1e6));
}

}  // namespace

void notes::add(std::string field, std::string reason) {
  if (all_.size() < max_notes) {
    all_.push_back({std::move(field), std::move(reason)});
  } else if (all_.size() == max_notes) {
    all_.push_back({"", "there is more that was left out"});
  }
}

node::node(const json::value* value, std::string path, notes& out)
    : value_(value && !value->IsNull() ? value : nullptr), path_(std::move(path)), notes_(&out) {}

std::string node::path_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

void node::remark(std::string_view key, std::string reason) const {
  if (notes_) notes_->add(path_of(key), std::move(reason));
}
void node::remark_self(std::string reason) const {
  if (notes_) notes_->add(path_, std::move(reason));
}
problem node::missing(std::string_view key) const {
  return {path_of(key), "is missing"};
}
problem node::wrong(std::string_view key, std::string reason) const {
  return {path_of(key), std::move(reason)};
}

node node::member(std::string_view key) const {
  const json::value* v = value_ ? json::find(*value_, key) : nullptr;
  if (!v || v->IsNull()) return {};
  return {v, path_of(key), *notes_};
}

node node::typed(std::string_view key, bool (json::value::*is)() const, const char* what) const {
  node out = member(key);
  if (!out || (out.value_->*is)()) return out;
  remark(key, what);
  return {};
}
node node::object(std::string_view key) const {
  return typed(key, &json::value::IsObject, "is no object");
}
node node::list(std::string_view key) const {
  return typed(key, &json::value::IsArray, "is no list");
}

std::vector<node> node::entries(std::size_t limit) const {
  std::vector<node> out;
  if (!value_ || !value_->IsArray()) return out;
  const std::size_t count = std::min<std::size_t>(value_->Size(), limit);
  out.reserve(count);
  for (std::size_t i = 0; i < count; ++i)
    out.emplace_back(&(*value_)[static_cast<rapidjson::SizeType>(i)],
                     fmt::format("{}[{}]", path_, i), *notes_);
  if (value_->Size() > limit)
    notes_->add(path_, fmt::format("has more than {} entries; the others are left out", limit));
  return out;
}

std::string_view node::own_text(std::size_t max_bytes) const {
  if (!value_) return {};
  if (!value_->IsString()) {
    notes_->add(path_, "is no text");
    return {};
  }
  const std::string_view text(value_->GetString(), value_->GetStringLength());
  if (text.size() <= max_bytes) return text;
  notes_->add(path_, fmt::format("is longer than {} bytes", max_bytes));
  return {};
}
std::string_view node::text(std::string_view key, std::size_t max_bytes) const {
  // The path is only made when there is something to say about it.
  const json::value* v = value_ ? json::find(*value_, key) : nullptr;
  if (v && v->IsString() && v->GetStringLength() <= max_bytes)
    return {v->GetString(), v->GetStringLength()};
  return member(key).own_text(max_bytes);
}
std::string node::text_or_number(std::string_view key, std::size_t max_bytes) const {
  const node v = member(key);
  if (v && v.value_->IsNumber()) return json::to_text(*v.value_);
  return std::string(v.own_text(max_bytes));
}

std::optional<std::int64_t> node::integer(std::string_view key) const {
  const node v = member(key);
  if (!v) return std::nullopt;
  const auto whole = json::integer(*value_, key);
  if (!whole) remark(key, "is no whole number");
  return whole;
}
std::optional<double> node::number(std::string_view key) const {
  const node v = member(key);
  if (!v) return std::nullopt;
  const auto parsed = number_of(*v.value_);
  if (!parsed) remark(key, "is no number");
  return parsed;
}
std::optional<bool> node::flag(std::string_view key) const {
  const node v = member(key);
  if (!v) return std::nullopt;
  if (v.value_->IsBool()) return v.value_->GetBool();
  remark(key, "is neither true nor false");
  return std::nullopt;
}

std::optional<domain::instant> node::time(std::string_view key, time_unit unit) const {
  const node v = member(key);
  if (!v) return std::nullopt;
  std::optional<domain::instant> at;
  if (const auto number = number_of(*v.value_)) {
    at = instant_of(*number, unit);
  } else if (v.value_->IsString()) {
    at = domain::parse_rfc3339(v.own_text());
  }
  if (!at) remark(key, "is no time");
  return at;
}

tl::expected<std::string_view, problem> needed_text(const node& holder, std::string_view key,
                                                    std::size_t max_bytes) {
  const node v = holder.member(key);
  if (!v) return tl::unexpected(holder.missing(key));
  if (!v.is_text()) return tl::unexpected(holder.wrong(key, "is no text"));
  const std::string_view text(v.value()->GetString(), v.value()->GetStringLength());
  if (text.empty()) return tl::unexpected(holder.wrong(key, "is empty"));
  if (text.size() > max_bytes)
    return tl::unexpected(holder.wrong(key, fmt::format("is longer than {} bytes", max_bytes)));
  if (!domain::is_storable(text)) return tl::unexpected(holder.wrong(key, "holds a zero byte"));
  return text;
}

tl::expected<node, problem> needed_object(const node& holder, std::string_view key) {
  const node v = holder.member(key);
  if (!v) return tl::unexpected(holder.missing(key));
  if (!v.is_object()) return tl::unexpected(holder.wrong(key, "is no object"));
  return v;
}

std::string to_rfc3339_ms(domain::instant t) {
  using namespace std::chrono;
  const domain::instant ms{round<milliseconds>(t).time_since_epoch()};
  const domain::instant second{floor<seconds>(ms).time_since_epoch()};
  std::string out = domain::to_rfc3339(second);
  out.pop_back();
  return fmt::format("{}.{:03}Z", out, (ms - second).count() / 1000);
}

}  // namespace fibrehub::channels::waha
