// Asks the bridge whose phone number is behind a hidden id (`@lid`) that messages came by: not
// every engine tells it with each message. Who is asked about when stands in the store.
#pragma once

#include <functional>
#include <optional>

#include "actors/rounds.hpp"
#include "channels/waha/sender.hpp"
#include "store/wa/hidden_ids.hpp"

namespace fibrehub::channels::waha {

/// GET /api/{session}/lids/{lid}.
protocols::transport::http_request lid_request(const send_settings& s,
                                               const store::hidden_id& about);
/// What the answer says; nothing: the bridge could not be reached.
std::optional<store::answer_hidden_id> judge_lid(const http_outcome& answer,
                                                 const store::hidden_id& about);

/// All may be called from any thread.
struct hidden_id_ports {
  std::function<void(protocols::transport::http_request, std::function<void(http_outcome)>)> fetch;
  std::function<void(store::find_hidden_ids, store::reply<std::vector<store::hidden_id>>)> find;
  std::function<void(store::answer_hidden_id, store::reply<bool>)> answer;
  std::function<domain::instant()> now;
};

/// A round asks one question of each session, so that none gets more than one a second.
actors::rounds_options hidden_ids_through(const settings& s, hidden_id_ports ports);

}  // namespace fibrehub::channels::waha
