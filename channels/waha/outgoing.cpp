#include "channels/waha/outgoing.hpp"

#include "channels/waha/capabilities.hpp"

namespace fibrehub::channels::waha {
namespace {

using attempt = actors::delivery_attempt;
using told = std::function<void(attempt)>;

/// One message on its way, shared by what sends it and what settles it.
struct errand {
  store::taken_send message;
  send_verdict verdict;
};

struct way_out {
  settings s;
  sending_ports ports;

  void post(const std::shared_ptr<errand>& e, const told& done) const {
    ports.fetch(send_request(s.sending, e->message), [e, done](http_outcome answer) {
      e->verdict = judge_send(answer, e->message);
      done(e->verdict.how);
    });
  }
  /// What may have left is asked about first.
  void send(const std::shared_ptr<way_out>& self, const std::shared_ptr<errand>& e,
            const told& done) const {
    if (!e->message.in_doubt) return post(e, done);
    ports.fetch(ask_request(s.sending, e->message), [self, e, done](http_outcome answer) {
      if (auto known = judge_ask(answer, e->message)) {
        e->verdict = std::move(*known);
        done(e->verdict.how);
      } else {
        self->post(e, done);
      }
    });
  }
  void finish(const errand& e, const actors::delivery_end& end, store::reply<bool> to) const {
    store::finish_send request;
    request.channel = s.name;
    request.what = e.message;
    // No answer of its own came: the actor gave it up.
    const bool unanswered =
        end.what == attempt::outcome::in_doubt && e.verdict.how.what != attempt::outcome::in_doubt;
    request.outcome = unanswered ? store::send_outcome::in_doubt : e.verdict.outcome;
    request.name = e.verdict.name;
    request.status = end.status;
    request.next_at = end.next_at;
    request.spent = end.spent;
    ports.finish(std::move(request), std::move(to));
  }
};

actors::delivery_item item_of(const std::shared_ptr<way_out>& way, store::taken_send message) {
  actors::delivery_item item;
  item.id = message.outbox_id;
  item.lane = message.lane;
  item.group = message.session;
  item.attempts = message.attempts;
  auto e = std::make_shared<errand>();
  e->message = std::move(message);
  item.send = [way, e](told done) { way->send(way, e, done); };
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
  r.held = std::move(wish.held);
  r.new_name = [](const std::string& engine, const std::string& version) {
    return takes_message_ids(engine, version) ? new_message_id() : std::string();
  };
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
  o.group_gap = s.sending.session_gap;
  o.lane_gap = s.sending.chat_gap;
  // Asking and sending are two calls.
  o.attempt_limit = 2 * s.sending.timeout + std::chrono::seconds(30);
  auto way = std::make_shared<way_out>(way_out{s, std::move(ports)});
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
    way->ports.take(request_of(way->s, is_default, std::move(wish)), std::move(done));
  };
  return o;
}

}  // namespace fibrehub::channels::waha
