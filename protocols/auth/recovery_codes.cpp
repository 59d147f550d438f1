#include "protocols/auth/recovery_codes.hpp"

#include "protocols/auth/bytes.hpp"
#include "protocols/auth/encoding.hpp"

namespace fibrehub::protocols::auth {
namespace {

constexpr std::size_t longest_typed_bytes = 64;

/// The code's letter that `c` stands for; 0 when it stands for none.
char letter(char c) {
  if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  if (c == 'o') return '0';
  if (c == 'i' || c == 'l') return '1';
  const bool known = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z' && c != 'u');
  return known ? c : '\0';
}

}  // namespace

std::optional<std::vector<std::string>> make_recovery_codes() {
  constexpr std::size_t bytes_each = (recovery_code_letters * 5 + 7) / 8;
  std::vector<std::string> out;
  out.reserve(recovery_code_count);
  for (std::size_t i = 0; i < recovery_code_count; ++i) {
    auto raw = random_bytes(bytes_each);
    if (!raw) return std::nullopt;
    const std::string letters = to_base32_readable(*raw);
    std::string code;
    for (std::size_t k = 0; k < recovery_code_letters; ++k) {
      if (k > 0 && k % 4 == 0) code += '-';
      code += letters[k];
    }
    out.push_back(std::move(code));
    wipe(*raw);
  }
  return out;
}

std::optional<std::string> normalise_recovery_code(std::string_view typed) {
  // One object for every return, built where the caller wants it: GCC takes moves of a string whose
  // length it knows for reads past its inner buffer.
  std::optional<std::string> code;
  if (typed.size() > longest_typed_bytes) return code;
  std::string out;
  for (const char c : typed) {
    if (c == ' ' || c == '-') continue;
    const char known = letter(c);
    if (known == '\0') return code;
    out += known;
  }
  if (out.size() == recovery_code_letters) code.emplace(out.data(), out.size());
  wipe(out);
  return code;
}

std::optional<std::string> hash_recovery_code(std::string_view typed) {
  auto code = normalise_recovery_code(typed);
  if (!code) return std::nullopt;
  std::string hash = sha256(*code);
  wipe(*code);
  return hash;
}

std::optional<std::size_t> match_recovery_code(std::string_view typed,
                                               std::span<const std::string> hashes) {
  const auto hash = hash_recovery_code(typed);
  if (!hash) return std::nullopt;
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < hashes.size(); ++i)
    if (same_bytes(hashes[i], *hash)) found = i;
  return found;
}

}  // namespace fibrehub::protocols::auth
