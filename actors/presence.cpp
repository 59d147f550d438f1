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
    if (r.state) heard_of(r.person_id, r.name, now);
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

  void listens(announce_listener& l, clock::time_point now) {
    person* const known = heard_of(l.person_id, l.name, now);
    if (known) known->feeds.push_back(std::move(l.while_alive));
  }

  void check(clock::time_point now) {
    check_people(now);
    for (auto it = tickets_.begin(); it != tickets_.end();) {
      const std::size_t left = std::erase_if(it->second.people, [&](const auto& one) {
        const bool gone = now - one.second.heard >= options_.keep_for;
        if (gone) tell_typing(it->first, it->second, one.second.who, false);
        return gone;
      });
      if (left > 0) tell(it->first, it->second);
      it = it->second.people.empty() ? tickets_.erase(it) : std::next(it);
    }
  }

  bool is_empty() const { return tickets_.empty() && online_.empty(); }

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
  struct person {
    std::string name;
    clock::time_point heard;
    std::vector<std::weak_ptr<const void>> feeds;
  };

  /// Who is online from now on; null for programs, and beyond the limit.
  person* heard_of(const std::string& id, const std::string& name, clock::time_point now) {
    if (!id.starts_with("user:")) return nullptr;
    if (!online_.contains(id) && online_.size() >= options_.max_online) return nullptr;
    auto [it, is_new] = online_.try_emplace(id);
    it->second.name = name;
    it->second.heard = now;
    if (is_new && options_.online) options_.online(id, name, true);
    return &it->second;
  }

  void check_people(clock::time_point now) {
    for (auto it = online_.begin(); it != online_.end();) {
      person& p = it->second;
      if (std::erase_if(p.feeds, [](const auto& feed) { return feed.expired(); }) > 0)
        p.heard = now;  // who comes again at once was never gone
      if (!p.feeds.empty() || now - p.heard < options_.keep_for) {
        ++it;
        continue;
      }
      if (options_.online) options_.online(it->first, p.name, false);
      it = online_.erase(it);
    }
  }

  /// Only of somebody who was writing, or begins to.
  void tell_typing(const std::string& uid, const place& here, const present_person& who,
                   bool writes) const {
    if (options_.typing && who.state == presence_state::editing)
      options_.typing(uid, here.owner, who, writes);
  }

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
    const present_person before = std::exchange(e.who, who);
    e.heard = now;
    if (is_news) tell(r.ticket_uid, here);
    if (before.id.empty() || before.state != who.state) {
      if (!before.id.empty()) tell_typing(r.ticket_uid, here, before, false);
      tell_typing(r.ticket_uid, here, who, true);
    }
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
    if (const auto left = here.people.extract(r.person_id); !left.empty()) {
      tell(r.ticket_uid, here);
      tell_typing(r.ticket_uid, here, left.mapped().who, false);
    }
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
  std::unordered_map<std::string, person> online_;  // by id
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
      [self, &it, every](announce_listener& message) {
        it.listens(message, self->clock().now());
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
