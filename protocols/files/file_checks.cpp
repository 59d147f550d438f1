#include "protocols/files/file_checks.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "protocols/files/containers.hpp"
#include "protocols/files/image_header.hpp"
#include "protocols/files/magic_type.hpp"
#include "protocols/files/zip_directory.hpp"

namespace fibrehub::protocols::files {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view accepted = "JPG, PNG, PDF, DOCX, XLSX, MP4 and OGG";

/// What libmagic may call a file of this kind; versions and writers differ.
bool is_magic_of(file_kind kind, std::string_view type) {
  const auto is_one_of = [type](std::initializer_list<std::string_view> types) {
    return std::ranges::find(types, type) != types.end();
  };
  switch (kind) {
    case file_kind::jpeg:
      return type == "image/jpeg";
    case file_kind::png:
      return is_one_of({"image/png", "image/apng", "image/vnd.mozilla.apng"});
    case file_kind::pdf:
      return type == "application/pdf";
    case file_kind::docx:
    case file_kind::xlsx:
      // By the order of its entries a document may be just a ZIP to libmagic, or even "anything"
      // (its rule for Office documents knows no type for some orders).
      return is_one_of({content_type_of(file_kind::docx), content_type_of(file_kind::xlsx),
                        "application/zip", "application/octet-stream"});
    case file_kind::mp4:
      return is_one_of({"video/mp4", "audio/mp4", "application/mp4", "video/x-m4v", "video/3gpp"});
    case file_kind::ogg:
      return is_one_of({"audio/ogg", "video/ogg", "application/ogg"});
  }
  return false;
}

bool is_zip_kind(file_kind kind) {
  return kind == file_kind::docx || kind == file_kind::xlsx;
}

/// The first bytes that this kind must have.
bool starts_as(file_kind kind, std::string_view bytes) {
  switch (kind) {
    case file_kind::jpeg:
      return bytes.starts_with("\xff\xd8\xff"sv);
    case file_kind::png:
      return bytes.starts_with("\x89PNG\r\n\x1a\n"sv);
    case file_kind::pdf:
      return bytes.starts_with("%PDF-"sv);
    case file_kind::docx:
    case file_kind::xlsx:
      return bytes.starts_with("PK\x03\x04"sv);
    case file_kind::mp4:
      return bytes.starts_with("\0\0"sv) && bytes.substr(0, 8).ends_with("ftyp"sv);
    case file_kind::ogg:
      return bytes.starts_with("OggS\0"sv);
  }
  return false;
}

/// Word and Excel put documents with a password, and those before 2007, into an OLE container.
verdict check_old_office(std::string_view bytes, file_kind kind) {
  if (!bytes.starts_with("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"sv)) return {};
  constexpr auto encrypted_package = "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0"sv;
  if (bytes.find(encrypted_package) != std::string_view::npos)
    return refuse(refusal_code::encrypted,
                  fmt::format("The {} document is protected by a password, so it cannot be "
                              "checked. Save it without a password and attach it again.",
                              name_of(kind)));
  return refuse(refusal_code::wrong_content,
                fmt::format("The document is in the format of Office before 2007. Save it as {} "
                            "and attach the new file.",
                            name_of(kind)));
}

verdict check_content(std::string_view bytes, file_kind kind) {
  if (is_zip_kind(kind))
    if (auto old = check_old_office(bytes, kind); !old) return old;
  const auto type = magic_type(bytes);
  if (!type)
    return refuse(refusal_code::unavailable,
                  "The file could not be checked because of a fault on our side. Try again later.");
  if (starts_as(kind, bytes) && is_magic_of(kind, *type)) return {};
  return refuse(refusal_code::wrong_content,
                fmt::format("The file's name says {0}, but its content is something else ({1}). "
                            "Save it as {0} and attach the new file.",
                            name_of(kind), *type));
}

verdict check_container(std::string_view bytes, file_kind kind, const check_limits& limits) {
  switch (kind) {
    case file_kind::jpeg:
      return check_jpeg(bytes, limits.max_pixels);
    case file_kind::png:
      return check_png(bytes, limits.max_pixels);
    case file_kind::pdf:
      return check_pdf(bytes);
    case file_kind::docx:
    case file_kind::xlsx:
      return check_office_package(bytes, kind, limits.unpack);
    case file_kind::mp4:
      return check_mp4(bytes);
    case file_kind::ogg:
      return check_ogg(bytes);
  }
  return refuse_damaged("The file");
}

tl::unexpected<refusal> refuse_type(std::string_view name) {
  const std::string ending = ascii_lower(ending_of(name));
  // The sentence repeats the ending only if it is a plain one.
  const bool is_plain =
      !ending.empty() && ending.size() <= 10 &&
      ending.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") == std::string::npos;
  return refuse(refusal_code::type_not_allowed,
                is_plain ? fmt::format("Files of type .{} are not accepted. Send it as one of {}.",
                                       ending, accepted)
                         : fmt::format("The name of the file does not end in the type of its "
                                       "content. Accepted are {}.",
                                       accepted));
}

tl::unexpected<refusal> refuse_size(std::uint64_t max_bytes) {
  constexpr std::uint64_t mb = 1'048'576;
  const std::string limit =
      max_bytes < mb ? fmt::format("{} bytes", max_bytes) : fmt::format("{} MB", max_bytes / mb);
  return refuse(
      refusal_code::too_large,
      fmt::format("The file is larger than {}. Make it smaller, or send it in parts.", limit));
}

tl::unexpected<refusal> refuse_unreadable() {
  return refuse(refusal_code::unavailable,
                "The file could not be read because of a fault on our side. Try again later.");
}

}  // namespace

tl::expected<file_kind, refusal> check_file(std::string_view bytes, std::string_view name,
                                            const check_limits& limits) {
  const auto kind = kind_by_ending(name);
  if (!kind) return refuse_type(name);
  if (bytes.empty())
    return refuse(refusal_code::empty,
                  "The file is empty. Check that it opens on your side and attach it again.");
  if (bytes.size() > limits.max_bytes) return refuse_size(limits.max_bytes);
  if (auto content = check_content(bytes, *kind); !content) return tl::unexpected(content.error());
  if (auto container = check_container(bytes, *kind, limits); !container)
    return tl::unexpected(container.error());
  return *kind;
}

tl::expected<file_kind, refusal> check_open_file(int descriptor, std::string_view name,
                                                 const check_limits& limits) {
  struct stat status {};
  if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) return refuse_unreadable();
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > limits.max_bytes) return refuse_size(limits.max_bytes);
  std::string bytes(size, '\0');
  for (std::size_t at = 0; at < bytes.size();) {
    const auto got =
        pread(descriptor, bytes.data() + at, bytes.size() - at, static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return refuse_unreadable();
    at += static_cast<std::size_t>(got);
  }
  return check_file(bytes, name, limits);
}

}  // namespace fibrehub::protocols::files
