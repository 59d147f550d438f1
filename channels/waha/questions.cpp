#include "channels/waha/questions.hpp"

#include <memory>

namespace fibrehub::channels::waha {
namespace {

constexpr std::size_t questions_per_round = 20;

/// One round: shared by its steps, each of which begins the next.
struct round_of_questions : std::enable_shared_from_this<round_of_questions> {
  round_of_questions(settings conf, question_ports rest, store::reply<bool> to)
      : s(std::move(conf)), ports(std::move(rest)), ended(std::move(to)) {}

  settings s;
  question_ports ports;
  store::reply<bool> ended;
  std::vector<store::send_question> due;
  std::size_t at = 0;

  void begin() {
    store::take_questions wanted;
    wanted.channel = s.name;
    wanted.limit = questions_per_round;
    ports.take(std::move(wanted),
               store::reply<std::vector<store::send_question>>(
                   [self = shared_from_this()](
                       tl::expected<std::vector<store::send_question>, store::error> got) {
                     if (got) {
                       self->due = std::move(*got);
                       self->ask();
                     } else {
                       self->ended.answer(tl::unexpected(std::move(got.error())));
                     }
                   }));
  }
  void ask() {
    if (at >= due.size()) {
      ended.answer(due.size() == questions_per_round);
      return;
    }
    const store::send_question& q = due[at];
    ports.fetch(ask_request(s.sending, q.session, q.chat, q.stanza, q.author),
                [self = shared_from_this()](const http_outcome& answer) { self->hear(answer); });
  }
  void hear(const http_outcome& answer) {
    // Who cannot be reached now is not asked about the others either: each has its next time.
    if (!answer) {
      ended.answer(false);
      return;
    }
    const auto standing = judge_question(answer, due[at].stanza);
    if (!standing) return next();
    store::answer_question told;
    told.channel = s.name;
    told.about = due[at];
    told.found = standing->found;
    told.level = standing->level;
    ports.answer(
        std::move(told),
        store::reply<bool>([self = shared_from_this()](const tl::expected<bool, store::error>&) {
          self->next();
        }));
  }
  void next() {
    ++at;
    ask();
  }
};

}  // namespace

actors::rounds_options questions_through(const settings& s, question_ports ports) {
  actors::rounds_options o;
  o.name = "waha/" + s.name + " questions";
  o.run = [s, ports = std::move(ports)](store::reply<bool> to) {
    std::make_shared<round_of_questions>(s, ports, std::move(to))->begin();
  };
  return o;
}

}  // namespace fibrehub::channels::waha
