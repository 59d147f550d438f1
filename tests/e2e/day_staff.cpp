#include <fmt/format.h>

#include <sstream>

#include "peers/media.hpp"
#include "protocols/json/parse.hpp"
#include "tests/e2e/api.hpp"
#include "tests/e2e/day.hpp"
#include "tests/e2e/day_time.hpp"
#include "tests/e2e/hub_process.hpp"

namespace fibrehub::e2e {
namespace {

namespace json = protocols::json;
using std::chrono::steady_clock;

/// Rows of one column; none while the database is away.
std::vector<std::string> rows_of(const fixtures::temporary_database& db, const std::string& query) {
  std::vector<std::string> out;
  try {
    std::istringstream in(db.ask(query));
    for (std::string row; std::getline(in, row);)
      out.push_back(row);
  } catch (const std::exception&) {
    return {};
  }
  return out;
}

/// A refusal that ends by itself: the message is on its way, or has no name yet.
bool is_passing(const http_answer& answer) {
  return answer.status == 409 && (answer.body.find("on_its_way") != std::string::npos ||
                                  answer.body.find("unnamed") != std::string::npos);
}

}  // namespace

http_answer day_desk::insist(const std::stop_token& stop, const char* verb, const std::string& path,
                             const std::string& body, const std::string& key,
                             const char* type) const {
  const http_headers headers{{"Authorization", "Bearer " + session_},
                             {"Content-Type", type},
                             {"Idempotency-Key", fmt::format("day-{}-{}", seed_, key)}};
  http_answer answer;
  const bool ended = eventually(
      [&] {
        if (stop.stop_requested()) return true;
        answer = fetch(port_, verb, "/api/v1" + path, body, headers);
        return answer.status >= 200 && answer.status < 500 && answer.status != 429;
      },
      120s, 20ms);
  return ended && !stop.stop_requested() ? answer : http_answer{};
}

day_staff::day_staff(const fixtures::temporary_database& db, const day_desk& desk,
                     const day_plan& plan)
    : db_(db), desk_(desk), plan_(plan), random_(plan.seed ^ 0x7374616666ULL) {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

std::vector<day_deed> day_staff::wait() {
  if (thread_.joinable()) thread_.join();
  return done_;
}

std::vector<std::string> day_staff::tickets() const {
  return rows_of(db_, "SELECT uid FROM tickets WHERE chat_id IS NOT NULL ORDER BY id");
}

/// The n-th; every kind has its turn.
deed day_staff::choose(int number) {
  constexpr int round = 16;
  switch (number % round) {
    case 3:
      return deed::photo;
    case 6:
      return deed::edit;
    case 9:
      return deed::erase;
    case 12:
      return deed::react;
    default:
      return deed::text;
  }
}

bool day_staff::is_done(const day_deed& d, const http_answer& answer, unsigned status) {
  if (answer.status == status) return true;
  // What cannot be changed now is left as it is.
  const bool may_be = is_passing(answer) || answer.body.find("not_sent") != std::string::npos;
  if (answer.status != 0 && !may_be)
    refusals_.push_back(fmt::format("{}: {} {}", d.number, answer.status, answer.body));
  return false;
}

std::string day_staff::upload(const std::stop_token& stop, const day_deed& d) {
  const http_answer made = desk_.insist(
      stop, "POST", fmt::format("/tickets/{}/attachments?name=photo{}.jpg", d.ticket, d.number),
      peers::media_bytes(peers::content::image, d.text), fmt::format("{}-file", d.number),
      "application/octet-stream");
  if (!is_done(d, made, 201)) return "";
  const auto body = json::parse(made.body);
  const auto* files = body ? json::at(*body, "data", "attachments") : nullptr;
  return files != nullptr && files->IsArray() && files->Size() == 1
             ? std::string(json::text((*files)[0], "id"))
             : "";
}

/// A message in words or a photo.
bool day_staff::write(const std::stop_token& stop, day_deed& d) {
  // A few tickets are talked about much, so that their order can be wrong.
  const std::size_t few = std::min<std::size_t>(known_.size(), 12);
  d.ticket = random_.percent(40) ? known_[random_.below(few)] : random_.pick(known_);
  d.text = fmt::format("say {} number {}", d.ticket, d.number);
  std::string body = fmt::format(R"({{"text":"{}"}})", d.text);
  if (d.what == deed::photo) {
    const std::string file = upload(stop, d);
    if (file.empty()) return false;
    body = fmt::format(R"({{"attachment_id":"{}","caption":"{}"}})", file, d.text);
  }
  const http_answer made = desk_.insist(stop, "POST", "/tickets/" + d.ticket + "/messages", body,
                                        fmt::format("{}", d.number));
  d.id = d.send_id = field_of(made, "id");
  return is_done(d, made, 201);
}

/// A text of some time ago is put right or taken back.
bool day_staff::change(const std::stop_token& stop, day_deed& d) {
  std::vector<const day_deed*> texts;
  for (auto at = done_.rbegin(); at != done_.rend() && texts.size() < 25; ++at)
    if (at->what == deed::text && !changed_.contains(at->id)) texts.push_back(&*at);
  if (texts.empty()) return false;
  const day_deed& about = *random_.pick(texts);
  d.ticket = about.ticket;
  d.id = about.id;
  changed_.insert(d.id);
  const bool edits = d.what == deed::edit;
  d.text = edits ? about.text + ", better" : "";
  http_answer answer;
  // It is on its way for a moment only, unless nobody knows whether it left.
  eventually(
      [&] {
        answer = desk_.insist(stop, edits ? "PATCH" : "DELETE",
                              fmt::format("/tickets/{}/messages/{}", d.ticket, d.id),
                              edits ? fmt::format(R"({{"text":"{}"}})", d.text) : "",
                              fmt::format("{}", d.number));
        return !is_passing(answer);
      },
      400ms, 20ms);
  d.send_id = field_of(answer, "send_id");
  return is_done(d, answer, 200);
}

bool day_staff::react(const std::stop_token& stop, day_deed& d) {
  d.ticket = random_.pick(known_);
  const auto found = rows_of(
      db_, fmt::format("SELECT m.id || ' ' || m.ext_id FROM messages m JOIN tickets t ON t.id ="
                       " m.ticket_id WHERE t.uid = '{}' AND NOT m.outbound ORDER BY m.id LIMIT 1",
                       d.ticket));
  if (found.empty()) return false;
  d.id = found.front().substr(0, found.front().find(' '));
  d.target = found.front().substr(d.id.size() + 1);
  if (!changed_.insert(d.id).second) return false;
  d.text = "✅";
  const http_answer answer =
      desk_.insist(stop, "POST", fmt::format("/tickets/{}/messages/{}/reaction", d.ticket, d.id),
                   fmt::format(R"({{"emoji":"{}"}})", d.text), fmt::format("{}", d.number));
  d.send_id = field_of(answer, "send_id");
  return is_done(d, answer, 200);
}

void day_staff::run(const std::stop_token& stop) {
  const auto begin = steady_clock::now();
  for (int n = 0; n < plan_.deeds; ++n) {
    if (!rest(stop, due(begin, plan_.seconds, n, plan_.deeds))) return;
    if (n % 20 == 0)
      if (auto now = tickets(); !now.empty()) known_ = std::move(now);
    const bool begun = eventually([&] {
      if (known_.empty()) known_ = tickets();
      return stop.stop_requested() || !known_.empty();
    });
    if (!begun || stop.stop_requested()) return;
    day_deed d;
    d.number = n;
    d.what = choose(n);
    const bool writes = d.what == deed::text || d.what == deed::photo;
    const bool done = writes                  ? write(stop, d)
                      : d.what == deed::react ? react(stop, d)
                                              : change(stop, d);
    if (stop.stop_requested()) return;
    if (done) done_.push_back(std::move(d));
    ++count_;
  }
}

}  // namespace fibrehub::e2e
