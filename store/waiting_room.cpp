#include "store/waiting_room.hpp"

namespace fibrehub::store {

void fetch_job::settle(std::size_t index, tl::expected<ingest_result, error> result) {
  if (result) {
    results.items[index] = std::move(*result);
  } else {
    failure = std::move(result.error());
  }
  if (--open > 0) return;
  if (failure) {
    done.answer(tl::unexpected(*failure));
  } else {
    done.answer(std::move(results));
  }
}

void waiting_message::answer(tl::expected<ingest_result, error> result) const {
  if (job) {
    job->settle(index, std::move(result));
  } else {
    done.answer(std::move(result));
  }
}

void waiting_room::add(waiting_message message) {
  // What a message costs beside its bytes: the parsed form and the bookkeeping.
  constexpr std::size_t overhead_bytes = 512;
  message.bytes = message.item.body.size() + message.item.headers_json.size() + overhead_bytes;
  if (queue_.size() >= max_requests_ || bytes_ + message.bytes > max_bytes_) {
    ++status_->refused;
    message.answer(tl::unexpected(error{
        errc::overloaded, "too many requests are waiting for the database; try again later"}));
    return;
  }
  bytes_ += message.bytes;
  queue_.push_back(std::move(message));
  changed();
}

waiting_message waiting_room::take_front() {
  waiting_message out = std::move(queue_.front());
  queue_.pop_front();
  bytes_ -= out.bytes;
  changed();
  return out;
}

void waiting_room::put_back(message_batch batch) {
  for (auto it = batch.rbegin(); it != batch.rend(); ++it) {
    it->unclaim();
    bytes_ += it->bytes;
    queue_.push_front(std::move(*it));
  }
  changed();
}

void waiting_room::send_away_the_late(std::chrono::steady_clock::time_point now, const error& why) {
  while (!queue_.empty() && queue_.front().give_up_at <= now) {
    const waiting_message late = take_front();
    late.answer(tl::unexpected(why));
    ++status_->refused;
  }
}

}  // namespace fibrehub::store
