// Gathers what is to be settled while the store is busy with what came before, so that many
// messages cost one transaction; each is answered for itself.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "store/sends/finish.hpp"

namespace fibrehub::channels::waha {

class settling : public std::enable_shared_from_this<settling> {
 public:
  using submit_fn = std::function<void(store::finish_sends, store::reply<bool>)>;
  explicit settling(submit_fn submit) : submit_(std::move(submit)) {}

  /// From any thread.
  void add(store::finish_send what, store::reply<bool> to);

 private:
  struct waiting {
    store::finish_send what;
    store::reply<bool> to;
  };
  using batch = std::vector<waiting>;

  void submit(batch some);
  void ended(const std::shared_ptr<batch>& some, const tl::expected<bool, store::error>& outcome);

  submit_fn submit_;
  std::mutex guard_;
  batch queue_;
  bool busy_ = false;
};

}  // namespace fibrehub::channels::waha
