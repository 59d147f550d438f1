#include "protocols/json/parse.hpp"

#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <charconv>

namespace fibrehub::protocols::json {
namespace {

/// Passes events to the document and stops the reader when the nesting gets too deep.
class depth_guard {
 public:
  using Ch = char;
  depth_guard(document& out, std::size_t limit) : out_(out), limit_(limit) {}

  bool Null() { return out_.Null(); }
  bool Bool(bool b) { return out_.Bool(b); }
  bool Int(int i) { return out_.Int(i); }
  bool Uint(unsigned u) { return out_.Uint(u); }
  bool Int64(std::int64_t i) { return out_.Int64(i); }
  bool Uint64(std::uint64_t u) { return out_.Uint64(u); }
  bool Double(double d) { return out_.Double(d); }
  bool RawNumber(const Ch* s, rapidjson::SizeType n, bool copy) {
    return out_.RawNumber(s, n, copy);
  }
  bool String(const Ch* s, rapidjson::SizeType n, bool copy) { return out_.String(s, n, copy); }
  bool Key(const Ch* s, rapidjson::SizeType n, bool copy) { return out_.Key(s, n, copy); }
  bool StartObject() { return enter() && out_.StartObject(); }
  bool EndObject(rapidjson::SizeType n) { return leave() && out_.EndObject(n); }
  bool StartArray() { return enter() && out_.StartArray(); }
  bool EndArray(rapidjson::SizeType n) { return leave() && out_.EndArray(n); }

  bool too_deep() const { return too_deep_; }

 private:
  bool enter() {
    too_deep_ = ++depth_ > limit_;
    return !too_deep_;
  }
  bool leave() {
    --depth_;
    return true;
  }
  document& out_;
  std::size_t limit_;
  std::size_t depth_ = 0;
  bool too_deep_ = false;
};

}  // namespace

tl::expected<document, parse_error> parse(std::string_view text, std::size_t depth_limit) {
  // A zero byte is the end of the text to the reader: what follows would be passed over.
  if (const auto zero = text.find('\0'); zero != std::string_view::npos)
    return tl::unexpected(parse_error{"a zero byte is not allowed", zero});
  document doc;
  bool too_deep = false;
  rapidjson::MemoryStream bytes(text.data(), text.size());
  rapidjson::EncodedInputStream<rapidjson::UTF8<>, rapidjson::MemoryStream> stream(bytes);
  rapidjson::Reader reader;
  rapidjson::ParseResult result;
  auto generate = [&](document& out) {
    depth_guard guard(out, depth_limit);
    result = reader.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(
        stream, guard);
    too_deep = guard.too_deep();
    return !result.IsError();
  };
  doc.Populate(generate);
  if (too_deep)
    return tl::unexpected(parse_error{
        "nested deeper than " + std::to_string(depth_limit) + " levels", result.Offset()});
  if (result.IsError())
    return tl::unexpected(parse_error{rapidjson::GetParseError_En(result.Code()), result.Offset()});
  return doc;
}

const value* find(const value& v, std::string_view key) {
  if (!v.IsObject()) return nullptr;
  auto it = v.FindMember(value(rapidjson::StringRef(key.data(), key.size())));
  return it == v.MemberEnd() ? nullptr : &it->value;
}

std::string_view text(const value& v, std::string_view key) {
  const value* m = find(v, key);
  return m && m->IsString() ? std::string_view(m->GetString(), m->GetStringLength())
                            : std::string_view();
}

std::string text_or_number(const value& v, std::string_view key) {
  const value* m = find(v, key);
  if (!m) return {};
  if (m->IsString()) return std::string(m->GetString(), m->GetStringLength());
  return m->IsNumber() ? to_text(*m) : std::string();
}

std::optional<std::int64_t> integer(const value& v, std::string_view key) {
  const value* m = find(v, key);
  if (!m) return std::nullopt;
  if (m->IsInt64()) return m->GetInt64();
  if (m->IsDouble() && m->GetDouble() > -9e15 && m->GetDouble() < 9e15)
    return static_cast<std::int64_t>(m->GetDouble());
  if (!m->IsString()) return std::nullopt;
  const char* end = m->GetString() + m->GetStringLength();
  std::int64_t parsed = 0;
  auto [stop, ec] = std::from_chars(m->GetString(), end, parsed);
  if (ec != std::errc() || stop != end) return std::nullopt;
  return parsed;
}

bool boolean(const value& v, std::string_view key, bool fallback) {
  const value* m = find(v, key);
  return m && m->IsBool() ? m->GetBool() : fallback;
}

std::string to_text(const value& v) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  v.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace fibrehub::protocols::json
