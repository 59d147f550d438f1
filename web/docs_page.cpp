#include "web/docs_page.hpp"

#include <algorithm>

#include "web/docs_asset.hpp"

namespace fibrehub::web {
namespace {

namespace asio = boost::asio;

/// `data:` is for the icons inside Swagger UI's style sheet.
constexpr const char* page_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What one slow reader can keep in memory.
constexpr std::size_t piece_bytes = std::size_t{64} * 1024;

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// Calls `f` with each element of a comma-separated list until it says true.
template <class F>
bool any_element(std::string_view list, F f) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    if (f(trimmed(list.substr(0, comma)))) return true;
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  return false;
}

/// `;q=0`, `;q=0.000`: not wanted at all.
bool is_refused(std::string_view parameters) {
  const auto q = parameters.find("q=");
  return q != std::string_view::npos &&
         parameters.find_first_not_of("0. \t", q + 2) == std::string_view::npos;
}

asio::awaitable<response> send_asset(const docs_asset& asset, const request_context& ctx,
                                     stream_writer& out) {
  const bool is_page = asset.name.empty();
  response head;
  head.content_type = asset.content_type;
  head.headers = {{"ETag", std::string{asset.etag}},
                  {"Vary", "Accept-Encoding"},
                  {"Cache-Control", is_page ? "no-cache" : "public, max-age=31536000, immutable"}};
  if (is_page) head.headers.emplace_back("Content-Security-Policy", page_policy);
  if (names_tag(ctx.header("if-none-match"), asset.etag)) {
    head.status = 304;
    co_return head;
  }
  std::string_view rest = asset.plain;
  if (accepts_gzip(ctx.header("accept-encoding"))) {
    head.headers.emplace_back("Content-Encoding", "gzip");
    rest = asset.gzipped;
  }
  if (rest.size() <= piece_bytes) {
    head.body = rest;
    co_return head;
  }
  bool open = co_await out.start(head);
  while (open && !rest.empty()) {
    open = co_await out.write(std::string{rest.substr(0, piece_bytes)});
    rest.remove_prefix(std::min(rest.size(), piece_bytes));
  }
  co_return response{};
}

asio::awaitable<response> send_named(request_context& ctx, stream_writer& out) {
  const std::string_view name = ctx.path_value("file");
  for (const docs_asset& asset : docs_assets())
    if (!asset.name.empty() && asset.name == name) co_return co_await send_asset(asset, ctx, out);
  co_return failure(ctx, 404, "not_found", "the page at /docs has no such file");
}

asio::awaitable<response> send_page(request_context& ctx, stream_writer& out) {
  for (const docs_asset& asset : docs_assets())
    if (asset.name.empty()) co_return co_await send_asset(asset, ctx, out);
  co_return failure(ctx, 404, "not_found", "this program was built without the page");
}

}  // namespace

bool accepts_gzip(std::string_view accept_encoding) {
  bool named = false;
  bool wanted = false;
  bool anything = false;
  any_element(accept_encoding, [&](std::string_view element) {
    const auto semicolon = element.find(';');
    const std::string_view coding = trimmed(element.substr(0, semicolon));
    const bool ok =
        semicolon == std::string_view::npos || !is_refused(element.substr(semicolon + 1));
    if (same_name(coding, "gzip") || same_name(coding, "x-gzip")) {
      named = true;
      wanted = wanted || ok;
    } else if (coding == "*") {
      anything = ok;
    }
    return false;
  });
  return named ? wanted : anything;
}

bool names_tag(std::string_view if_none_match, std::string_view etag) {
  const auto opaque = [](std::string_view tag) {
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    return tag;
  };
  return any_element(if_none_match, [&](std::string_view element) {
    return element == "*" || opaque(element) == opaque(etag);
  });
}

std::vector<route> docs_routes() {
  route page;
  page.path = "/docs";
  page.operation_id = "docs";
  page.summary = "This description as a page";
  page.tag = "meta";
  page.answers = {
      {200, "The page", R"({"type":"string","examples":["<!doctype html>…"]})", "text/html", false},
      {304, "Unchanged since the answer with that ETag", "", "", false}};
  page.stream = send_page;

  route file;
  file.path = "/docs/{file}";
  file.operation_id = "docs_file";
  file.summary = "A script, style sheet or text of that page";
  file.tag = "meta";
  parameter name;
  name.name = "file";
  name.in = place::path;
  name.text = "As the page names it, with a hash of the content.";
  name.required = true;
  name.max = 100;
  file.parameters = {std::move(name)};
  file.answers = {{200, "The file", "", "", false},
                  {304, "Unchanged since the answer with that ETag", "", "", false}};
  file.stream = send_named;
  std::vector<route> out;
  out.push_back(std::move(page));
  out.push_back(std::move(file));
  return out;
}

}  // namespace fibrehub::web
