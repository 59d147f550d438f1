#include "web/listener_queue.hpp"

#include <boost/asio/post.hpp>

namespace fibrehub::web {

listener_queue::listener_queue(boost::asio::any_io_executor executor, listener_limits limits)
    : executor_(std::move(executor)), limits_(limits) {}

bool listener_queue::offer(text_ptr text) {
  const std::lock_guard lock{mutex_};
  if (closed_ || overflow_) return false;
  position_ = nullptr;  // the event tells its id itself
  return add(std::move(text));
}

bool listener_queue::offer(std::string text) {
  return offer(std::make_shared<const std::string>(std::move(text)));
}

bool listener_queue::pass(text_ptr position) {
  const std::lock_guard lock{mutex_};
  if (closed_ || overflow_) return false;
  position_ = std::move(position);
  return true;
}

/// With the mutex held.
bool listener_queue::add(text_ptr text) {
  if (!catching_up_) {
    if (counted_ >= limits_.events || bytes_ + text->size() > limits_.bytes) {
      overflow_ = true;
      ending_ = feed_ending{feed_ending::try_again, "too_slow"};
      clear();
      wake();
      return false;
    }
    ++counted_;
    bytes_ += text->size();
  }
  waiting_.push_back({std::move(text), !catching_up_});
  wake();
  return true;
}

void listener_queue::catching_up(bool on) {
  const std::lock_guard lock{mutex_};
  catching_up_ = on;
}

void listener_queue::close(feed_ending why) {
  const std::lock_guard lock{mutex_};
  closed_ = true;
  if (!ending_) ending_ = std::move(why);
  wake();
}

void listener_queue::end(feed_ending why) {
  const std::lock_guard lock{mutex_};
  closed_ = true;
  ending_ = std::move(why);
  clear();
  wake();
}

bool listener_queue::overflowed() const {
  const std::lock_guard lock{mutex_};
  return overflow_;
}

bool listener_queue::closed() const {
  const std::lock_guard lock{mutex_};
  return closed_;
}

std::size_t listener_queue::waiting() const {
  const std::lock_guard lock{mutex_};
  return waiting_.size();
}

std::optional<feed_ending> listener_queue::ending() const {
  const std::lock_guard lock{mutex_};
  return ending_;
}

std::string listener_queue::take(std::size_t max_bytes) {
  const std::lock_guard lock{mutex_};
  std::string out;
  while (!waiting_.empty() && out.size() < max_bytes)
    out += *pop();
  return out;
}

text_ptr listener_queue::take_one() {
  const std::lock_guard lock{mutex_};
  return waiting_.empty() ? nullptr : pop();
}

text_ptr listener_queue::take_position() {
  const std::lock_guard lock{mutex_};
  return waiting_.empty() ? std::exchange(position_, nullptr) : nullptr;
}

void listener_queue::abandon() {
  on_wake_ = nullptr;
  const std::lock_guard lock{mutex_};
  closed_ = abandoned_ = true;
  clear();
}

/// With the mutex held and something waiting.
text_ptr listener_queue::pop() {
  item first = std::move(waiting_.front());
  waiting_.pop_front();
  if (first.counted) {
    --counted_;
    bytes_ -= first.text->size();
  }
  return std::move(first.text);
}

/// With the mutex held.
void listener_queue::clear() {
  waiting_.clear();
  counted_ = 0;
  bytes_ = 0;
  position_ = nullptr;
}

/// With the mutex held: one wake-up at a time is enough, it finds everything queued until then.
void listener_queue::wake() {
  if (waking_ || abandoned_) return;
  waking_ = true;
  boost::asio::post(executor_, [self = shared_from_this()] {
    {
      const std::lock_guard lock{self->mutex_};
      self->waking_ = false;
    }
    if (self->on_wake_) self->on_wake_();
  });
}

}  // namespace fibrehub::web
