// Texts with blanks for what is often written.
#include "domain/wa_template.hpp"
#include "store/sends/templates.hpp"
#include "web/api/backend.hpp"
#include "web/api/json.hpp"
#include "web/api/message_bodies.hpp"
#include "web/api/page_answer.hpp"
#include "web/api/parameters.hpp"
#include "web/api/resource_route.hpp"
#include "web/api/routes.hpp"

namespace fibrehub::web::api {
namespace {

namespace asio = boost::asio;

using p = domain::permission;

void write_template(json_writer& w, const store::template_view& v) {
  const std::string json = store::template_json(v);
  w.RawValue(json.data(), json.size(), rapidjson::kObjectType);
}

/// What may stand in them.
void write_variables(json_writer& w, const store::template_page&) {
  w.Key("variables");
  w.StartArray();
  for (const domain::template_variable& v : domain::template_variables()) {
    w.StartObject();
    text_field(w, "name", v.name);
    text_field(w, "text", v.text);
    w.Key("of_ticket");
    w.Bool(v.of_ticket);
    w.EndObject();
  }
  w.EndArray();
}

asio::awaitable<response> list(backend& b, const request_context& ctx) {
  store::list_templates ask;
  ask.name = ctx.query("name").value_or("");
  response out =
      co_await page_answer(b, ctx, std::move(ask), "templates", write_template, write_variables);
  co_return out;
}

asio::awaitable<response> one(backend& b, const request_context& ctx) {
  store::get_template ask;
  ask.id = path_id(ctx);
  auto found = co_await b.read(ask);
  if (!found) co_return from_store_error(ctx, found.error());
  co_return success_json(store::template_json(*found));
}

asio::awaitable<response> create(backend& b, const request_context& ctx) {
  body_reader body(ctx);
  store::create_template request;
  request.name = body.required_text("name", 100);
  request.language = body.required_text("language", 10);
  request.text = body.required_text("text", domain::max_message_characters);
  if (auto no = body.refusal(ctx)) co_return std::move(*no);
  response out = co_await b.change(ctx, std::move(request));
  co_return out;
}

asio::awaitable<response> edit(backend& b, const request_context& ctx) {
  body_reader body(ctx);
  store::edit_template request;
  request.id = path_id(ctx);
  request.name = body.text("name", 100);
  request.language = body.text("language", 10);
  request.text = body.text("text", domain::max_message_characters);
  if (const auto version = body.integer("version", 1, 2'000'000'000))
    request.version = static_cast<std::int32_t>(*version);
  if (auto no = body.refusal(ctx)) co_return std::move(*no);
  response out = co_await b.change(ctx, std::move(request));
  co_return out;
}

asio::awaitable<response> remove(backend& b, const request_context& ctx) {
  store::delete_template request;
  request.id = path_id(ctx);
  response out = co_await b.change(ctx, request);
  co_return out;
}

asio::awaitable<response> preview(backend& b, const request_context& ctx) {
  body_reader body(ctx);
  store::preview_template ask;
  ask.by = ctx.caller->who;
  ask.ticket_uid = body.required_text("ticket_uid", 40);
  ask.name = body.text("template", 100).value_or("");
  ask.language = body.text("language", 10).value_or("");
  ask.text = body.text("text", domain::max_message_characters);
  ask.variables = variables_in(body);
  if (ask.text.has_value() == !ask.name.empty() && body.problems().empty())
    body.complain("template", "is required, or text; not both");
  if (auto no = body.refusal(ctx)) co_return std::move(*no);
  auto found = co_await b.read(std::move(ask));
  if (!found) co_return from_store_error(ctx, found.error());
  if (!*found) co_return from_store_error(ctx, found->error());
  co_return success([&](json_writer& w) {
    w.StartObject();
    text_field(w, "text", (*found)->text);
    w.EndObject();
  });
}

route make(backend& b, method verb, const std::string& path, const char* id, const char* summary,
           p needs, const char* body, std::vector<answer_description> answers,
           resource_action run) {
  route r = resource_route(b, verb, "/wa-bridge/templates" + path, id, summary, "wa-bridge",
                           allowed_to(needs), run);
  if (path == "/{id}") r.parameters = {path_id_parameter("The template's id.")};
  if (*body) r.body = body_description{body, "application/json", true, ""};
  r.answers = std::move(answers);
  return r;
}

}  // namespace

std::vector<route> wa_template_routes(backend& b) {
  const answer_description missing{404, "No such template", ""};
  const answer_description clash{
      409, "There is one of this name and language, or it was changed meanwhile", ""};
  const answer_description wrong{400, "A field is wrong; of a text with its line and column", ""};
  route all = make(b, method::get, "", "listTemplates", "Templates of messages, newest first",
                   p::send_message, "",
                   {{200, "A page of them, and what may stand in one", "TemplatePage"}}, list);
  all.parameters = {words("name", "Only those of this name.", 100), page_limit(), page_cursor()};
  route shown =
      make(b, method::post, "/preview", "previewTemplate",
           "What a message would say, without sending it", p::send_message, "TemplatePreview",
           {{200, "The text", "PreviewedText"},
            wrong,
            {404, "No such ticket, or not yours to see", ""},
            {422, "Neither the ticket nor the request gives a value; details name it", ""}},
           preview);
  shown.no_key = "previewing changes nothing";
  return {std::move(all),
          std::move(shown),
          make(b, method::post, "", "createTemplate", "Keep a text with blanks under a name",
               p::manage_rules, "NewTemplate", {{201, "Kept", "Template"}, wrong, clash}, create),
          make(b, method::get, "/{id}", "getTemplate", "One template", p::send_message, "",
               {{200, "The template", "Template"}, missing}, one),
          make(b, method::patch, "/{id}", "editTemplate", "Change a template", p::manage_rules,
               "TemplateEdit",
               {{200, "The template as it is now", "Template"}, wrong, missing, clash}, edit),
          make(b, method::delete_, "/{id}", "deleteTemplate",
               "Delete a template; what was sent with it stays", p::manage_rules, "",
               {{200, "Deleted", "DeletedTemplate"}, missing}, remove)};
}

}  // namespace fibrehub::web::api
