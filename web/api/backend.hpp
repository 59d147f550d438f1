// What the API's resources may ask of the rest of the hub. Include it from .cpp files only.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <string>

#include "actors/bridge.hpp"
#include "actors/channel_registry.hpp"
#include "actors/event_hub.hpp"
#include "actors/presence.hpp"
#include "actors/reader_pool.hpp"
#include "actors/slot.hpp"
#include "domain/time_zone.hpp"
#include "store/writer.hpp"
#include "web/api/change.hpp"
#include "web/api/read_shares.hpp"

namespace fibrehub::store {
struct command_rules;
}

namespace fibrehub::web::api {

/// Where the presence board is found. Lives as long as the server.
struct presence_source {
  actors::slot<actors::presence_board>& board;
};

/// Lives as long as the server; every handle in it is looked up anew for each question.
struct backend {
  actors::in_flight_gate& gate;
  actors::reader_pool& readers;
  actors::slot<store::writer_actor>& writer;
  actors::slot<actors::channel_registry>& channels;
  actors::slot<actors::event_hub>& events;
  std::chrono::milliseconds patience{8000};  // longest wait for a question to be taken up
  domain::time_zone zone{};                  // of those who name none
  read_shares* shares = nullptr;             // none: everybody may ask as much as they like
  std::shared_ptr<const store::command_rules> rules = {};  // of commands that changes carry out

  /// Asks one of the store's readers.
  template <class Request>
  boost::asio::awaitable<tl::expected<typename Request::result, store::error>> read(
      Request request) {
    co_return co_await actors::ask<typename Request::result>(
        gate, patience, [this, &request](store::reply<typename Request::result> done) {
          readers.ask(store::question_of(std::move(request), std::move(done)));
        });
  }

  /// The same for questions that may take long: lists, searches, counts, reports.
  template <class Request>
  boost::asio::awaitable<tl::expected<typename Request::result, store::error>> read_share(
      const request_context& ctx, Request request) {
    std::optional<read_shares::place> place;
    if (shares != nullptr && ctx.caller) {
      place = co_await shares->enter(ctx.caller->who.id);
      if (!place) co_return tl::unexpected(shares->refusal());
    }
    co_return co_await read(std::move(request));
  }

  /// Has commands on tickets carried out; comes back after their commit.
  boost::asio::awaitable<response> command(const request_context& ctx,
                                           std::vector<domain::ticket_command> items, bool bulk) {
    auto origin = origin_of(ctx);
    if (!origin) co_return std::move(origin.error());
    store::submit_commands unit;
    unit.items = std::move(items);
    unit.bulk = bulk;
    unit.origin = std::move(*origin);
    auto done = co_await actors::ask<store::write_answer>(
        gate, patience, [this, &unit](store::reply<store::write_answer> token) {
          unit.done = std::move(token);
          writer.send(std::move(unit));
        });
    co_return answer_of(ctx, done);
  }

  /// Has a change made; comes back after its commit. The answer is the envelope, whatever happened.
  template <class Request>
  boost::asio::awaitable<response> change(const request_context& ctx, Request request) {
    auto origin = origin_of(ctx);
    if (!origin) co_return std::move(origin.error());
    auto done = co_await actors::ask<store::write_answer>(
        gate, patience, [this, &request, &origin](store::reply<store::write_answer> token) {
          writer.send(store::change_of(std::move(request), std::move(*origin), std::move(token)));
        });
    co_return answer_of(ctx, done);
  }

  /// The same for callers that make their own answer of the outcome.
  template <class Request>
  boost::asio::awaitable<store::write_outcome> write(store::write_origin origin, Request request) {
    co_return co_await actors::ask<store::write_answer>(
        gate, patience, [this, &request, &origin](store::reply<store::write_answer> token) {
          writer.send(store::change_of(std::move(request), std::move(origin), std::move(token)));
        });
  }

  /// Hands one received message to the writer; comes back after its commit.
  boost::asio::awaitable<tl::expected<store::ingest_result, store::error>> submit(
      store::ingest item) {
    co_return co_await actors::ask<store::ingest_result>(
        gate, patience, [this, &item](store::reply<store::ingest_result> done) {
          writer.send(store::submit_message{std::move(item), std::move(done)});
        });
  }
};

}  // namespace fibrehub::web::api
