#include "channels/waha/settling.hpp"

#include <algorithm>

namespace fibrehub::channels::waha {
namespace {

constexpr std::size_t max_batch = 256;

}  // namespace

void settling::add(store::finish_send what, store::reply<bool> to) {
  batch next;
  {
    const std::lock_guard lock(guard_);
    queue_.push_back({std::move(what), std::move(to)});
    if (busy_) return;
    busy_ = true;
    next.swap(queue_);
  }
  submit(std::move(next));
}

void settling::submit(batch some) {
  auto kept = std::make_shared<batch>(std::move(some));
  store::finish_sends request;
  for (const waiting& w : *kept)
    request.items.push_back(w.what);
  submit_(std::move(request), store::reply<bool>([self = shared_from_this(),
                                                  kept](tl::expected<bool, store::error> outcome) {
            self->ended(kept, outcome);
          }));
}

void settling::ended(const std::shared_ptr<batch>& some,
                     const tl::expected<bool, store::error>& outcome) {
  if (!outcome && some->size() > 1) {
    // One of them may be to blame: each stands for itself.
    for (waiting& w : *some) {
      store::finish_sends one;
      one.items.push_back(std::move(w.what));
      submit_(std::move(one), std::move(w.to));
    }
  } else {
    for (waiting& w : *some)
      w.to.answer(outcome);
  }
  batch next;
  {
    const std::lock_guard lock(guard_);
    const std::size_t count = std::min(queue_.size(), max_batch);
    const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(count);
    next.assign(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
    queue_.erase(queue_.begin(), end);
    busy_ = !next.empty();
  }
  if (!next.empty()) submit(std::move(next));
}

}  // namespace fibrehub::channels::waha
