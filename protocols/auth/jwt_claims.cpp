#include "protocols/auth/jwt_claims.hpp"

#include <algorithm>

#include "protocols/auth/jwt_json.hpp"

namespace fibrehub::protocols::auth {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

/// RFC 7519, 2: NumericDate, seconds since 1970, perhaps with a fraction. Nothing before 1970 or
/// after the year 9999 is a time; the fraction is dropped.
std::optional<sys_seconds> numeric_date(const json::value& v) {
  constexpr double year_10000 = 253'402'300'800.0;
  if (!v.IsNumber()) return std::nullopt;
  const double value = v.GetDouble();
  if (!(value >= 0 && value < year_10000)) return std::nullopt;
  return sys_seconds{seconds{static_cast<std::int64_t>(value)}};
}

bool is_one_of(const json::value& v, const std::vector<std::string>& list) {
  if (!v.IsString()) return false;
  const std::string_view text(v.GetString(), v.GetStringLength());
  return std::find(list.begin(), list.end(), text) != list.end();
}

bool is_for_us(const json::value& claims, const std::vector<std::string>& list) {
  const json::value* azp = json::find(claims, "azp");
  const json::value* aud = json::find(claims, "aud");
  if (azp == nullptr && aud == nullptr) return false;
  if (azp != nullptr && !is_one_of(*azp, list)) return false;
  if (aud == nullptr) return true;
  if (!aud->IsArray()) return is_one_of(*aud, list);
  return std::any_of(aud->Begin(), aud->End(),
                     [&](const json::value& each) { return is_one_of(each, list); });
}

/// The database takes no zero byte, and nobody's id has a line break.
bool is_subject(std::string_view text) {
  return !text.empty() && text.size() <= max_jwt_subject_bytes &&
         std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace

tl::expected<jwt_claims, jwt_error> check_claims(std::string_view payload, const jwt_policy& policy,
                                                 sys_seconds now) {
  const auto claims = parse_plain_object(payload);
  if (claims.IsNull()) return tl::unexpected(jwt_error::malformed_claims);
  jwt_claims out;

  out.issuer = json::text(claims, "iss");
  if (out.issuer.empty() || out.issuer != policy.issuer)
    return tl::unexpected(jwt_error::wrong_issuer);
  if (!is_for_us(claims, policy.audiences)) return tl::unexpected(jwt_error::wrong_audience);

  const json::value* exp = json::find(claims, "exp");
  const auto expires_at = exp ? numeric_date(*exp) : std::nullopt;
  if (!expires_at) return tl::unexpected(jwt_error::no_expiry);
  if (now >= *expires_at + jwt_leeway) return tl::unexpected(jwt_error::expired);
  out.expires_at = *expires_at;

  if (const json::value* nbf = json::find(claims, "nbf")) {
    const auto not_before = numeric_date(*nbf);
    if (!not_before) return tl::unexpected(jwt_error::malformed_claims);
    if (*not_before > now + jwt_leeway) return tl::unexpected(jwt_error::not_yet_valid);
  }
  if (const json::value* iat = json::find(claims, "iat")) {
    out.issued_at = numeric_date(*iat);
    if (!out.issued_at) return tl::unexpected(jwt_error::malformed_claims);
    if (*out.issued_at > now + jwt_leeway) return tl::unexpected(jwt_error::from_the_future);
  }

  out.subject = json::text(claims, "sub");
  if (!is_subject(out.subject)) return tl::unexpected(jwt_error::bad_subject);
  if (json::boolean(claims, "email_verified")) out.email = json::text(claims, "email");
  if (!is_subject(out.email)) out.email.clear();
  return out;
}

}  // namespace fibrehub::protocols::auth
