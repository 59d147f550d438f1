// Every configured channel: its supervised actor, and the webhook address it offers if any.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <vector>

#include "actors/channel_registry.hpp"
#include "actors/delivery.hpp"
#include "actors/webhook_endpoint.hpp"
#include "app/children.hpp"
#include "channels/waha/settings.hpp"
#include "channels/waha/traffic.hpp"
#include "config/values.hpp"
#include "protocols/transport/http_client.hpp"
#include "store/writer.hpp"

namespace fibrehub::web {
class attachment_desk;
}

namespace fibrehub::app {

class channel_set {
 public:
  /// What channels use of the hub; all must outlive the set.
  struct surroundings {
    boost::asio::io_context& io;
    actors::slot<store::writer_actor>& writer;
    actors::slot<actors::channel_registry>& registry;
    web::attachment_desk& files;
  };

  channel_set(const config::values& values, surroundings around);
  ~channel_set();

  std::vector<actors::child_spec> children() const;
  std::vector<actors::webhook_endpoint> endpoints() const;
  /// The outbox may have grown: whoever empties it looks.
  void outbox_grew();
  /// How sending goes, by bridge.
  std::vector<std::pair<std::string, std::shared_ptr<actors::delivery_figures>>> sending() const {
    return sending_;
  }
  /// How the fetching of files goes, by bridge.
  std::vector<std::pair<std::string, std::shared_ptr<actors::delivery_figures>>> fetching() const {
    return fetching_;
  }
  /// Where deliveries of one bridge are counted; null for channels without deliveries.
  channels::waha::traffic* traffic_of(const std::string& channel) const;
  /// Ends every request under way; their actors are told.
  void stop_requests();
  /// Names for people: "waha/main".
  std::vector<std::string> names() const;

 private:
  void add_waha(const config::section_values& section, bool is_default);
  void add_waha_sender(const channels::waha::settings& s, bool is_default,
                       const std::shared_ptr<channels::waha::traffic>& counts);
  void add_waha_files(const channels::waha::settings& s,
                      const std::shared_ptr<channels::waha::traffic>& counts);
  /// A client of this bridge, kept until the end.
  protocols::transport::http_client& client_for(const channels::waha::settings& s,
                                                bool private_addresses);
  void add_qcontact(const config::section_values& section);
  std::function<void(actors::channel_update)> publisher() const;

  surroundings around_;
  std::vector<actors::child_spec> children_;
  std::vector<actors::webhook_endpoint> endpoints_;
  std::vector<std::unique_ptr<protocols::transport::http_client>> clients_;
  std::vector<std::pair<std::string, std::shared_ptr<channels::waha::traffic>>> traffic_;
  std::vector<std::string> names_;
  std::vector<std::unique_ptr<actors::slot<actors::delivery>>> deliveries_;
  std::vector<std::pair<std::string, std::shared_ptr<actors::delivery_figures>>> sending_,
      fetching_;
};

}  // namespace fibrehub::app
