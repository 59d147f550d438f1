#include "channels/waha/outgoing.hpp"

#include <algorithm>
#include <atomic>
#include <random>

#include "channels/waha/capabilities.hpp"
#include "channels/waha/first_contact.hpp"
#include "channels/waha/hints.hpp"
#include "channels/waha/pacing.hpp"
#include "channels/waha/settling.hpp"

namespace fibrehub::channels::waha {
namespace {

using namespace std::chrono_literals;
using attempt = actors::delivery_attempt;
using told = std::function<void(attempt)>;
using next_step = std::function<void()>;

// Sessions that may have something under way at the same time: most of it is waiting.
constexpr std::size_t max_under_way = 256;
// Files are in memory as a whole, twice.
constexpr int max_files_under_way = 2;
constexpr std::chrono::milliseconds file_turn = 2s;

/// One message on its way, shared by what sends it and what settles it.
struct errand {
  store::taken_send message;
  send_verdict verdict;
  std::optional<store::checked_number> number;
  told done;

  void end(send_verdict v) {
    verdict = std::move(v);
    done(verdict.how);
  }
};
using errand_ptr = std::shared_ptr<errand>;

/// What every errand of a bridge goes through: checking a number, asking where it may have left,
/// showing that somebody types, the call itself. Each step calls the next.
class way_out : public std::enable_shared_from_this<way_out> {
 public:
  way_out(settings s, sending_ports ports)
      : s_(std::move(s)), ports_(std::move(ports)), random_(ports_.seed) {
    settling_ = std::make_shared<settling>(ports_.finish);
  }

  const settings& conf() const { return s_; }
  void take(store::take_sends request, store::reply<store::taken_sends> to) {
    {
      const std::lock_guard lock(guard_);
      request.after_session = last_session_;
      request.dice = random_();
    }
    ports_.take(std::move(request), store::reply<store::taken_sends>(
                                        [self = shared_from_this(), to = std::move(to)](
                                            tl::expected<store::taken_sends, store::error> got) {
                                          if (got) self->remember(got->last_session);
                                          to.answer(std::move(got));
                                        }));
  }

  /// The number first: it may say in which chat the message is.
  void send(const errand_ptr& e) { check(e); }

  void finish(const errand& e, const actors::delivery_end& end, store::reply<bool> to) {
    store::finish_send request;
    request.channel = s_.name;
    request.what = e.message;
    // No answer of its own came: the actor gave it up.
    const bool unanswered =
        end.what == attempt::outcome::in_doubt && e.verdict.how.what != attempt::outcome::in_doubt;
    request.outcome = unanswered ? store::send_outcome::in_doubt : e.verdict.outcome;
    request.name = e.verdict.name;
    request.status = end.status;
    request.next_at = end.next_at;
    request.spent = end.spent;
    request.restricted_for = s_.sending.restricted_for;
    request.number = e.number;
    settling_->add(std::move(request), std::move(to));
  }

 private:
  void remember(const std::string& session) {
    const std::lock_guard lock(guard_);
    last_session_ = session;
  }
  double chance() {
    const std::lock_guard lock(guard_);
    return std::uniform_real_distribution<double>(0, 1)(random_);
  }

  void check(const errand_ptr& e) {
    if (!e->message.check_number) return ask(e);
    ports_.fetch(check_request(s_.sending, e->message.session, e->message.chat),
                 [self = shared_from_this(), e](const http_outcome& answer) {
                   number_check got = judge_check(answer, e->message);
                   if (got.waits) return e->end(std::move(*got.waits));
                   e->number = std::move(got.known);
                   if (e->number && !e->number->registered)
                     return e->end(refused_for_good("not on WhatsApp"));
                   if (e->number && !e->number->canonical.empty())
                     e->message.chat = e->number->canonical;
                   self->ask(e);
                 });
  }

  /// What may have left is asked about before anything else is done for it.
  void ask(const errand_ptr& e) {
    const store::taken_send& m = e->message;
    if (!m.in_doubt || domain::is_repeatable(m.what)) return show(e);
    ports_.fetch(ask_request(s_.sending, m.session, m.chat, m.stanza, m.author),
                 [self = shared_from_this(), e](const http_outcome& answer) {
                   if (auto known = judge_ask(answer, e->message)) {
                     e->end(std::move(*known));
                   } else {
                     self->show(e);
                   }
                 });
  }

  /// Seen, typing, a while, typing no more. None of it keeps the message from leaving.
  void show(const errand_ptr& e) {
    const store::taken_send& m = e->message;
    if (!s_.sending.typing || !ports_.later || !domain::is_message(m.what)) return call(e);
    const auto self = shared_from_this();
    const auto typed = [self, e] {
      self->hint(typing_request(self->s_.sending, e->message.session, e->message.chat, false),
                 [self, e](bool) { self->call(e); });
    };
    const auto begun = [self, e, typed](bool reached) {
      // A bridge that does not answer would only be waited for again.
      if (!reached) return self->call(e);
      self->ports_.later(typing_time(e->message.text, self->chance()), typed);
    };
    const auto begin = [self, e, begun](bool reached) {
      if (!reached) return self->call(e);
      self->hint(typing_request(self->s_.sending, e->message.session, e->message.chat, true),
                 begun);
    };
    if (!m.mark_seen) return begin(true);
    hint(seen_request(s_.sending, m.session, m.chat), begin);
  }

  void hint(protocols::transport::http_request request, std::function<void(bool reached)> then) {
    ports_.fetch(std::move(request), [then = std::move(then)](const http_outcome& answer) {
      then(answer.has_value());
    });
  }

  void call(const errand_ptr& e) {
    if (!domain::has_file(e->message.what)) return post(e, {});
    if (!ports_.read_file) return e->end(put_off("no files can be read here", file_turn));
    if (files_.fetch_add(1) >= max_files_under_way) {
      files_.fetch_sub(1);
      return e->end(put_off("other files are on their way", file_turn));
    }
    ports_.read_file(e->message.file.sha256_hex,
                     [self = shared_from_this(), e](store::blob_result<std::string> file) {
                       if (file) return self->post(e, *file);
                       self->files_.fetch_sub(1);
                       const bool gone = file.error().code == store::blob_errc::not_found ||
                                         file.error().code == store::blob_errc::damaged;
                       e->end(gone ? refused_for_good("its file is not there any more")
                                   : put_off(file.error().message, file_turn));
                     });
  }

  void post(const errand_ptr& e, std::string_view file) {
    ports_.fetch(send_request(s_.sending, e->message, file),
                 [self = shared_from_this(), e](const http_outcome& answer) {
                   if (domain::has_file(e->message.what)) self->files_.fetch_sub(1);
                   send_verdict v = judge_send(answer, e->message);
                   const bool left = v.outcome == store::send_outcome::accepted;
                   e->end(std::move(v));
                   if (left) self->leave(e->message);
                 });
  }

  /// Nobody waits for it.
  void leave(const store::taken_send& m) {
    if (s_.sending.offline_after && ports_.later && domain::is_message(m.what))
      ports_.fetch(offline_request(s_.sending, m.session), [](const http_outcome&) {});
  }

  const settings s_;
  const sending_ports ports_;
  std::shared_ptr<settling> settling_;
  std::atomic<int> files_{0};
  std::mutex guard_;
  std::mt19937_64 random_;
  std::string last_session_;
};

actors::delivery_item item_of(const std::shared_ptr<way_out>& way, store::taken_send message) {
  actors::delivery_item item;
  item.id = message.outbox_id;
  item.lane = message.lane;
  item.group = message.session;
  item.attempts = message.attempts;
  auto e = std::make_shared<errand>();
  e->message = std::move(message);
  item.send = [way, e](told done) {
    e->done = std::move(done);
    way->send(e);
  };
  item.finish = [way, e](const actors::delivery_end& end, store::reply<bool> to) {
    way->finish(*e, end, std::move(to));
  };
  return item;
}

store::take_sends request_of(const settings& s, bool is_default, actors::delivery_wish wish) {
  store::take_sends r;
  r.channel = s.name;
  r.takes_unaddressed = is_default;
  r.notices_session = s.sending.notices_session;
  r.country_code = s.sending.country_code;
  r.busy_sessions = std::move(wish.busy_groups);
  r.busy_lanes = std::move(wish.busy_lanes);
  r.limit = wish.limit;
  r.somebody_was_lost = wish.somebody_was_lost;
  r.never_begun = wish.never_begun;
  r.held = std::move(wish.held);
  r.new_name = [](const std::string& engine, const std::string& version) {
    return takes_message_ids(engine, version) ? new_message_id() : std::string();
  };
  r.strangers = {s.sending.first_contact_gap, s.sending.first_contacts_per_hour,
                 s.sending.restricted_for, s.sending.check_numbers};
  r.mark_seen = s.sending.typing;
  return r;
}

}  // namespace

actors::delivery_options delivery_through(const settings& s, bool is_default, sending_ports ports) {
  actors::delivery_options o;
  o.name = "waha/" + s.name;
  o.now = ports.now;
  o.seed = ports.seed;
  o.tell = ports.tell;
  o.figures = ports.figures;
  o.max_in_flight = max_under_way;
  o.group_gap = s.sending.session_gap;
  o.lane_gap = s.sending.chat_gap;
  // Asking, checking and hints are calls of their own, before the one that sends.
  o.attempt_limit =
      2 * s.sending.timeout + std::max(s.sending.timeout, s.sending.media_timeout) + 60s;
  auto way = std::make_shared<way_out>(s, std::move(ports));
  o.take = [way, is_default](actors::delivery_wish wish, store::reply<actors::delivery_batch> to) {
    store::reply<store::taken_sends> done(
        [way, to = std::move(to)](tl::expected<store::taken_sends, store::error> got) {
          if (!got) {
            to.answer(tl::unexpected(std::move(got.error())));
            return;
          }
          actors::delivery_batch batch;
          batch.next_at = got->next_at;
          for (store::taken_send& message : got->items)
            batch.items.push_back(item_of(way, std::move(message)));
          to.answer(std::move(batch));
        });
    way->take(request_of(way->conf(), is_default, std::move(wish)), std::move(done));
  };
  return o;
}

}  // namespace fibrehub::channels::waha
