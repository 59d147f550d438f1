#include "channels/waha/webhook.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "channels/waha/mapping.hpp"
#include "domain/text.hpp"
#include "protocols/signature.hpp"

namespace fibrehub::channels::waha {
namespace {

// WAHA takes our Retry-After for its next try; without it, it gives up after half a minute.
constexpr unsigned retry_after_s = 60;
constexpr std::size_t body_limit_bytes = std::size_t{5} * 1024 * 1024;

/// The headers worth keeping with the raw body, as JSON.
std::string kept_headers(const actors::webhook_request& request) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> w(buffer);
  w.StartObject();
  for (const char* name : {"x-webhook-request-id", "x-webhook-timestamp", "user-agent"}) {
    const std::string_view value = request.header(name);
    if (value.empty()) continue;
    const std::string safe = domain::storable(value, 200);
    w.Key(name);
    w.String(safe.data(), static_cast<rapidjson::SizeType>(safe.size()));
  }
  w.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

std::variant<actors::webhook_rejection, store::ingest> receive(const settings& s,
                                                               actors::webhook_request&& request) {
  const std::string_view signature = request.header("x-webhook-hmac");
  if (signature.empty())
    return actors::webhook_rejection{
        401, "missing_signature",
        "The delivery carries no X-Webhook-Hmac header: set WHATSAPP_HOOK_HMAC_KEY (or hmac.key of "
        "the session's webhook) in WAHA."};
  const std::string_view algorithm = request.header("x-webhook-hmac-algorithm");
  if (!algorithm.empty() && algorithm != "sha512")
    return actors::webhook_rejection{401, "invalid_signature",
                                     "X-Webhook-Hmac-Algorithm must be sha512."};
  if (!protocols::verify_hmac_sha512_hex(s.hmac_keys, request.body, signature))
    return actors::webhook_rejection{401, "invalid_signature",
                                     "The signature does not match the body: WAHA and this hub "
                                     "have different keys for this webhook."};
  std::string headers = kept_headers(request);
  store::ingest item = map_delivery(s.name, std::move(request.body), request.received_at);
  item.headers_json = std::move(headers);
  return item;
}

}  // namespace

actors::webhook_endpoint make_endpoint(const settings& s, bool is_default) {
  actors::webhook_endpoint out;
  out.path = "/api/v1/wa-bridge/webhook/" + s.name;
  out.aliases = {"/api/wa-bridge/webhook/" + s.name};
  if (is_default) {
    out.aliases.emplace_back("/api/v1/wa-bridge/webhook");
    out.aliases.emplace_back("/api/wa-bridge/webhook");
  }
  out.summary = "Deliveries of the WhatsApp bridge \"" + s.name + "\", signed with HMAC-SHA512";
  out.body_limit_bytes = body_limit_bytes;
  out.retry_after_s = retry_after_s;
  out.receive = [s](actors::webhook_request&& request) { return receive(s, std::move(request)); };
  return out;
}

}  // namespace fibrehub::channels::waha
