// Asks the bridge about messages that it took and of which nothing was heard since, one after the
// other; when and how often stands in the store.
#pragma once

#include <functional>

#include "actors/rounds.hpp"
#include "channels/waha/sender.hpp"
#include "store/sends/questions.hpp"

namespace fibrehub::channels::waha {

/// All may be called from any thread.
struct question_ports {
  std::function<void(protocols::transport::http_request, std::function<void(http_outcome)>)> fetch;
  std::function<void(store::take_questions, store::reply<std::vector<store::send_question>>)> take;
  std::function<void(store::answer_question, store::reply<bool>)> answer;
};

actors::rounds_options questions_through(const settings& s, question_ports ports);

}  // namespace fibrehub::channels::waha
