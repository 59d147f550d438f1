// A bridge's way out: what the delivery actor has to know to empty its part of the outbox.
#pragma once

#include <functional>
#include <memory>

#include "actors/delivery.hpp"
#include "channels/waha/sender.hpp"
#include "store/blobs.hpp"

namespace fibrehub::channels::waha {

/// The rest of the hub, as far as sending needs it. All may be called from any thread.
struct sending_ports {
  /// http_client::fetch.
  std::function<void(protocols::transport::http_request, std::function<void(http_outcome)>)> fetch;
  /// To the store's writer; answered after the commit.
  std::function<void(store::take_sends, store::reply<store::taken_sends>)> take;
  std::function<void(store::finish_sends, store::reply<bool>)> finish;
  /// A whole file by its SHA-256; none: nothing with a file is sent.
  std::function<void(std::string sha256_hex, std::function<void(store::blob_result<std::string>)>)>
      read_file{};
  /// Calls later; none: nobody shows that they type.
  std::function<void(std::chrono::milliseconds, std::function<void()>)> later{};
  /// Told what keeps messages from leaving; empty: nothing any more.
  std::function<void(const std::string&)> tell{};
  std::function<domain::instant()> now{};  // none: the system's
  std::uint64_t seed = 1;
  std::shared_ptr<actors::delivery_figures> figures{};
};

/// `is_default`: also sends what names no bridge.
actors::delivery_options delivery_through(const settings& s, bool is_default, sending_ports ports);

}  // namespace fibrehub::channels::waha
