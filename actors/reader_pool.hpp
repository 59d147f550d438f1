// The store's readers behind one door: questions go round among the living ones.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

#include "actors/slot.hpp"
#include "store/reader.hpp"

namespace fibrehub::actors {

class reader_pool {
 public:
  explicit reader_pool(std::size_t size) {
    for (std::size_t i = 0; i < size; ++i)
      slots_.push_back(std::make_unique<slot<store::reader_actor>>());
  }
  std::size_t size() const { return slots_.size(); }
  slot<store::reader_actor>& at(std::size_t i) { return *slots_[i]; }

  /// Hands the question to a reader; when none lives, its reply token answers `abandoned`.
  void ask(store::question question) {
    const std::size_t first = next_.fetch_add(1, std::memory_order_relaxed);
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      const auto reader = slots_[(first + i) % slots_.size()]->get();
      if (!reader) continue;
      store::send(*reader, std::move(question));
      return;
    }
  }
  void clear() {
    for (auto& s : slots_)
      s->clear();
  }

 private:
  std::vector<std::unique_ptr<slot<store::reader_actor>>> slots_;
  std::atomic<std::size_t> next_{0};
};

}  // namespace fibrehub::actors
