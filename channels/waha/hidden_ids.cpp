#include "channels/waha/hidden_ids.hpp"

#include <fmt/format.h>

#include <memory>

#include "channels/waha/identity.hpp"
#include "channels/waha/send_call.hpp"
#include "protocols/json/parse.hpp"

namespace fibrehub::channels::waha {
namespace {

using namespace std::chrono_literals;
namespace json = protocols::json;
using standing = store::answer_hidden_id::standing;
using due_ids = std::vector<store::hidden_id>;

std::string path_of(const store::hidden_id& about) {
  return fmt::format("/api/{}/lids/{}", percent_encoded(about.session),
                     percent_encoded(about.lid.substr(0, about.lid.find('@'))));
}

/// One round: shared by its steps, each of which begins the next.
struct round_of_lids : std::enable_shared_from_this<round_of_lids> {
  round_of_lids(settings conf, hidden_id_ports rest, store::reply<bool> to)
      : s(std::move(conf)), ports(std::move(rest)), ended(std::move(to)) {}

  settings s;
  hidden_id_ports ports;
  store::reply<bool> ended;
  due_ids due;
  std::size_t at = 0;

  void begin() {
    store::find_hidden_ids wanted;
    wanted.channel = s.name;
    wanted.now = ports.now();
    ports.find(
        std::move(wanted),
        store::reply<due_ids>([self = shared_from_this()](tl::expected<due_ids, store::error> got) {
          if (got) {
            self->due = std::move(*got);
            self->ask();
          } else {
            self->ended.answer(tl::unexpected(std::move(got.error())));
          }
        }));
  }
  void ask() {
    if (at >= due.size()) {
      ended.answer(!due.empty());
      return;
    }
    ports.fetch(lid_request(s.sending, due[at]),
                [self = shared_from_this()](const http_outcome& answer) { self->hear(answer); });
  }
  void hear(const http_outcome& answer) {
    auto told = judge_lid(answer, due[at]);
    // Who cannot be reached now is not asked about the others either.
    if (!told) {
      ended.answer(false);
      return;
    }
    told->channel = s.name;
    ports.answer(
        std::move(*told),
        store::reply<bool>([self = shared_from_this()](tl::expected<bool, store::error> outcome) {
          if (!outcome) {
            self->ended.answer(tl::unexpected(std::move(outcome.error())));
            return;
          }
          ++self->at;
          self->ask();
        }));
  }
};

}  // namespace

protocols::transport::http_request lid_request(const send_settings& s,
                                               const store::hidden_id& about) {
  return call_of(s, "GET", path_of(about));
}

std::optional<store::answer_hidden_id> judge_lid(const http_outcome& answer,
                                                 const store::hidden_id& about) {
  if (!answer) return std::nullopt;
  store::answer_hidden_id out;
  out.about = about;
  const answer_reading got = read_reply(*answer, "GET", path_of(about));
  if (got.what.failed) {
    // An engine or a version that does not know this may be another one some day.
    const bool knows_not =
        got.what.failed->kind == "not_implemented" || got.what.failed->kind == "not_found";
    out.what = knows_not ? standing::unknown : standing::said_nothing;
    return out;
  }
  const auto doc = json::parse(answer->body);
  if (!got.broken.empty() || (!answer->body.empty() && !doc)) return out;
  out.what = standing::unknown;
  if (!doc) return out;
  std::string person = canonical_id(json::text(*doc, "pn"));
  if (!person.ends_with("@c.us") || canonical_id(json::text(*doc, "lid")) != about.lid) return out;
  out.what = standing::known;
  out.person = std::move(person);
  return out;
}

actors::rounds_options hidden_ids_through(const settings& s, hidden_id_ports ports) {
  actors::rounds_options o;
  o.name = "waha/" + s.name + " hidden ids";
  o.period = 5s;
  o.next = 1s;
  o.run = [s, ports](store::reply<bool> to) {
    std::make_shared<round_of_lids>(s, ports, std::move(to))->begin();
  };
  return o;
}

}  // namespace fibrehub::channels::waha
