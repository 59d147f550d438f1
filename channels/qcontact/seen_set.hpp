// Which state of which case the store already has, so that the overlap of two polls costs nothing.
// Bounded: the entries touched longest ago are forgotten, which only means handing a case over
// again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace fibrehub::channels::qcontact {

class seen_set {
 public:
  explicit seen_set(std::size_t limit) : limit_(limit) {}

  /// The case was stored with this content before; counts as a touch.
  bool is_unchanged(const std::string& id, std::uint64_t content) {
    auto found = by_id_.find(id);
    if (found == by_id_.end() || found->second->content != content) return false;
    order_.splice(order_.end(), order_, found->second);
    return true;
  }

  void put(const std::string& id, std::uint64_t content) {
    if (auto found = by_id_.find(id); found != by_id_.end()) {
      found->second->content = content;
      order_.splice(order_.end(), order_, found->second);
      return;
    }
    order_.push_back({id, content});
    by_id_.emplace(order_.back().id, std::prev(order_.end()));
    if (order_.size() <= limit_) return;
    by_id_.erase(order_.front().id);
    order_.pop_front();
  }

  bool knows(const std::string& id) const { return by_id_.contains(id); }
  std::size_t size() const { return order_.size(); }

 private:
  struct entry {
    std::string id;
    std::uint64_t content;
  };
  std::size_t limit_;
  std::list<entry> order_;  // longest untouched first
  // Keys point into the list's entries, which never move.
  std::unordered_map<std::string_view, std::list<entry>::iterator> by_id_;
};

}  // namespace fibrehub::channels::qcontact
