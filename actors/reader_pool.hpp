// The store's readers behind one door: a question goes to the living one with the fewest waiting,
// so that a slow question holds up its own reader only.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "actors/slot.hpp"
#include "store/reader.hpp"

namespace fibrehub::actors {

class reader_pool {
 public:
  explicit reader_pool(std::size_t size) : readers_(size) {}
  std::size_t size() const { return readers_.size(); }
  slot<store::reader_actor>& at(std::size_t i) { return *readers_[i].where; }

  /// Hands the question to a reader; when none lives, its reply token answers
  /// `unavailable`.
  void ask(store::question question) {
    // Among equals they take turns.
    const std::size_t first = next_.fetch_add(1, std::memory_order_relaxed);
    const counted* best = nullptr;
    std::optional<store::reader_actor> reader;
    for (std::size_t i = 0; i < readers_.size(); ++i) {
      const counted& r = readers_[(first + i) % readers_.size()];
      if (best != nullptr && r.load() >= best->load()) continue;
      auto there = r.where->get();
      if (!there) continue;
      best = &r;
      reader = std::move(there);
      if (r.load() == 0) break;
    }
    if (best == nullptr) return;
    question.work = [work = std::move(question.work), one = best->count()](store::reading& r) {
      work(r);
    };
    store::send(*reader, std::move(question));
    // The message owns what it carries. NOLINTNEXTLINE(clang-analyzer-cplusplus.NewDeleteLeaks)
  }
  void clear() {
    for (auto& r : readers_)
      r.where->clear();
  }

 private:
  struct counted {
    std::unique_ptr<slot<store::reader_actor>> where =
        std::make_unique<slot<store::reader_actor>>();
    std::shared_ptr<std::atomic<std::size_t>> waiting =
        std::make_shared<std::atomic<std::size_t>>(0);

    std::size_t load() const { return waiting->load(std::memory_order_relaxed); }
    /// Counts one question until the handle goes, done or lost with its reader's mailbox.
    std::shared_ptr<void> count() const {
      waiting->fetch_add(1, std::memory_order_relaxed);
      return {nullptr, [waiting = waiting](std::nullptr_t) {
                waiting->fetch_sub(1, std::memory_order_relaxed);
              }};
    }
  };
  std::vector<counted> readers_;
  std::atomic<std::size_t> next_{0};
};

}  // namespace fibrehub::actors
