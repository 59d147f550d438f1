// Every configured channel: its supervised actor, and the webhook address it offers if any.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "actors/channel_registry.hpp"
#include "actors/delivery.hpp"
#include "actors/rounds.hpp"
#include "actors/webhook_endpoint.hpp"
#include "app/children.hpp"
#include "app/session_children.hpp"
#include "channels/waha/settings.hpp"
#include "channels/waha/traffic.hpp"
#include "config/values.hpp"
#include "protocols/transport/http_client.hpp"
#include "store/blobs.hpp"
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
    actors::reader_pool& readers;
    actors::slot<actors::channel_registry>& registry;
    web::attachment_desk& files;
    /// A kept file as a whole, by its SHA-256; from any thread.
    std::function<void(std::string, std::function<void(store::blob_result<std::string>)>)>
        read_file{};
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
  /// Where the sessions of each bridge are looked after.
  std::vector<actors::messenger_bridge> bridges() const;
  /// How they are, by bridge.
  std::vector<std::pair<std::string, std::shared_ptr<const channels::waha::session_board>>> boards()
      const;
  /// How the fetching of files goes, by bridge.
  struct file_fetching {
    std::string bridge;
    std::shared_ptr<actors::delivery_figures> figures;
    std::shared_ptr<const channels::waha::traffic> counts;
  };
  const std::vector<file_fetching>& fetching() const { return fetching_; }
  /// What a delivery has come to.
  using settler = std::function<void(const tl::expected<store::ingest_result, store::error>&)>;
  /// Counts a delivery that has come in; the answer is told once what became of it.
  settler count(const store::ingest& item) const;
  /// Ends every request under way; their actors are told.
  void stop_requests();
  /// Names for people: "waha/main".
  std::vector<std::string> names() const;

 private:
  void add_waha(const config::section_values& section, bool is_default);
  void add_waha_sender(const channels::waha::settings& s, bool is_default,
                       const std::shared_ptr<channels::waha::traffic>& counts);
  void add_waha_questions(const channels::waha::settings& s,
                          protocols::transport::http_client& client);
  void add_waha_hidden_ids(const channels::waha::settings& s,
                           protocols::transport::http_client& client);
  session_part& add_waha_sessions(const channels::waha::settings& s);
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
  std::vector<std::unique_ptr<actors::slot<actors::rounds>>> questions_;
  std::vector<std::pair<std::string, std::shared_ptr<actors::delivery_figures>>> sending_;
  std::vector<file_fetching> fetching_;
  std::vector<std::unique_ptr<session_part>> sessions_;
  std::string default_bridge_;
};

}  // namespace fibrehub::app
