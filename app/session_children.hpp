// What keeps the sessions of a WhatsApp bridge, between the store and the bridge.
#pragma once

#include <memory>

#include "actors/messenger_bridge.hpp"
#include "actors/reader_pool.hpp"
#include "app/children.hpp"
#include "channels/waha/session_keeper.hpp"
#include "protocols/transport/http_client.hpp"
#include "store/writer.hpp"

namespace fibrehub::app {

/// One bridge's keeper, and what it is found by. Must outlive its actor.
struct session_part {
  std::string name;
  std::shared_ptr<channels::waha::session_board> board =
      std::make_shared<channels::waha::session_board>();
  actors::slot<channels::waha::session_keeper> keeper;
  std::unique_ptr<protocols::transport::http_client> client;  // none: no address is configured
};

/// The supervised keeper; `part` has its client.
actors::child_spec session_child(const channels::waha::settings& s, session_part& part,
                                 actors::slot<store::writer_actor>& writer,
                                 actors::reader_pool& readers,
                                 const std::shared_ptr<channels::waha::traffic>& counts);

/// How the API reaches it.
actors::messenger_bridge bridge_of(session_part& part, bool is_default);

}  // namespace fibrehub::app
