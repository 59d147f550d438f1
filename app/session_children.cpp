#include "app/session_children.hpp"

#include <random>

#include "channels/waha/capabilities.hpp"

namespace fibrehub::app {
namespace {

using channels::waha::keeper_ports;
using channels::waha::pull_ports;
using channels::waha::rest_outcome;

domain::instant now() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

domain::principal keeper_principal(const std::string& bridge) {
  domain::principal p;
  p.what = domain::principal::kind::system;
  p.id = "system:waha/" + bridge;
  p.name = "waha/" + bridge;
  p.as = domain::role::admin;
  return p;
}

/// To the writer, as the bridge's own doing; answered after the commit.
template <class Request, class Result>
void change(actors::slot<store::writer_actor>& writer, const std::string& bridge, Request request,
            std::function<Result()> result, store::reply<Result> to) {
  store::write_origin origin;
  origin.by = keeper_principal(bridge);
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

/// Requests that answer nothing but that they are done.
template <class Request>
std::function<void(Request, store::reply<bool>)> writing(actors::slot<store::writer_actor>& writer,
                                                         const std::string& bridge) {
  return [&writer, bridge](Request request, store::reply<bool> to) {
    change<Request, bool>(
        writer, bridge, std::move(request), [] { return true; }, std::move(to));
  };
}

template <class Request>
std::function<void(Request, store::reply<typename Request::result>)> reading(
    actors::reader_pool& readers) {
  return [&readers](Request request, store::reply<typename Request::result> to) {
    readers.ask(store::question_of(std::move(request), std::move(to)));
  };
}

pull_ports pull_ports_for(const std::string& bridge, actors::slot<store::writer_actor>& writer,
                          actors::reader_pool& readers) {
  pull_ports p;
  p.begin = [&writer, bridge](store::begin_catch_up request,
                              store::reply<store::catch_up_round> to) {
    request.result = std::make_shared<store::catch_up_round>();
    const auto result = request.result;
    change<store::begin_catch_up, store::catch_up_round>(
        writer, bridge, std::move(request), [result] { return *result; }, std::move(to));
  };
  p.find_known = reading<store::find_known_messages>(readers);
  p.submit = [&writer](store::ingest_batch batch, store::reply<store::ingest_batch_result> to) {
    writer.send(store::submit_messages{std::move(batch), std::move(to)});
  };
  p.finish_chat = writing<store::chat_caught_up>(writer, bridge);
  p.end = writing<store::end_catch_up>(writer, bridge);
  p.fail = writing<store::catch_up_failed>(writer, bridge);
  p.now = now;
  return p;
}

}  // namespace

actors::child_spec session_child(const channels::waha::settings& s, session_part& part,
                                 actors::slot<store::writer_actor>& writer,
                                 actors::reader_pool& readers,
                                 const std::shared_ptr<channels::waha::traffic>& counts) {
  keeper_ports ports;
  ports.fetch = [client = part.client.get()](protocols::transport::http_request request,
                                             std::function<void(rest_outcome)> done) {
    client->fetch(std::move(request), std::move(done));
  };
  ports.load = reading<store::list_wa_sessions>(readers);
  ports.note = writing<store::note_sessions>(writer, s.name);
  ports.note_silence = writing<store::note_silence>(writer, s.name);
  ports.note_call = [note = writing<store::note_session_call>(writer, s.name)](
                        store::note_session_call call) { note(std::move(call), {}); };
  ports.want = writing<store::want_catch_up>(writer, s.name);
  ports.pull = pull_ports_for(s.name, writer, readers);
  ports.pull.fetch = ports.fetch;
  ports.take_heard = [counts] { return counts->take_heard(); };
  ports.board = part.board;
  ports.now = now;
  ports.seed = std::random_device{}();
  counts->on_status = [&part](domain::session_status status) {
    part.keeper.send(channels::waha::session_told{std::move(status)});
  };
  actors::child_spec child;
  child.id = "waha/" + s.name + " sessions";
  child.start = into_slot(
      part.keeper, [name = s.name, settings = s.sessions, ports](caf::actor_system& system) {
        return channels::waha::spawn_session_keeper(system, name, settings, ports);
      });
  return child;
}

actors::messenger_bridge bridge_of(session_part& part, bool is_default) {
  actors::messenger_bridge out;
  out.name = part.name;
  out.is_default = is_default;
  out.can_be_called = part.client != nullptr;
  out.call = [&part](actors::session_call call, store::reply<actors::session_result> to) {
    part.keeper.send(channels::waha::call_session{std::move(call), std::move(to)});
  };
  out.capabilities = [](const std::string& engine, const std::string& version,
                        const std::string& tier) {
    return to_json(channels::waha::capabilities_of(engine, version, tier));
  };
  return out;
}

}  // namespace fibrehub::app
