#include "app/channel_children.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <random>

#include "app/media_keeper.hpp"
#include "app/quiet_round.hpp"
#include "channels/qcontact/actor.hpp"
#include "channels/waha/hidden_ids.hpp"
#include "channels/waha/media_fetch.hpp"
#include "channels/waha/monitor.hpp"
#include "channels/waha/outgoing.hpp"
#include "channels/waha/questions.hpp"
#include "channels/waha/webhook.hpp"
#include "store/queries/open_cases.hpp"

namespace fibrehub::app {
namespace {

domain::instant now() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

/// To the writer, as the bridge's own doing.
template <class Request, class Result>
void change(actors::slot<store::writer_actor>& writer, const std::string& bridge, Request request,
            std::function<Result()> result, store::reply<Result> to) {
  store::write_origin origin;
  origin.by = store::sender_principal(bridge);
  origin.at = now();
  store::reply<store::write_answer> done(
      [to = std::move(to),
       result = std::move(result)](tl::expected<store::write_answer, store::error> outcome) {
        if (outcome) {
          to.answer(result());
        } else {
          to.answer(tl::unexpected(std::move(outcome.error())));
        }
      });
  writer.send(store::change_of(std::move(request), std::move(origin), std::move(done)));
}

/// Calls on the io thread, after a while.
std::function<void(std::chrono::milliseconds, std::function<void()>)> later_on(
    boost::asio::io_context& io) {
  return [&io](std::chrono::milliseconds wait, std::function<void()> then) {
    boost::asio::post(io, [&io, wait, then = std::move(then)] {
      auto timer = std::make_shared<boost::asio::steady_timer>(io, wait);
      timer->async_wait([timer, then](const boost::system::error_code& ended) {
        if (!ended) then();
      });
    });
  };
}

}  // namespace

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
  if (is_default) default_bridge_ = s.name;
  session_part& sessions = add_waha_sessions(s);
  endpoints_.push_back(channels::waha::make_endpoint(s, is_default));
  actors::child_spec child;
  child.id = names_.back();
  child.start = [name = s.name, counts, board = sessions.board, publish = publisher()](
                    caf::actor_system& system) -> tl::expected<caf::actor, std::string> {
    return store::untyped(channels::waha::spawn_monitor(system, name, counts, board, publish));
  };
  children_.push_back(std::move(child));
  if (sessions.client)
    children_.push_back(session_child(s, sessions, around_.writer, around_.readers, counts));
  add_waha_sender(s, is_default, counts);
  add_waha_files(s, counts);
}

protocols::transport::http_client& channel_set::client_for(const channels::waha::settings& s,
                                                           bool private_addresses) {
  protocols::transport::http_client_options options;
  options.ca_file = s.sending.ca_file;
  options.allow_private_addresses = private_addresses;
  clients_.push_back(std::make_unique<protocols::transport::http_client>(around_.io, options));
  return *clients_.back();
}

void channel_set::add_waha_files(const channels::waha::settings& s,
                                 const std::shared_ptr<channels::waha::traffic>& counts) {
  if (s.base_url.empty() || !s.media.fetch) return;
  const auto fetch_through = [](protocols::transport::http_client& client) {
    return [&client](protocols::transport::http_request request,
                     std::function<void(channels::waha::http_outcome)> done) {
      client.fetch(std::move(request), std::move(done));
    };
  };
  channels::waha::media_ports ports;
  // The bridge and the hosts the operator names stand in the operator's own network.
  ports.fetch = fetch_through(client_for(s, true));
  ports.guarded = fetch_through(client_for(s, false));
  ports.keep = media_keeper(around_.io, around_.files, s.media.max_bytes);
  ports.take = [&writer = around_.writer, name = s.name](store::take_media request,
                                                         store::reply<store::taken_files> to) {
    request.result = std::make_shared<store::taken_files>();
    const auto result = request.result;
    change<store::take_media, store::taken_files>(
        writer, name, std::move(request), [result] { return *result; }, std::move(to));
  };
  ports.finish = [&writer = around_.writer, name = s.name](store::finish_media request,
                                                           store::reply<bool> to) {
    change<store::finish_media, bool>(
        writer, name, std::move(request), [] { return true; }, std::move(to));
  };
  ports.tell = [counts](std::int64_t waiting, std::uint64_t lost) {
    counts->files_waiting = waiting;
    counts->files_lost = lost;
  };
  ports.seed = std::random_device{}();
  ports.figures = std::make_shared<actors::delivery_figures>();
  fetching_.push_back({s.name, ports.figures, counts});
  deliveries_.push_back(std::make_unique<actors::slot<actors::delivery>>());
  actors::child_spec child;
  child.id = "waha/" + s.name + " files";
  child.start = into_slot(*deliveries_.back(), [s, ports](caf::actor_system& system) {
    return actors::spawn_delivery(system, channels::waha::media_through(s, ports));
  });
  children_.push_back(std::move(child));
}

session_part& channel_set::add_waha_sessions(const channels::waha::settings& s) {
  session_part& part = *sessions_.emplace_back(std::make_unique<session_part>());
  part.name = s.name;
  if (s.sessions.base_url.empty()) return part;
  protocols::transport::http_client_options options;
  options.ca_file = s.sessions.ca_file;
  // The bridge stands in the operator's own network; no other address is ever called.
  options.allow_private_addresses = true;
  part.client = std::make_unique<protocols::transport::http_client>(around_.io, options);
  return part;
}

void channel_set::add_waha_sender(const channels::waha::settings& s, bool is_default,
                                  const std::shared_ptr<channels::waha::traffic>& counts) {
  if (s.sending.base_url.empty()) {
    counts->set_sending_trouble("nothing is sent: messages wait in the outbox until url is set");
    return;
  }
  channels::waha::sending_ports ports;
  // The bridge stands in the operator's own network; no other address is ever called.
  ports.fetch = [client = &client_for(s, true)](
                    protocols::transport::http_request request,
                    std::function<void(channels::waha::http_outcome)> done) {
    client->fetch(std::move(request), std::move(done));
  };
  ports.take = [&writer = around_.writer, name = s.name](store::take_sends request,
                                                         store::reply<store::taken_sends> to) {
    request.result = std::make_shared<store::taken_sends>();
    const auto result = request.result;
    change<store::take_sends, store::taken_sends>(
        writer, name, std::move(request), [result] { return *result; }, std::move(to));
  };
  ports.finish = [&writer = around_.writer, name = s.name](store::finish_sends request,
                                                           store::reply<bool> to) {
    change<store::finish_sends, bool>(
        writer, name, std::move(request), [] { return true; }, std::move(to));
  };
  ports.read_file = around_.read_file;
  ports.later = later_on(around_.io);
  ports.tell = [counts](const std::string& trouble) { counts->set_sending_trouble(trouble); };
  ports.seed = std::random_device{}();
  ports.figures = std::make_shared<actors::delivery_figures>();
  sending_.emplace_back(s.name, ports.figures);
  deliveries_.push_back(std::make_unique<actors::slot<actors::delivery>>());
  actors::child_spec child;
  child.id = "waha/" + s.name + " sender";
  child.start = into_slot(*deliveries_.back(), [s, is_default, ports](caf::actor_system& system) {
    return actors::spawn_delivery(system, channels::waha::delivery_through(s, is_default, ports));
  });
  children_.push_back(std::move(child));
  add_waha_questions(s, *clients_.back());
  add_waha_hidden_ids(s, *clients_.back());
}

void channel_set::add_waha_questions(const channels::waha::settings& s,
                                     protocols::transport::http_client& client) {
  channels::waha::question_ports ports;
  ports.fetch = [&client](protocols::transport::http_request request,
                          std::function<void(channels::waha::http_outcome)> done) {
    client.fetch(std::move(request), std::move(done));
  };
  using questions = std::vector<store::send_question>;
  ports.take = [&writer = around_.writer, name = s.name](store::take_questions request,
                                                         store::reply<questions> to) {
    request.result = std::make_shared<questions>();
    const auto result = request.result;
    change<store::take_questions, questions>(
        writer, name, std::move(request), [result] { return *result; }, std::move(to));
  };
  ports.answer = [&writer = around_.writer, name = s.name](store::answer_question request,
                                                           store::reply<bool> to) {
    change<store::answer_question, bool>(
        writer, name, std::move(request), [] { return true; }, std::move(to));
  };
  questions_.push_back(std::make_unique<actors::slot<actors::rounds>>());
  actors::child_spec child;
  child.id = "waha/" + s.name + " questions";
  child.start = into_slot(*questions_.back(), [s, ports](caf::actor_system& system) {
    actors::rounds_options options = channels::waha::questions_through(s, ports);
    options.run = [run = std::move(options.run)](store::reply<bool> to) {
      run(quietly(std::move(to)));
    };
    return actors::spawn_rounds(system, std::move(options));
  });
  children_.push_back(std::move(child));
}

void channel_set::add_waha_hidden_ids(const channels::waha::settings& s,
                                      protocols::transport::http_client& client) {
  channels::waha::hidden_id_ports ports;
  ports.fetch = [&client](protocols::transport::http_request request,
                          std::function<void(channels::waha::http_outcome)> done) {
    client.fetch(std::move(request), std::move(done));
  };
  ports.find = [&readers = around_.readers](store::find_hidden_ids request,
                                            store::reply<std::vector<store::hidden_id>> to) {
    readers.ask(store::question_of(std::move(request), std::move(to)));
  };
  ports.answer = [&writer = around_.writer, name = s.name](store::answer_hidden_id request,
                                                           store::reply<bool> to) {
    change<store::answer_hidden_id, bool>(
        writer, name, std::move(request), [] { return true; }, std::move(to));
  };
  ports.now = now;
  questions_.push_back(std::make_unique<actors::slot<actors::rounds>>());
  actors::child_spec child;
  child.id = "waha/" + s.name + " hidden ids";
  child.start = into_slot(*questions_.back(), [s, ports](caf::actor_system& system) {
    actors::rounds_options options = channels::waha::hidden_ids_through(s, ports);
    options.run = [run = std::move(options.run)](store::reply<bool> to) {
      run(quietly(std::move(to)));
    };
    return actors::spawn_rounds(system, std::move(options));
  });
  children_.push_back(std::move(child));
}

void channel_set::outbox_grew() {
  for (auto& slot : deliveries_)
    slot->send(actors::outbox_grew{});
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
  ports.find_open = [&readers = around_.readers,
                     name = s.name](store::reply<std::vector<std::string>> to) {
    store::find_open_cases request;
    request.channel = name;
    readers.ask(store::question_of(std::move(request), std::move(to)));
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

channel_set::settler channel_set::count(const store::ingest& item) const {
  const auto at = std::find_if(traffic_.begin(), traffic_.end(),
                               [&](const auto& t) { return t.first == item.channel; });
  if (at == traffic_.end())
    return [](const tl::expected<store::ingest_result, store::error>& /*result*/) {};
  channels::waha::traffic* counts = at->second.get();
  ++counts->received;
  ++counts->waiting;
  return [counts, received_at = item.received_at, sign = channels::waha::sign_of(item)](
             const tl::expected<store::ingest_result, store::error>& result) {
    --counts->waiting;
    if (!result) {
      ++counts->errors;
      return;
    }
    counts->settled(result->outcome, received_at);
    counts->heard(sign, received_at);
  };
}

std::vector<actors::messenger_bridge> channel_set::bridges() const {
  std::vector<actors::messenger_bridge> out;
  for (const auto& part : sessions_)
    out.push_back(bridge_of(*part, part->name == default_bridge_));
  return out;
}

std::vector<std::pair<std::string, std::shared_ptr<const channels::waha::session_board>>>
channel_set::boards() const {
  std::vector<std::pair<std::string, std::shared_ptr<const channels::waha::session_board>>> out;
  for (const auto& part : sessions_)
    if (part->client) out.emplace_back(part->name, part->board);
  return out;
}

void channel_set::stop_requests() {
  for (auto& client : clients_)
    client->stop();
  for (auto& part : sessions_)
    if (part->client) part->client->stop();
}

}  // namespace fibrehub::app
