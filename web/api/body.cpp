#include "web/api/body.hpp"

#include <fmt/format.h>

#include "domain/text.hpp"

namespace fibrehub::web::api {

namespace json = protocols::json;

namespace {

std::size_t characters_in(std::string_view text) {
  std::size_t n = 0;
  for (char c : text)
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) ++n;
  return n;
}

}  // namespace

body_reader::body_reader(const request_context& ctx) {
  auto parsed = json::parse(ctx.body);
  if (!parsed) {
    broken_ = fmt::format("the body is no valid JSON: {} (byte {})", parsed.error().message,
                          parsed.error().offset);
    return;
  }
  document_ = std::move(*parsed);
  if (document_.IsObject()) {
    object_ = &document_;
  } else {
    broken_ = "the body must be one JSON object";
  }
}

body_reader::body_reader(const json::value& object, std::string prefix)
    : object_(object.IsObject() ? &object : nullptr), prefix_(std::move(prefix)) {
  if (!object_) broken_ = prefix_ + " must be an object";
}

void body_reader::complain(std::string_view field, std::string reason) {
  problems_.push_back({prefix_.empty() ? std::string(field) : fmt::format("{}.{}", prefix_, field),
                       std::move(reason)});
}

bool body_reader::has(std::string_view field) const {
  return object_ && json::find(*object_, field) != nullptr;
}

bool body_reader::is_null(std::string_view field) const {
  const json::value* v = object_ ? json::find(*object_, field) : nullptr;
  return v && v->IsNull();
}

const json::value* body_reader::member(std::string_view field) {
  known_.emplace(field);
  return object_ ? json::find(*object_, field) : nullptr;
}

const json::value* body_reader::find(std::string_view field) {
  const json::value* v = member(field);
  return v && v->IsNull() ? nullptr : v;
}

std::optional<std::string> body_reader::text(std::string_view field, std::size_t max_characters) {
  const json::value* v = find(field);
  if (!v) return std::nullopt;
  if (!v->IsString()) {
    complain(field, "must be a text");
    return std::nullopt;
  }
  std::string out(v->GetString(), v->GetStringLength());
  if (!domain::is_storable(out)) {
    complain(field, "holds a character that cannot be stored (U+0000)");
    return std::nullopt;
  }
  if (characters_in(out) > max_characters) {
    complain(field, fmt::format("is too long: {} characters, at most {} are allowed",
                                characters_in(out), max_characters));
    return std::nullopt;
  }
  return out;
}

std::string body_reader::required_text(std::string_view field, std::size_t max_characters) {
  const std::size_t before = problems_.size();
  auto out = text(field, max_characters);
  if (problems_.size() == before &&
      (!out || out->find_first_not_of(" \t\r\n") == std::string::npos))
    complain(field, "is required");
  return out.value_or("");
}

std::optional<std::int64_t> body_reader::integer(std::string_view field, std::int64_t min,
                                                 std::int64_t max) {
  const json::value* v = find(field);
  if (!v) return std::nullopt;
  if (!v->IsInt64() || v->GetInt64() < min || v->GetInt64() > max) {
    complain(field, fmt::format("must be a whole number from {} to {}", min, max));
    return std::nullopt;
  }
  return v->GetInt64();
}

std::optional<bool> body_reader::boolean(std::string_view field) {
  const json::value* v = find(field);
  if (!v) return std::nullopt;
  if (!v->IsBool()) {
    complain(field, "must be true or false");
    return std::nullopt;
  }
  return v->GetBool();
}

std::optional<std::vector<std::string>> body_reader::texts(std::string_view field,
                                                           std::size_t max_items,
                                                           std::size_t max_characters) {
  const json::value* v = find(field);
  if (!v) return std::nullopt;
  if (!v->IsArray() || v->Size() > max_items) {
    complain(field, fmt::format("must be a list of at most {} texts", max_items));
    return std::nullopt;
  }
  std::vector<std::string> out;
  for (const auto& item : v->GetArray()) {
    std::string text = item.IsString() ? std::string(item.GetString(), item.GetStringLength()) : "";
    if (text.empty() || !domain::is_storable(text) || characters_in(text) > max_characters) {
      complain(field, fmt::format("must hold texts of 1 to {} characters", max_characters));
      return std::nullopt;
    }
    out.push_back(std::move(text));
  }
  return out;
}

std::optional<std::vector<std::int64_t>> body_reader::integers(std::string_view field,
                                                               std::size_t max_items) {
  const json::value* v = find(field);
  if (!v) return std::nullopt;
  std::vector<std::int64_t> out;
  bool fits = v->IsArray() && v->Size() <= max_items;
  if (fits)
    for (const auto& item : v->GetArray()) {
      fits = fits && item.IsInt64() && item.GetInt64() > 0;
      if (fits) out.push_back(item.GetInt64());
    }
  if (fits) return out;
  complain(field, fmt::format("must be a list of at most {} ids", max_items));
  return std::nullopt;
}

void body_reader::refuse_unknown() {
  if (!object_) return;
  for (const auto& m : object_->GetObject()) {
    const std::string_view name(m.name.GetString(), m.name.GetStringLength());
    if (!known_.contains(name)) complain(domain::storable(name, 100), "is not known here");
  }
}

std::optional<response> body_reader::refusal(const request_context& ctx) {
  if (!object_) return failure(ctx, 400, "invalid_body", broken_);
  refuse_unknown();
  if (problems_.empty()) return std::nullopt;
  return failure(ctx, 400, "invalid_field",
                 fmt::format("{} {}", problems_.front().field, problems_.front().reason),
                 problems_);
}

}  // namespace fibrehub::web::api
