#include "actors/presence.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <unordered_map>
#include <utility>

#include "store/caf/caf.hpp"

namespace fibrehub::actors {
namespace {

using clock = std::chrono::steady_clock;

class board {
 public:
  explicit board(presence_options options) : options_(std::move(options)) {}

  void report(report_presence& r, clock::time_point now) {
    if (!r.state) {
      leave(r);
    } else if (!may_enter(r)) {
      r.to.answer(tl::unexpected(
          store::error{store::errc::overloaded, "too many people are there already"}));
    } else {
      enter(r, now);
    }
  }

  present_people list(const std::string& uid) const {
    const auto it = tickets_.find(uid);
    return it == tickets_.end() ? present_people{} : people_of(it->second.people);
  }

  void check(clock::time_point now) {
    for (auto it = tickets_.begin(); it != tickets_.end();) {
      const std::size_t left = std::erase_if(it->second.people, [&](const auto& one) {
        return now - one.second.heard >= options_.keep_for;
      });
      if (left > 0) tell(it->first, it->second);
      it = it->second.people.empty() ? tickets_.erase(it) : std::next(it);
    }
  }

  bool is_empty() const { return tickets_.empty(); }

 private:
  struct entry {
    present_person who;
    clock::time_point heard;
  };
  using entries = std::map<std::string, entry>;  // by person
  struct place {
    entries people;
    domain::ticket_ownership owner;
  };

  bool may_enter(const report_presence& r) const {
    const auto it = tickets_.find(r.ticket_uid);
    if (it == tickets_.end()) return tickets_.size() < options_.max_tickets;
    const entries& here = it->second.people;
    return here.contains(r.person_id) || here.size() < options_.max_people;
  }

  void enter(report_presence& r, clock::time_point now) {
    place& here = tickets_[r.ticket_uid];
    here.owner = r.owner;
    const present_person who{r.person_id, r.name, *r.state};
    entry& e = here.people[r.person_id];
    const bool is_news = e.who != who;
    e = {who, now};
    if (is_news) tell(r.ticket_uid, here);
    r.to.answer(people_of(here.people));
  }

  void leave(report_presence& r) {
    const auto it = tickets_.find(r.ticket_uid);
    if (it == tickets_.end()) {
      r.to.answer(present_people{});
      return;
    }
    place& here = it->second;
    here.owner = r.owner;
    if (here.people.erase(r.person_id) > 0) tell(r.ticket_uid, here);
    r.to.answer(people_of(here.people));
    if (here.people.empty()) tickets_.erase(it);
  }

  static present_people people_of(const entries& here) {
    present_people out;
    for (const auto& [id, e] : here)
      out.push_back(e.who);
    std::stable_sort(out.begin(), out.end(),
                     [](const auto& a, const auto& b) { return a.name < b.name; });
    return out;
  }

  void tell(const std::string& uid, const place& here) const {
    if (options_.changed) options_.changed(uid, here.owner, people_of(here.people));
  }

  presence_options options_;
  std::unordered_map<std::string, place> tickets_;
};

struct board_state {
  board_state() = default;
  static inline const char* name = "presence_board";
  std::unique_ptr<board> it;
  bool reminded = false;
};

using board_self = presence_board::stateful_pointer<board_state>;

/// Nobody there, nothing to look after.
void keep_watch(board_self self, std::chrono::milliseconds every) {
  auto& s = self->state;
  if (s.reminded || s.it->is_empty()) return;
  s.reminded = true;
  store::remind(self, every, detail::presence_check{});
}

presence_board::behavior_type board_actor(board_self self, presence_options options) {
  const auto every = std::max(options.check_every, std::chrono::milliseconds{10});
  self->state.it = std::make_unique<board>(std::move(options));
  auto& it = *self->state.it;
  return {
      [self, &it, every](report_presence& message) {
        it.report(message, self->clock().now());
        keep_watch(self, every);
      },
      [&it](const list_presence& message) { message.to.answer(it.list(message.ticket_uid)); },
      [self, &it, every](const detail::presence_check&) {
        self->state.reminded = false;
        it.check(self->clock().now());
        keep_watch(self, every);
      },
  };
}

}  // namespace

std::string_view name_of(presence_state state) {
  return state == presence_state::editing ? "editing" : "viewing";
}

presence_board spawn_presence_board(caf::actor_system& system, presence_options options) {
  return store::spawn(system, board_actor, std::move(options));
}

}  // namespace fibrehub::actors
