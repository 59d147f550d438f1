#include "actors/sla_clock.hpp"

#include <array>

#include "store/caf/caf.hpp"

namespace fibrehub::actors {
namespace {

struct sla_clock_state {
  sla_clock_state() = default;
  static inline const char* name = "sla clock";
  std::int64_t ticket_id = 0;
  std::shared_ptr<const clock_answers> answer;
  std::array<std::optional<domain::instant>, 2> wakes;  // of response and resolution
};

sla_clock::behavior_type sla_clock_actor(sla_clock::stateful_pointer<sla_clock_state> self,
                                         std::int64_t ticket_id,
                                         std::shared_ptr<const clock_answers> answer) {
  self->state.ticket_id = ticket_id;
  self->state.answer = std::move(answer);
  return {
      [self](const clock_set& news) { self->state.wakes[news.is_resolution ? 1 : 0] = news.at; },
      [self](const clock_reminder& r) {
        const sla_clock_state& s = self->state;
        const std::optional<domain::instant>& wake = s.wakes[r.is_resolution ? 1 : 0];
        (*s.answer)({{s.ticket_id, r.is_resolution}, r.at, r.round, wake && r.at >= *wake});
      },
  };
}

}  // namespace

sla_clock spawn_sla_clock(caf::actor_system& system, std::int64_t ticket_id,
                          std::shared_ptr<const clock_answers> answer) {
  return store::spawn(system, sla_clock_actor, ticket_id, std::move(answer));
}

}  // namespace fibrehub::actors
