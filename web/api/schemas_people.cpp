// Schemas of people, sign-in, teams, tokens and the audit log.
#include <fmt/format.h>

#include "web/api/routes.hpp"

namespace fibrehub::web::api {
namespace {

constexpr const char* roles =
    R"("enum":["admin","manager","team_lead","technician","viewer","client"])";

std::string object(std::string_view members, std::string_view required = "") {
  return fmt::format(R"({{"type":"object","properties":{{{}}}{}{}}})", members,
                     required.empty() ? "" : R"(,"required":)", required);
}
/// A body: nothing else is taken.
std::string body(std::string_view members, std::string_view required = "") {
  return fmt::format(R"({{"type":"object","additionalProperties":false,"properties":{{{}}}{}{}}})",
                     members, required.empty() ? "" : R"(,"required":)", required);
}

constexpr std::string_view time_or_null = R"({"type":["string","null"],"format":"date-time"})";
constexpr std::string_view time = R"({"type":"string","format":"date-time"})";
constexpr std::string_view page = R"("pagination":{"$ref":"#/components/schemas/Pagination"})";

std::string list_of(std::string_view name, std::string_view schema) {
  return fmt::format(R"("{}":{{"type":"array","items":{{"$ref":"#/components/schemas/{}"}}}})",
                     name, schema);
}

std::string person() {
  return object(fmt::format(
      R"("id":{{"type":"integer"}},"name":{{"type":"string"}},"email":{{"type":"string"}},)"
      R"("phone":{{"type":["string","null"]}},"role":{{{}}},"client_id":{{"type":["integer","null"]}},)"
      R"("teams":{{"type":"array","items":{{"type":"integer"}}}},"disabled":{{"type":"boolean"}},)"
      R"("has_password":{{"type":"boolean","description":"This and what follows: for admins, and of oneself"}},)"
      R"("must_change_password":{{"type":"boolean"}},"totp":{{"type":"boolean"}},"locked_until":{},)"
      R"("last_sign_in_at":{},"disabled_at":{},"created_at":{},"updated_at":{})",
      roles, time_or_null, time_or_null, time_or_null, time, time));
}

std::string person_members() {
  return fmt::format(
      R"("email":{{"type":"string","maxLength":254}},"name":{{"type":"string","maxLength":200}},)"
      R"("phone":{{"type":["string","null"],"maxLength":40}},"role":{{{}}},)"
      R"("client_id":{{"type":["integer","null"],"minimum":1,"description":"The company of somebody of role client"}})",
      roles);
}

std::string team_members() {
  return R"("name":{"type":"string","maxLength":200},"zone":{"type":["string","null"],"maxLength":100},)"
         R"("specialties":{"type":"array","maxItems":50,"items":{"type":"string"}},)"
         R"("lead_id":{"type":["integer","null"],"minimum":1},)"
         R"("members":{"type":"array","maxItems":500,"items":{"type":"integer"},"description":"All of them"})";
}

std::string token_members() {
  return R"("name":{"type":"string","maxLength":200},"scopes":{"type":"array","items":{"type":"string",)"
         R"("description":"read, write, admin, inbound:<source>"}})";
}

}  // namespace

schema_registry people_schemas() {
  const std::string user = R"("user":{"$ref":"#/components/schemas/Person"})";
  return {
      {"SignIn",
       body(
           R"("email":{"type":"string"},"password":{"type":"string","maxLength":1024},)"
           R"("totp":{"type":["string","null"],"description":"The six digits, of an account with a second factor"},)"
           R"("recovery_code":{"type":["string","null"],"description":"Instead of totp; works once"})",
           R"(["email","password"])")},
      {"SignedIn",
       object(fmt::format(
           R"("session_token":{{"type":"string","description":"For Authorization: Bearer; also in the cookie"}},)"
           R"("csrf_token":{{"type":"string","description":"For X-CSRF-Token with the cookie; also in the cookie fibrehub-csrf"}},)"
           R"("session_id":{{"type":"string"}},"expires_at":{},"must_change_password":{{"type":"boolean"}},{})",
           time, user))},
      {"Me",
       object(fmt::format(
           R"("kind":{{"enum":["user","token"]}},"name":{{"type":"string"}},"role":{{{}}},)"
           R"("session_id":{{"type":["string","null"]}},"leads":{{"type":"array","items":{{"type":"integer"}}}},)"
           R"("scopes":{{"type":"array","items":{{"type":"string"}}}},{})",
           roles, user))},
      {"PasswordChange",
       body(
           R"("old":{"type":"string","maxLength":1024},"new":{"type":"string","minLength":8,"maxLength":256})",
           R"(["old","new"])")},
      {"PasswordAgain",
       body(R"("password":{"type":"string","maxLength":1024})", R"(["password"])")},
      {"TotpEnrolment",
       object(R"("secret":{"type":"string","description":"Base32, to be typed"},)"
              R"("uri":{"type":"string","description":"otpauth://…, to be shown as a QR code"})")},
      {"TotpCode", body(R"("code":{"type":"string","maxLength":10})", R"(["code"])")},
      {"RecoveryCodes", object(R"("recovery_codes":{"type":"array","items":{"type":"string"}})")},
      {"SessionList",
       object(fmt::format(
           R"("sessions":{{"type":"array","items":{{"type":"object","properties":{{)"
           R"("id":{{"type":"string"}},"user_id":{{"type":"integer"}},"current":{{"type":"boolean"}},)"
           R"("created_at":{0},"last_seen_at":{0},"expires_at":{0},"address":{{"type":"string"}},)"
           R"("agent":{{"type":["string","null"]}}}}}}}})",
           time))},
      {"Person", person()},
      {"PersonPage", object(fmt::format("{},{}", list_of("users", "Person"), page))},
      {"NewPerson",
       body(
           person_members() +
               R"(,"password":{"type":["boolean","null"],"default":true,"description":"Make a one-time password; false: signs in through the identity provider only"})",
           R"(["email","name","role"])")},
      {"NewPersonAnswer",
       object(
           user +
           R"(,"one_time_password":{"type":["string","null"],"description":"To be changed at the first sign-in; null without one, and in the answer to a repeated request"})")},
      {"PersonEdit", body(person_members() + R"(,"disabled":{"type":["boolean","null"]})")},
      {"Team",
       object(fmt::format(R"("id":{{"type":"integer"}},{},"archived_at":{},"updated_at":{})",
                          team_members(), time_or_null, time))},
      {"TeamPage", object(fmt::format("{},{}", list_of("teams", "Team"), page))},
      {"NewTeam", body(team_members(), R"(["name"])")},
      {"TeamEdit", body(team_members() + R"(,"archived":{"type":["boolean","null"]})")},
      {"TokenList",
       object(fmt::format(
           R"("tokens":{{"type":"array","items":{{"type":"object","properties":{{"id":{{"type":"string"}},)"
           R"({},"created_at":{},"expires_at":{},"revoked_at":{},"last_used_at":{}}}}}}})",
           token_members(), time, time_or_null, time_or_null, time_or_null))},
      {"NewToken",
       body(token_members() + R"(,"expires_at":{"type":["string","null"],"format":"date-time"})",
            R"(["name","scopes"])")},
      {"NewTokenAnswer",
       object(fmt::format(
           R"("id":{{"type":"string"}},{},"expires_at":{},"token":{{"type":["string","null"],"description":"Shown this once; null in the answer to a repeated request"}})",
           token_members(), time_or_null))},
      {"AuditPage",
       object(fmt::format(
           R"("entries":{{"type":"array","items":{{"type":"object","properties":{{"seq":{{"type":"integer"}},)"
           R"("at":{},"actor_kind":{{"enum":["user","token","system","nobody"]}},"actor":{{"type":"string"}},)"
           R"("address":{{"type":["string","null"]}},"action":{{"type":"string"}},"subject":{{"type":"string"}},)"
           R"("detail":{{"type":"object"}},"hash":{{"type":"string","description":"SHA-256 over this row and the hash of the row before"}}}}}}}},{})",
           time, page))},
  };
}

}  // namespace fibrehub::web::api
