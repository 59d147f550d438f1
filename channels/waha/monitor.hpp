// Tells the channel registry how a WhatsApp bridge is doing. Deliveries are counted where they are
// settled, without a message each; once a second the sums are published.
#pragma once

#include <caf/actor.hpp>
#include <functional>
#include <memory>

#include "channels/waha/session_board.hpp"
#include "channels/waha/traffic.hpp"
#include "store/caf/caf.hpp"

namespace fibrehub::actors {
struct channel_update;
}

namespace fibrehub::channels::waha {

/// To itself: publish what has happened since.
struct publish_now {};

using monitor = caf::typed_actor<caf::reacts_to<publish_now>>;

/// `board`: how its sessions are.
monitor spawn_monitor(caf::actor_system& system, std::string name, std::shared_ptr<traffic> counts,
                      std::shared_ptr<const session_board> board,
                      std::function<void(actors::channel_update)> publish);

}  // namespace fibrehub::channels::waha

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::channels::waha::publish_now)
