// What the hub has the writer do by itself, in rounds of actors/rounds.hpp.
#pragma once

#include "actors/slot.hpp"
#include "store/change.hpp"
#include "store/writer.hpp"

namespace fibrehub::app {

inline domain::instant now() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

/// Has something done that nobody asked for, and passes on what it came to.
template <class Request, class Result>
void run_once(actors::slot<store::writer_actor>& writer, domain::principal by,
              store::reply<Result> to, Request request = {}) {
  request.result = std::make_shared<Result>();
  store::write_origin origin;
  origin.by = std::move(by);
  origin.at = now();
  store::reply<store::write_answer> done(
      [to = std::move(to),
       result = request.result](tl::expected<store::write_answer, store::error> outcome) {
        if (outcome) {
          to.answer(*result);
        } else {
          to.answer(tl::unexpected(std::move(outcome.error())));
        }
      });
  writer.send(store::change_of(std::move(request), std::move(origin), std::move(done)));
}

/// One round of what nobody asked for. `told` hears what it came to and says whether there is more.
template <class Request, class Result, class Told>
void run_round(actors::slot<store::writer_actor>& writer, Request request, domain::principal by,
               store::reply<bool> to, Told told) {
  store::reply<Result> done(
      [to = std::move(to), told = std::move(told)](tl::expected<Result, store::error> outcome) {
        if (outcome) {
          to.answer(told(*outcome));
        } else {
          to.answer(tl::unexpected(std::move(outcome.error())));
        }
      });
  run_once<Request, Result>(writer, std::move(by), std::move(done), std::move(request));
}

}  // namespace fibrehub::app
