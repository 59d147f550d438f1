// Deliveries and answers, read and asked by path: `read(body)["message.media.state"]`.
#pragma once

#include <fmt/format.h>

#include <charconv>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "channels/waha/answers/answer.hpp"
#include "channels/waha/events/event_json.hpp"
#include "channels/waha/events/json_out.hpp"
#include "channels/waha/events/read_event.hpp"
#include "protocols/json/parse.hpp"

namespace fibrehub::channels::waha {

/// JSON that was written, to be asked: "-" where there is nothing.
class written {
 public:
  explicit written(std::string text) : text_(std::move(text)) {
    if (auto doc = protocols::json::parse(text_)) doc_ = std::move(*doc);
  }
  /// Texts as they are, everything else as JSON.
  std::string operator[](std::string_view path) const {
    const protocols::json::value* v = &doc_;
    while (v && !path.empty()) {
      const std::string_view step = path.substr(0, path.find('.'));
      path.remove_prefix(std::min(step.size() + 1, path.size()));
      v = v->IsArray() ? element(*v, step) : protocols::json::find(*v, step);
    }
    if (!v) return "-";
    return v->IsString() ? std::string(v->GetString(), v->GetStringLength())
                         : protocols::json::to_text(*v);
  }
  const std::string& text() const { return text_; }

 private:
  static const protocols::json::value* element(const protocols::json::value& list,
                                               std::string_view step) {
    unsigned at = 0;
    std::from_chars(step.data(), step.data() + step.size(), at);
    return at < list.Size() ? &list[at] : nullptr;
  }
  std::string text_;
  protocols::json::document doc_;
};

/// What a delivery says, or {"problem": "payload.id is missing"}.
inline written read(const std::string& body) {
  const auto doc = protocols::json::parse(body);
  if (!doc) return written(R"({"problem":"no JSON"})");
  notes left_out;
  const auto event = read_event(*doc, body, left_out);
  if (event) return written(to_json(*event, left_out));
  json_out out;
  out.object([&] { out.text("problem", event.error().field + " " + event.error().reason); });
  return written(out.take());
}

inline written read_reply(const std::string& body, call_context context = {}) {
  notes left_out;
  if (body.empty()) return written(to_json(read_answer(nullptr, context, left_out), left_out));
  const auto doc = protocols::json::parse(body);
  if (!doc) return written(R"({"problem":"no JSON"})");
  return written(to_json(read_answer(&*doc, std::move(context), left_out), left_out));
}

/// A delivery as the engine would wrap it.
inline std::string wrapped(std::string_view event, std::string_view payload,
                           std::string_view engine = "NOWEB") {
  // GOWS leaves the engine out of the envelope.
  const std::string outer = engine == "GOWS" ? "" : fmt::format(R"("engine":"{}",)", engine);
  return fmt::format(
      R"({{"id":"evt_1","timestamp":1795224317366,"event":"{}","session":"default",{})"
      R"("me":{{"id":"27820000001@c.us","pushName":"Desk","lid":"111@lid"}},)"
      R"("environment":{{"version":"2026.2.1","engine":"{}","tier":"CORE"}},"payload":{}}})",
      event, outer, engine, payload);
}

/// Rows of a file under tests/data/waha.
inline std::vector<protocols::json::document> rows_of(std::string_view file) {
  std::vector<protocols::json::document> out;
  std::ifstream in(fmt::format("{}/tests/data/waha/{}", FIBREHUB_SOURCE_DIR, file));
  std::string line;
  while (std::getline(in, line))
    out.push_back(protocols::json::parse(line).value());
  return out;
}

/// What a table expects at one path.
struct expected_value {
  std::string_view path;
  std::string value;
};

}  // namespace fibrehub::channels::waha
