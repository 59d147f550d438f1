#include "app/waha_parse.hpp"

#include <fmt/format.h>
#include <rapidjson/prettywriter.h>

#include "channels/waha/answers/answer.hpp"
#include "channels/waha/events/event_json.hpp"
#include "channels/waha/events/read_event.hpp"

namespace fibrehub::app {
namespace {

namespace json = protocols::json;
namespace waha = channels::waha;

constexpr int first_failing_status = 300;

std::string not_json(const json::parse_error& error) {
  return fmt::format("byte {}: {}", error.offset, error.message);
}

std::string line_of(const waha::problem& problem) {
  return problem.field.empty() ? problem.reason
                               : fmt::format("{} {}", problem.field, problem.reason);
}

bool has_failed(const waha::call_context& context) {
  return context.status && *context.status >= first_failing_status;
}

/// A failed call whose body tells nothing.
std::string failed_answer(std::string_view shape, const waha::call_context& context) {
  waha::answer out;
  out.status = context.status;
  out.failed = waha::failure_without_body(shape, context);
  return waha::to_json(out, {});
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

std::string too_large() {
  return fmt::format("the body is larger than {} bytes", waha::max_delivery_bytes);
}

}  // namespace

tl::expected<std::string, std::string> parse_waha_delivery(std::string_view body) {
  if (body.size() > waha::max_delivery_bytes) return tl::unexpected(too_large());
  const auto doc = json::parse(body);
  if (!doc) return tl::unexpected(not_json(doc.error()));
  waha::notes left_out;
  const auto event = waha::read_event(*doc, body, left_out);
  if (!event) return tl::unexpected(line_of(event.error()));
  return waha::to_json(*event, left_out);
}

tl::expected<std::string, std::string> parse_waha_answer(std::string_view body,
                                                         const waha::call_context& context) {
  waha::notes left_out;
  if (is_blank(body)) return waha::to_json(waha::read_answer(nullptr, context, left_out), left_out);
  if (body.size() > waha::max_delivery_bytes) {
    // A failed call of 40 MB is answered with its own 40 MB.
    if (has_failed(context)) return failed_answer("oversize", context);
    return tl::unexpected(too_large());
  }
  const auto doc = json::parse(body);
  if (!doc && has_failed(context)) return failed_answer("not_json", context);
  if (!doc) return tl::unexpected(not_json(doc.error()));
  return waha::to_json(waha::read_answer(&*doc, context, left_out), left_out);
}

std::string indented(const std::string& json) {
  const auto doc = json::parse(json, 2 * json::max_depth);
  if (!doc) return json;
  rapidjson::StringBuffer buffer;
  rapidjson::PrettyWriter<rapidjson::StringBuffer> writer(buffer);
  writer.SetIndent(' ', 2);
  doc->Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace fibrehub::app
