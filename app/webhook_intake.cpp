#include "app/webhook_intake.hpp"

#include "app/channel_children.hpp"
#include "web/api/backend.hpp"

namespace fibrehub::app {

boost::asio::awaitable<tl::expected<store::ingest_result, store::error>> take_in(
    const channel_set& channels, web::api::backend& to, store::ingest item) {
  auto* counts = channels.traffic_of(item.channel);
  const domain::instant at = item.received_at;
  channels::waha::session_sign sign;
  if (counts) {
    sign = channels::waha::sign_of(item);
    ++counts->received;
    ++counts->waiting;
  }
  auto result = co_await to.submit(std::move(item));
  if (counts) {
    --counts->waiting;
    if (result) {
      counts->settled(result->outcome, at);
      counts->heard(std::move(sign), at);
    } else {
      ++counts->errors;
    }
  }
  co_return result;
}

}  // namespace fibrehub::app
