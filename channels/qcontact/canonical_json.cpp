#include "channels/qcontact/canonical_json.hpp"

#include <openssl/evp.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace fibrehub::channels::qcontact {
namespace {

using protocols::json::value;
using writer = rapidjson::Writer<rapidjson::StringBuffer>;

std::string_view view(const value& text) {
  return {text.GetString(), text.GetStringLength()};
}

std::string without_nul(std::string_view text) {
  std::string out(text);
  std::erase(out, '\0');
  return out;
}

// Depth is bounded by the parser.
void write(writer& out, const value& v) {
  if (v.IsObject()) {
    std::vector<value::ConstMemberIterator> members;
    for (auto m = v.MemberBegin(); m != v.MemberEnd(); ++m)
      members.push_back(m);
    std::stable_sort(members.begin(), members.end(),
                     [](auto a, auto b) { return view(a->name) < view(b->name); });
    out.StartObject();
    for (auto m : members) {
      std::string key = without_nul(view(m->name));
      out.Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
      write(out, m->value);
    }
    out.EndObject();
  } else if (v.IsArray()) {
    out.StartArray();
    for (const auto& element : v.GetArray())
      write(out, element);
    out.EndArray();
  } else if (v.IsString()) {
    out.String(without_nul(view(v)));
  } else {
    v.Accept(out);
  }
}

}  // namespace

std::string canonical_json(const value& v) {
  rapidjson::StringBuffer buffer;
  writer out(buffer);
  write(out, v);
  return {buffer.GetString(), buffer.GetSize()};
}

sha256_digest sha256(std::string_view bytes) {
  sha256_digest digest{};
  unsigned length = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha256(), nullptr);
  return digest;
}

std::string hex_prefix(const sha256_digest& digest, std::size_t bytes) {
  std::string out;
  for (std::size_t i = 0; i < std::min(bytes, digest.size()); ++i)
    out += fmt::format("{:02x}", digest[i]);
  return out;
}

}  // namespace fibrehub::channels::qcontact
