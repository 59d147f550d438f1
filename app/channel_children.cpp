#include "app/channel_children.hpp"

#include <random>

#include "channels/qcontact/actor.hpp"
#include "channels/waha/monitor.hpp"
#include "channels/waha/webhook.hpp"

namespace fibrehub::app {

channel_set::channel_set(const config::values& values, surroundings around) : around_(around) {
  const auto bridges = values.instances("waha");
  for (const config::section_values* section : bridges)
    add_waha(*section, section->instance() == "main" || bridges.size() == 1);
  for (const config::section_values* section : values.instances("qcontact"))
    add_qcontact(*section);
}

channel_set::~channel_set() = default;

std::function<void(actors::channel_update)> channel_set::publisher() const {
  return [&registry = around_.registry](actors::channel_update update) {
    registry.send(std::move(update));
  };
}

void channel_set::add_waha(const config::section_values& section, bool is_default) {
  const channels::waha::settings s = channels::waha::read_settings(section);
  auto counts = std::make_shared<channels::waha::traffic>();
  traffic_.emplace_back(s.name, counts);
  names_.push_back("waha/" + s.name);
  endpoints_.push_back(channels::waha::make_endpoint(s, is_default));
  actors::child_spec child;
  child.id = names_.back();
  child.start = [name = s.name, counts, publish = publisher()](
                    caf::actor_system& system) -> tl::expected<caf::actor, std::string> {
    return store::untyped(channels::waha::spawn_monitor(system, name, counts, publish));
  };
  children_.push_back(std::move(child));
}

void channel_set::add_qcontact(const config::section_values& section) {
  const channels::qcontact::settings s = channels::qcontact::settings_from(section);
  clients_.push_back(std::make_unique<protocols::transport::http_client>(
      around_.io, channels::qcontact::client_options(s)));
  names_.push_back("qcontact/" + s.name);
  channels::qcontact::ports ports;
  ports.fetch = [client = clients_.back().get()](
                    protocols::transport::http_request request,
                    std::function<void(channels::qcontact::http_outcome)> done) {
    client->fetch(std::move(request), std::move(done));
  };
  ports.submit = [&writer = around_.writer](store::ingest_batch batch,
                                            store::reply<store::ingest_batch_result> done) {
    writer.send(store::submit_messages{std::move(batch), std::move(done)});
  };
  ports.publish = publisher();
  ports.seed = std::random_device{}();
  actors::child_spec child;
  child.id = names_.back();
  child.start = [s, ports](caf::actor_system& system) -> tl::expected<caf::actor, std::string> {
    return store::untyped(channels::qcontact::spawn_poller(system, s, ports));
  };
  children_.push_back(std::move(child));
}

std::vector<actors::child_spec> channel_set::children() const {
  return children_;
}

std::vector<actors::webhook_endpoint> channel_set::endpoints() const {
  return endpoints_;
}

std::vector<std::string> channel_set::names() const {
  return names_;
}

channels::waha::traffic* channel_set::traffic_of(const std::string& channel) const {
  for (const auto& [name, counts] : traffic_)
    if (name == channel) return counts.get();
  return nullptr;
}

void channel_set::stop_requests() {
  for (auto& client : clients_)
    client->stop();
}

}  // namespace fibrehub::app
