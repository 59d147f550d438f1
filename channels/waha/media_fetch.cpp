#include "channels/waha/media_fetch.hpp"

#include <fmt/format.h>

#include <atomic>

#include "channels/waha/answers/answer.hpp"
#include "protocols/files/chat_file.hpp"
#include "protocols/json/parse.hpp"

namespace fibrehub::channels::waha {
namespace {

using namespace std::chrono_literals;
namespace json = protocols::json;
using actors::delivery_attempt;
using protocols::transport::http_errc;
using protocols::transport::http_error;
using protocols::transport::http_response;
using std::chrono::milliseconds;
using store::media_outcome;
using attempt = delivery_attempt::outcome;
using scope = delivery_attempt::scope;

constexpr std::size_t files_at_a_time = 4;
constexpr milliseconds first_retry = 2s, longest_retry = 1h;
constexpr milliseconds misconfigured_rest = 60s;
constexpr milliseconds session_rest = 30s;
constexpr milliseconds busy_rest = 5s;
// Messages without a ticket come without an event, and nobody else tells of their files.
constexpr milliseconds idle_look = 3s;
// Two files, the question between them, and the check.
constexpr milliseconds attempt_limit = 6min;

/// How an attempt ended, for the store and for the actor.
struct media_verdict {
  media_outcome outcome = media_outcome::again;
  delivery_attempt how{};
  store::new_attachment file{};
  bool answered = false;  // WAHA is there and does not have it: this ends one day
};

media_verdict ended(media_outcome outcome, attempt what, std::string why) {
  media_verdict v;
  v.outcome = outcome;
  v.how.what = what;
  v.how.status = std::move(why);
  return v;
}
media_verdict not_had(std::string why) {
  media_verdict v = ended(media_outcome::again, attempt::again, std::move(why));
  v.answered = true;
  return v;
}
media_verdict held(std::string why, milliseconds after, scope who) {
  media_verdict v = ended(media_outcome::again, attempt::held, std::move(why));
  v.how.after = after;
  v.how.pause = who;
  return v;
}

/// A call of the bridge that was not answered.
media_verdict unanswered(const http_error& e) {
  switch (e.code) {
    case http_errc::overloaded:
    case http_errc::stopped:
      return held(e.message, busy_rest, scope::none);
    case http_errc::invalid_request:
    case http_errc::refused_address:
    case http_errc::tls_failed:
      return held(e.message, misconfigured_rest, scope::peer);
    default:
      break;
  }
  media_verdict v = ended(media_outcome::again, attempt::again, e.message);
  v.how.peer_failed = true;
  return v;
}

/// What the question for the file led to: an address, or why there is none.
struct second_chance {
  std::string url;
  media_verdict verdict;
};

second_chance refused_question(const failure& f, const http_response& r) {
  const std::string why =
      fmt::format("WAHA answered {}{}{}{}{}", r.status, f.kind.empty() ? "" : ", ", f.kind,
                  f.message.empty() ? "" : ": ", f.message);
  const auto is = [&](std::initializer_list<std::string_view> kinds) {
    return std::find(kinds.begin(), kinds.end(), f.kind) != kinds.end();
  };
  if (is({"unauthorized", "redirected"})) return {{}, held(why, misconfigured_rest, scope::peer)};
  if (r.retry_after) return {{}, held(why, *r.retry_after, scope::peer)};
  // Too many questions, not too many files: what lies ready is fetched meanwhile.
  if (is({"rate_limited", "unavailable"}))
    return {{}, ended(media_outcome::again, attempt::again, why)};
  if (is({"busy"})) return {{}, held(why, session_rest, scope::none)};
  media_verdict v = not_had(why);
  v.how.peer_failed = f.kind == "gateway";
  return {{}, std::move(v)};
}

second_chance read_question(const http_outcome& got) {
  if (!got) return {{}, unanswered(got.error())};
  notes left_out;
  const call_context context{static_cast<int>(got->status), "GET", "/api/messages"};
  const auto doc = json::parse(got->body);
  if (!doc && got->status >= 300)
    return refused_question(failure_without_body(got->body.empty() ? "empty" : "not_json", context),
                            *got);
  if (!doc) return {{}, not_had("WAHA answered with something that is no message")};
  const answer said = read_answer(&*doc, context, left_out);
  if (said.failed) return refused_question(*said.failed, *got);
  if (!said.message || !said.message->media)
    return {{}, not_had("WAHA answered with a message without a file")};
  const media_info& media = *said.message->media;
  if (media.url.empty())
    return {{}, not_had(media.error.empty() ? "WAHA did not download the file" : media.error)};
  return {media.url, {}};
}

/// One file on its way, shared by what fetches it and what settles it.
struct errand {
  store::taken_media what;
  media_verdict verdict;
  bool asked = false;  // WAHA has downloaded it again in this attempt
};
using errand_ptr = std::shared_ptr<errand>;
using told = std::function<void(delivery_attempt)>;

class fetching : public std::enable_shared_from_this<fetching> {
 public:
  fetching(settings s, media_ports ports) : s_(std::move(s)), ports_(std::move(ports)) {}

  const media_ports& ports() const { return ports_; }
  const settings& bridge() const { return s_; }
  std::atomic<std::int64_t> waiting{0};
  std::atomic<std::uint64_t> lost{0};

  void begin(const errand_ptr& e, const told& done) { go(e, e->what.url, done); }

  void finish(const errand& e, const actors::delivery_end& end, store::reply<bool> to) {
    store::finish_media request;
    request.channel = s_.name;
    request.what = e.what;
    request.reason = end.status;
    request.next_at = end.next_at;
    request.spent = end.spent;
    // The actor gives up what is not answered; nothing is lost by trying that again.
    if (end.what != attempt::in_doubt) {
      request.outcome = e.verdict.outcome;
      request.file = e.verdict.file;
    }
    if (request.outcome != media_outcome::again && request.outcome != media_outcome::kept) {
      ++lost;
      if (ports_.tell) ports_.tell(waiting, lost);
    }
    ports_.finish(std::move(request), std::move(to));
  }

 private:
  domain::instant now() const {
    return ports_.now ? ports_.now()
                      : std::chrono::time_point_cast<std::chrono::microseconds>(
                            std::chrono::system_clock::now());
  }

  void end(const errand_ptr& e, media_verdict v, const told& done) const {
    if (v.outcome == media_outcome::again && v.answered &&
        now() - e->what.first_at >= s_.media.give_up_after) {
      v.outcome = media_outcome::gone;
      v.how.what = attempt::refused;
      v.how.status = "it could not be had: " + v.how.status;
    }
    e->verdict = std::move(v);
    done(e->verdict.how);
  }

  /// The file at `url`, or, where there is none, what WAHA makes of being asked for it.
  void go(const errand_ptr& e, const std::string& url, const told& done) {
    media_call call = file_call(s_, url);
    if (call.place == media_place::none && !e->asked) return ask(e, done);
    if (call.place == media_place::none)
      return end(e, ended(media_outcome::refused, attempt::refused, std::move(call.why)), done);
    const bool is_bridge = call.place == media_place::bridge;
    const auto& fetch = call.place == media_place::foreign ? ports_.guarded : ports_.fetch;
    fetch(std::move(call.request),
          [self = shared_from_this(), e, done, is_bridge](http_outcome answer) {
            self->got(e, std::move(answer), is_bridge, done);
          });
  }

  void ask(const errand_ptr& e, const told& done) {
    e->asked = true;
    ports_.fetch(again_request(s_, e->what),
                 [self = shared_from_this(), e, done](const http_outcome& answer) {
                   second_chance next = read_question(answer);
                   if (next.url.empty()) return self->end(e, std::move(next.verdict), done);
                   self->go(e, next.url, done);
                 });
  }

  void got(const errand_ptr& e, http_outcome answer, bool is_bridge, const told& done) {
    if (answer && answer->status == 200 && !answer->body.empty())
      return keep(e, std::move(answer->body), done);
    if (!answer && answer.error().code == http_errc::too_large)
      return end(e,
                 ended(media_outcome::too_large, attempt::refused,
                       fmt::format("the file is larger than {} KB", s_.media.max_bytes / 1024)),
                 done);
    if (!answer && is_bridge) return end(e, unanswered(answer.error()), done);
    if (is_bridge && answer->status == 401)
      return end(e, held("WAHA answered 401 for a file", misconfigured_rest, scope::peer), done);
    if (!e->asked) return ask(e, done);
    if (answer)
      return end(e, not_had(fmt::format("its address answered {}", answer->status)), done);
    if (answer.error().code == http_errc::refused_address)
      return end(e,
                 ended(media_outcome::refused, attempt::refused,
                       "the file lies at an address that must not be called; name its host in "
                       "media_hosts if it is meant"),
                 done);
    end(e, not_had(answer.error().message), done);
  }

  void keep(const errand_ptr& e, std::string bytes, const told& done) {
    const auto size = static_cast<std::int64_t>(bytes.size());
    ports_.keep(std::move(bytes), [self = shared_from_this(), e, done, size](keep_result r) {
      if (r.what == keep_result::end::later)
        return self->end(e, held(std::move(r.why), session_rest, scope::none), done);
      if (r.what == keep_result::end::refused)
        return self->end(e, ended(media_outcome::refused, attempt::refused, std::move(r.why)),
                         done);
      media_verdict v = ended(media_outcome::kept, attempt::done, "kept");
      v.file = {std::move(r.sha256_hex), media_name(e->what, r.ending), std::move(r.content_type),
                size, e->what.message_id};
      self->end(e, std::move(v), done);
    });
  }

  const settings s_;
  const media_ports ports_;
};

actors::delivery_item item_of(const std::shared_ptr<fetching>& way, store::taken_media what) {
  actors::delivery_item item;
  item.id = what.message_id;
  // Files wait for nothing but their number.
  item.lane = item.group = std::to_string(what.message_id);
  item.attempts = what.attempts;
  auto e = std::make_shared<errand>();
  e->what = std::move(what);
  item.send = [way, e](const told& done) { way->begin(e, done); };
  item.finish = [way, e](const actors::delivery_end& end, store::reply<bool> to) {
    way->finish(*e, end, std::move(to));
  };
  return item;
}

}  // namespace

std::string media_name(const store::taken_media& m, std::string_view ending) {
  const auto day = std::chrono::floor<std::chrono::days>(m.sent_at);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{std::chrono::floor<std::chrono::seconds>(m.sent_at - day)};
  const std::string by_time =
      fmt::format("{}-{:04}{:02}{:02}-{:02}{:02}{:02}", m.type.empty() ? "file" : m.type,
                  static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()), time.hours().count(), time.minutes().count(),
                  time.seconds().count());
  return protocols::files::chat_file_name(m.filename, by_time, ending);
}

actors::delivery_options media_through(const settings& s, media_ports ports) {
  actors::delivery_options o;
  o.name = "waha/" + s.name + " files";
  o.now = ports.now;
  o.seed = ports.seed;
  o.figures = ports.figures;
  o.max_in_flight = files_at_a_time;
  o.backoff = {first_retry, longest_retry};
  o.idle = idle_look;
  o.attempt_limit = attempt_limit;
  auto way = std::make_shared<fetching>(s, std::move(ports));
  o.take = [way](actors::delivery_wish wish, store::reply<actors::delivery_batch> to) {
    store::take_media request;
    request.channel = way->bridge().name;
    request.limit = wish.limit;
    request.somebody_was_lost = wish.somebody_was_lost;
    request.held = std::move(wish.held);
    store::reply<store::taken_files> done(
        [way, to = std::move(to)](tl::expected<store::taken_files, store::error> got) {
          if (!got) {
            to.answer(tl::unexpected(std::move(got.error())));
            return;
          }
          way->waiting = got->waiting;
          if (way->ports().tell) way->ports().tell(way->waiting, way->lost);
          actors::delivery_batch batch;
          batch.next_at = got->next_at;
          for (store::taken_media& what : got->items)
            batch.items.push_back(item_of(way, std::move(what)));
          to.answer(std::move(batch));
        });
    way->ports().take(std::move(request), std::move(done));
  };
  return o;
}

}  // namespace fibrehub::channels::waha
