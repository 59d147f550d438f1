// The files of WhatsApp messages, by message: also of those that belong to no ticket.
#include <charconv>

#include "store/wa/media.hpp"
#include "web/api/backend.hpp"
#include "web/api/file_answer.hpp"
#include "web/api/parameters.hpp"
#include "web/api/routes.hpp"

namespace fibrehub::web::api {
namespace {

namespace asio = boost::asio;

asio::awaitable<response> download(backend& b, attachment_desk& desk, const request_context& ctx,
                                   stream_writer& out) {
  store::find_media ask;
  // The routing table has checked that it is a number.
  const std::string_view text = ctx.path_value("message_id");
  std::from_chars(text.data(), text.data() + text.size(), ask.message_id);
  ask.by = ctx.caller->who;
  auto found = co_await b.read(std::move(ask));
  if (!found && found.error().code == store::errc::not_found)
    co_return failure(ctx, 404, "not_found",
                      "There is no file of such a message, or it is not yours to see.");
  if (!found) co_return from_store_error(ctx, found.error());
  response answer = co_await file_answer(desk, ctx, *found, out);
  co_return answer;
}

}  // namespace

std::vector<route> wa_media_routes(backend& b, attachment_desk& desk) {
  route r;
  r.verb = method::get;
  r.path = "/api/v1/wa-bridge/media/{message_id}";
  r.aliases = {"/api/wa-bridge/media/{message_id}"};
  r.operation_id = "getMessageMedia";
  r.summary = "The file that came with a WhatsApp message";
  r.description =
      "By the message's `id`, whether it belongs to a ticket or not; once `media.state` is kept. "
      "Always as a download; the ETag is the SHA-256 of the bytes. Messages without a ticket are "
      "for those who see all tickets. A file whose attachment was deleted is not handed out.";
  r.tag = "wa-bridge";
  r.auth = allowed_to(domain::permission::read_internal_notes);
  parameter id = number("message_id", 1, std::numeric_limits<std::int64_t>::max(),
                        "The hub's id of the message.");
  id.in = place::path;
  id.required = true;
  r.parameters = {std::move(id)};
  r.answers = {{200, "The bytes",
                R"({"type":"string","contentMediaType":"application/octet-stream"})", "*/*", false},
               {304, "If-None-Match names it: you have it", ""},
               {404, "No such file, or not yours to see", ""}};
  r.stream = [&b, &desk](request_context& ctx, stream_writer& out) {
    return download(b, desk, ctx, out);
  };
  return {std::move(r)};
}

}  // namespace fibrehub::web::api
