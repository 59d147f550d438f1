// Files of tickets: sent as a form or as they are, fetched in pieces, taken away again.
#include <fmt/format.h>

#include <charconv>

#include "actors/blocking_pool.hpp"
#include "protocols/multipart.hpp"
#include "store/attachments/attachments.hpp"
#include "web/api/backend.hpp"
#include "web/api/file_answer.hpp"
#include "web/api/parameters.hpp"
#include "web/api/routes.hpp"
#include "web/api/ticket_answers.hpp"
#include "web/attachment_desk.hpp"
#include "web/upload_spool.hpp"

namespace fibrehub::web::api {
namespace {

namespace asio = boost::asio;

constexpr const char* retry_after_s = "5";

response with_retry(response r) {
  if (r.status == 503) r.headers.emplace_back("Retry-After", retry_after_s);
  return r;
}

response refused(const request_context& ctx, const upload_refusal& why) {
  std::vector<field_problem> details;
  for (const auto& [file, reason] : why.problems)
    details.push_back({file, reason});
  return with_retry(failure(ctx, why.status, why.code, why.message, details));
}

/// Stands for the files where a repeated request is told from another one.
std::string digest_of(const std::vector<store::new_attachment>& files) {
  std::string out;
  for (const store::new_attachment& f : files)
    out += fmt::format("{} {}\n", f.sha256_hex, f.name);
  return out;
}

/// The rows, now that the bytes are on the disk.
asio::awaitable<response> record(backend& b, const request_context& ctx,
                                 std::vector<store::new_attachment> files) {
  auto origin = origin_of(ctx);
  if (!origin) co_return std::move(origin.error());
  store::add_attachments request;
  request.ticket_uid = ctx.path_value("uid");
  request.files = std::move(files);
  auto done = co_await b.write(std::move(*origin), std::move(request));
  if (!done && done.error().reason == "ticket_full")
    co_return failure(ctx, 413, done.error().reason, done.error().message);
  co_return answer_of(ctx, done);
}

asio::awaitable<response> add(backend& b, attachment_desk& desk, request_context& ctx) {
  upload what;
  what.content_type = ctx.header("content-type");
  what.name = ctx.query("name").value_or("");
  if (what.name.empty() && !protocols::is_multipart_form(what.content_type))
    co_return invalid_field(ctx, "name", "is required for a file that is not sent as a form");
  what.body = std::static_pointer_cast<upload_spool>(std::exchange(ctx.sink, nullptr));
  store::get_ticket_load ask;
  ask.uid = ctx.path_value("uid");
  ask.by = ctx.caller->who;
  auto there = co_await b.read(std::move(ask));
  if (!there && there.error().code == store::errc::not_found) co_return no_such_ticket(ctx);
  if (!there) co_return from_store_error(ctx, there.error());
  // Named, because GCC 12 destroys a temporary with such captures twice around a co_await.
  auto check = [&desk, what = std::move(what)] { return desk.keep(what); };
  auto kept = co_await desk.pool().run(std::move(check));
  if (!kept) co_return from_store_error(ctx, kept.error());
  if (!*kept) co_return refused(ctx, kept->error());
  ctx.body = digest_of(**kept);
  response out = co_await record(b, ctx, std::move(**kept));
  co_return out;
}

/// What the path says; the routing table has checked that it is a number.
std::int64_t id_in(const request_context& ctx) {
  const std::string_view text = ctx.path_value("id");
  std::int64_t id = 0;
  std::from_chars(text.data(), text.data() + text.size(), id);
  return id;
}

response no_such_attachment(const request_context& ctx) {
  return failure(ctx, 404, "not_found", "There is no such attachment, or it is not yours to see.");
}

asio::awaitable<response> download(backend& b, attachment_desk& desk, const request_context& ctx,
                                   stream_writer& out) {
  store::find_attachment ask;
  ask.id = id_in(ctx);
  ask.by = ctx.caller->who;
  auto found = co_await b.read(std::move(ask));
  if (!found && found.error().code == store::errc::not_found) co_return no_such_attachment(ctx);
  if (!found) co_return from_store_error(ctx, found.error());
  response answer = co_await file_answer(desk, ctx, *found, out);
  co_return answer;
}

asio::awaitable<response> take_away(backend& b, const request_context& ctx) {
  store::delete_attachment request;
  request.id = id_in(ctx);
  response out = co_await b.change(ctx, request);
  co_return out;
}

parameter attachment_id() {
  parameter p = number("id", 1, std::numeric_limits<std::int64_t>::max(), "The attachment's id.");
  p.in = place::path;
  p.required = true;
  return p;
}

route one(method verb, std::string id, std::string summary, domain::permission needs) {
  route r;
  r.verb = verb;
  r.path = "/api/v1/attachments/{id}";
  r.aliases = {"/api/attachments/{id}"};
  r.operation_id = std::move(id);
  r.summary = std::move(summary);
  r.tag = "attachments";
  r.auth = allowed_to(needs);
  r.parameters = {attachment_id()};
  return r;
}

route add_route(backend& b, attachment_desk& desk) {
  route r;
  r.verb = method::post;
  r.path = "/api/v1/tickets/{uid}/attachments";
  r.aliases = {"/api/tickets/{uid}/attachments"};
  r.operation_id = "addAttachments";
  r.summary = "Attach files to a ticket";
  r.description =
      "Either a form with one or more files, or one file as the body with its name in `name`. "
      "JPG, PNG, PDF, DOCX, XLSX, MP4 and OGG, told by their content; 10 MB in all at a time, "
      "50 MB a ticket. All files of a request are kept, or none.";
  r.tag = "attachments";
  r.auth = allowed_to(domain::permission::attach_file);
  r.body_limit_bytes = static_cast<std::size_t>(store::max_attachment_bytes) +
                       attachment_desk::max_form_overhead_bytes;
  parameter name = words("name", "The file's name, when it is not sent as a form.", 255);
  r.parameters = {ticket_uid(), std::move(name)};
  r.body = body_description{
      R"({"type":"object","properties":{"file":{"type":"array","items":{"type":"string","contentMediaType":"application/octet-stream"}}}})",
      "multipart/form-data", true, "The file, or a form with files under any field names"};
  r.body->others = {{"*/*", ""}};
  r.answers = {{201, "Kept", "AddedAttachments"},
               {400, "The form is malformed, or a file is empty or damaged; details name it", ""},
               {404, "No such ticket, or not yours to see", ""},
               {413, "A file, or the ticket with it, would be too large", ""},
               {415, "A file of a kind that is not taken, or not what its name says", ""}};
  r.reserve = [&desk](const request_context& ctx) -> reservation {
    if (auto place = desk.begin_upload()) return place;
    return tl::unexpected(with_retry(
        failure(ctx, 503, "overloaded",
                fmt::format("{} files are being received already; try again after a pause",
                            attachment_desk::max_uploads))));
  };
  r.spool = [&desk](const request_context&) { return desk.spool(); };
  r.handle = [&b, &desk](request_context& ctx) { return add(b, desk, ctx); };
  return r;
}

}  // namespace

std::vector<route> attachment_routes(backend& b, attachment_desk& desk) {
  const answer_description missing{404, "No such attachment, or not yours to see", ""};
  route get =
      one(method::get, "getAttachment", "The file itself", domain::permission::read_tickets);
  get.description =
      "Always as a download. The ETag is the SHA-256 of the bytes; a large file comes in pieces, "
      "without its length.";
  get.answers = {
      {200, "The bytes", R"({"type":"string","contentMediaType":"application/octet-stream"})",
       "*/*", false},
      {304, "If-None-Match names it: you have it", ""},
      missing};
  get.stream = [&b, &desk](request_context& ctx, stream_writer& out) {
    return download(b, desk, ctx, out);
  };
  route gone = one(method::delete_, "deleteAttachment",
                   "Take a file from its ticket; the history goes on telling of it",
                   domain::permission::edit_ticket);
  gone.answers = {{200, "Taken away", "DeletedAttachment"}, missing};
  gone.handle = [&b](request_context& ctx) { return take_away(b, ctx); };
  return {add_route(b, desk), std::move(get), std::move(gone)};
}

}  // namespace fibrehub::web::api
