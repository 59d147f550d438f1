#include "web/attachment_desk.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "actors/blocking_pool.hpp"
#include "protocols/files/file_checks.hpp"
#include "protocols/files/file_name.hpp"
#include "protocols/multipart.hpp"
#include "web/upload_spool.hpp"

namespace fibrehub::web {
namespace {

namespace files = protocols::files;

constexpr std::size_t pool_threads = 2;
// Uploads have a bound of their own below this; the rest is for opening downloads.
constexpr std::size_t pool_jobs = 64;
constexpr std::size_t max_old_files = 10'000;

struct checked_file {
  std::string name;
  std::string_view content;
  files::file_kind kind{};
};

unsigned status_of(files::refusal_code code) {
  switch (code) {
    case files::refusal_code::too_large:
    case files::refusal_code::too_many_pixels:
    case files::refusal_code::unpacks_too_large:
      return 413;
    case files::refusal_code::type_not_allowed:
    case files::refusal_code::wrong_content:
    case files::refusal_code::encrypted:
    case files::refusal_code::macros:
      return 415;
    case files::refusal_code::unavailable:
      return 503;
    case files::refusal_code::empty:
    case files::refusal_code::damaged:
    case files::refusal_code::unsafe_entries:
      break;
  }
  return 400;
}

tl::unexpected<upload_refusal> refuse(unsigned status, std::string code, std::string message) {
  return tl::unexpected(upload_refusal{status, std::move(code), std::move(message)});
}

/// One that cannot be kept because of the disk; the sender can only come again.
tl::unexpected<upload_refusal> disk_failure(const store::blob_error& why) {
  spdlog::error("attachments: {}", why.message);
  if (why.code == store::blob_errc::too_large) return refuse(413, "too_large", why.message);
  return refuse(503, "unavailable",
                why.code == store::blob_errc::disk_full
                    ? "there is no room for files at the moment; try again later"
                    : "the file could not be stored; try again later");
}

/// The files of a form. A form's field without a file is a mistake, an empty choice is not.
tl::expected<std::vector<checked_file>, upload_refusal> files_of_form(const upload& what,
                                                                      std::string_view body) {
  const auto boundary = protocols::multipart_boundary(what.content_type);
  if (!boundary)
    return refuse(400, "malformed_form", "Content-Type names no boundary, or one that cannot be");
  const auto parts =
      protocols::parse_multipart(body, *boundary, {attachment_desk::max_files_per_upload});
  if (!parts)
    return refuse(400, "malformed_form",
                  fmt::format("the form is malformed: {} (byte {})", parts.error().message,
                              parts.error().offset));
  std::vector<checked_file> out;
  for (const protocols::multipart_part& p : *parts) {
    if (!p.file_name)
      return refuse(400, "unknown_field",
                    "the form has a field that is no file; send files only, each with a filename");
    if (p.file_name->empty() && p.content.empty()) continue;
    out.push_back({files::clean_file_name(*p.file_name), p.content});
  }
  if (out.empty()) return refuse(400, "no_file", "the form has no file in it");
  return out;
}

}  // namespace

attachment_desk::attachment_desk(std::string folder)
    : folder_(std::move(folder)),
      pool_(std::make_unique<actors::blocking_pool>(pool_threads, pool_jobs)) {}

attachment_desk::~attachment_desk() = default;

tl::expected<void, std::string> attachment_desk::open() {
  auto opened = store::blob_store::open(folder_);
  if (!opened) return tl::unexpected("attachments.folder: " + opened.error().message);
  blobs_.emplace(std::move(*opened));
  return {};
}

void attachment_desk::stop() {
  pool_->stop();
}

std::shared_ptr<void> attachment_desk::begin_upload() {
  if (uploads_->fetch_add(1) >= max_uploads) {
    uploads_->fetch_sub(1);
    return nullptr;
  }
  return {static_cast<void*>(uploads_.get()), [count = uploads_](void*) { count->fetch_sub(1); }};
}

std::shared_ptr<body_sink> attachment_desk::spool() {
  return std::make_shared<upload_spool>(
      *blobs_, *pool_,
      static_cast<std::uint64_t>(store::max_attachment_bytes) + max_form_overhead_bytes);
}

tl::expected<std::vector<store::new_attachment>, upload_refusal> attachment_desk::keep(
    const upload& what) const {
  const auto body = what.body ? what.body->content() : std::string_view{};
  if (!body) return disk_failure(body.error());
  std::vector<checked_file> all;
  const bool form = protocols::is_multipart_form(what.content_type);
  if (form) {
    auto found = files_of_form(what, *body);
    if (!found) return tl::unexpected(std::move(found.error()));
    all = std::move(*found);
  } else {
    all.push_back({files::clean_file_name(what.name), *body});
  }
  files::check_limits limits;
  limits.max_bytes = static_cast<std::uint64_t>(store::max_attachment_bytes);
  for (checked_file& f : all) {
    const auto kind = files::check_file(f.content, f.name, limits);
    if (!kind)
      return tl::unexpected(upload_refusal{status_of(kind.error().code),
                                           std::string(files::name_of(kind.error().code)),
                                           kind.error().message,
                                           {{f.name, kind.error().message}}});
    f.kind = *kind;
  }
  std::vector<store::new_attachment> out;
  for (const checked_file& f : all) {
    auto stored = form ? keep_bytes(f.content) : what.body->commit();
    if (!stored) return disk_failure(stored.error());
    out.push_back({stored->sha256, f.name, std::string(files::content_type_of(f.kind)),
                   static_cast<std::int64_t>(stored->size_bytes)});
  }
  return out;
}

store::blob_result<store::stored_blob> attachment_desk::keep_bytes(std::string_view content) const {
  auto draft = blobs_->begin(content.size());
  if (!draft) return tl::unexpected(draft.error());
  if (auto written = draft->write(content); !written) return tl::unexpected(written.error());
  return draft->commit();
}

store::blob_result<store::blob_file> attachment_desk::open_file(
    const std::string& sha256_hex) const {
  return blobs_->open_blob(sha256_hex);
}

store::blob_result<std::vector<std::string>> attachment_desk::old_files(
    store::blob_store::time until) const {
  return blobs_->put_before(until, max_old_files);
}

std::size_t attachment_desk::remove(const std::vector<std::string>& sha256_hex,
                                    store::blob_store::time until) const {
  std::size_t removed = 0;
  for (const std::string& hash : sha256_hex) {
    const auto done = blobs_->remove_put_before(hash, until);
    if (!done) spdlog::warn("attachments: {}", done.error().message);
    if (done && *done) ++removed;
  }
  return removed;
}

}  // namespace fibrehub::web
