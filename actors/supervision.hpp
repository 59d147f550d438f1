// The decisions of a supervisor (private to it): which children stop, in which order, and when they
// start again. One object per supervisor, used only from inside that actor.
#pragma once

#include <deque>
#include <list>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "actors/supervisor.hpp"
#include "store/caf/caf.hpp"

namespace fibrehub::actors {

class supervision {
 public:
  supervision(supervisor::pointer self, supervisor_options options,
              std::vector<child_spec> children);
  supervision(const supervision&) = delete;
  supervision& operator=(const supervision&) = delete;
  /// A supervisor that is killed takes its children with it.
  ~supervision();

  void boot();
  void handle(const list_children& message);
  void handle(add_child& message);
  void handle(const start_child& message);
  void handle(const stop_child& message);
  void handle(const restart_child& message);
  void handle(const remove_child& message);
  void handle(const detail::recovery_due& message);
  void handle(const detail::stop_overdue& message);
  void handle_down(const caf::down_msg& down);
  /// Stops all children in order, then ends the actor with this reason.
  void shut_down(caf::error reason);

 private:
  using clock = std::chrono::steady_clock;
  using stages = std::deque<std::vector<std::string>>;

  struct child {
    child_spec spec;
    caf::actor handle{};  // empty unless running or stopping
    child_state state = child_state::stopped;
    bool wanted = true;   // should run as soon as it can
    bool forget = false;  // drop the entry once it has ended
    bool ever_started = false;
    std::uint32_t attempt = 0;  // failures since it was last healthy
    std::uint64_t restarts = 0;
    std::uint64_t stop_generation = 0;
    bool kill_sent = false;
    std::string last_reason{};
    domain::instant since{};
    clock::time_point up_since{};
    std::deque<clock::time_point> failures{};  // within the window
    std::vector<store::reply<child_report>> waiting{};
  };

  /// A group of children on its way back: first they stop, then the back-off passes, then they
  /// start.
  struct recovery {
    std::set<std::string> members;
    stages to_stop;
    bool due = false;
    std::uint64_t generation = 0;
  };

  child* find(const std::string& id);
  child* find_known(const std::string& id, const store::reply<child_report>& to);
  child_report report(const child& c) const;
  void enter(child& c, child_state state);
  void answer_waiting(child& c);
  void drop(const std::string& id);

  void launch(child& c);
  bool try_start(child& c);
  void begin_stop(child& c);
  void ended(child& c, const caf::error& reason);
  void after_stop(child& c);
  void settle_down(child& c, bool orderly);
  void fail(child& c);
  bool too_often(child& c);

  std::string group_of(const child& c) const;
  std::vector<std::string> affected_by(const child& c) const;
  bool is_queued_to_stop(const child& c) const;
  stages stop_plan(const std::vector<std::string>& ids);
  void recover(child& c, std::chrono::milliseconds delay);
  void pump(const std::string& group);
  void start_members(const recovery& done);
  /// Starts stopping the next stage; false when some of the current one have not ended yet.
  bool advance_stages(stages& plan);
  void pump_shutdown();

  supervisor::pointer self_;
  supervisor_options options_;
  std::list<child> children_;  // in start order; addresses stay valid
  std::map<std::string, recovery> recoveries_;
  std::uint64_t generation_ = 0;
  bool shutting_down_ = false;
  caf::error shutdown_reason_;
  stages shutdown_plan_;
};

}  // namespace fibrehub::actors
