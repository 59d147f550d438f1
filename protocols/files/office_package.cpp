#include "protocols/files/office_package.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "protocols/files/zip_directory.hpp"

namespace fibrehub::protocols::files {
namespace {

constexpr std::string_view content_types_name = "[content_types].xml";
// A list of parts; real ones have a few kilobytes.
constexpr std::size_t max_content_types_bytes = 1'048'576;

struct closing {
  void operator()(archive* a) const { archive_read_free(a); }
};
using archive_ptr = std::unique_ptr<archive, closing>;

/// What makes a document of one kind.
struct document_traits {
  std::string_view what;
  std::string_view folder;
  std::string_view main_type;
};

document_traits traits_of(file_kind kind) {
  if (kind == file_kind::xlsx)
    return {"The XLSX document", "xl/",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"};
  return {"The DOCX document", "word/",
          "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"};
}

tl::unexpected<refusal> refuse_as_no_document(file_kind kind) {
  return refuse(refusal_code::wrong_content,
                fmt::format("The file is called .{0} but is not a {1} document. Save it as {1} and "
                            "attach it again.",
                            kind == file_kind::xlsx ? "xlsx" : "docx", name_of(kind)));
}

tl::unexpected<refusal> refuse_macros(std::string_view what) {
  return refuse(refusal_code::macros,
                fmt::format("{} contains macros. Save it without macros, or as PDF, and attach "
                            "the new file.",
                            what));
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_macro_name(std::string_view lower_name) {
  const auto slash = lower_name.rfind('/');
  const auto file = slash == std::string_view::npos ? lower_name : lower_name.substr(slash + 1);
  return file.starts_with("vbaproject") || lower_name.starts_with("xl/macrosheets/");
}

/// Counts what comes out of the archive, against the limits.
class unpacked_counter {
 public:
  unpacked_counter(std::uint64_t file_bytes, const unpack_limits& limits)
      : most_(std::min(limits.max_bytes,
                       std::max(limits.free_bytes, file_bytes * limits.max_ratio))) {}

  /// False when that is too much.
  bool add(std::uint64_t bytes) {
    total_ += bytes;
    return total_ <= most_;
  }

 private:
  std::uint64_t most_;
  std::uint64_t total_ = 0;
};

enum class unpack_end { whole, damaged, too_large };

/// Unpacks one entry; keeps the first `max_kept` bytes of it.
unpack_end unpack(archive* a, unpacked_counter& counter, std::string& kept, std::size_t max_kept) {
  const void* block = nullptr;
  std::size_t size = 0;
  la_int64_t offset = 0;
  while (true) {
    const int got = archive_read_data_block(a, &block, &size, &offset);
    if (got == ARCHIVE_EOF) return unpack_end::whole;
    if (got != ARCHIVE_OK) return unpack_end::damaged;
    if (!counter.add(size)) return unpack_end::too_large;
    if (kept.size() < max_kept)
      kept.append(static_cast<const char*>(block), std::min(size, max_kept - kept.size()));
  }
}

/// libarchive has to see the entries that the directory lists, in the order of their offsets.
bool is_same(archive_entry* seen, const zip_entry& listed) {
  const char* const path = archive_entry_pathname(seen);
  if (path == nullptr || !is_ascii(listed.name)) return !is_ascii(listed.name);
  const auto without_slash = [](std::string_view name) {
    return name.substr(0, name.find_last_not_of('/') + 1);
  };
  return without_slash(path) == without_slash(listed.name);
}

tl::expected<std::string, unpack_end> unpack_all(std::string_view bytes,
                                                 const std::vector<zip_entry>& listed,
                                                 const unpack_limits& limits) {
  const archive_ptr a(archive_read_new());
  // Only the reader that goes by the directory: the streaming one may see other entries.
  if (!a || archive_read_support_format_zip_seekable(a.get()) != ARCHIVE_OK ||
      archive_read_open_memory(a.get(), bytes.data(), bytes.size()) != ARCHIVE_OK)
    return tl::unexpected(unpack_end::damaged);
  unpacked_counter counter(bytes.size(), limits);
  std::string content_types;
  archive_entry* entry = nullptr;
  for (const zip_entry& expected : listed) {
    const int got = archive_read_next_header(a.get(), &entry);
    if ((got != ARCHIVE_OK && got != ARCHIVE_WARN) || !is_same(entry, expected))
      return tl::unexpected(unpack_end::damaged);
    const bool wanted = ascii_lower(expected.name) == content_types_name;
    std::string ignored;
    const auto end = wanted ? unpack(a.get(), counter, content_types, max_content_types_bytes + 1)
                            : unpack(a.get(), counter, ignored, 0);
    if (end != unpack_end::whole) return tl::unexpected(end);
  }
  if (archive_read_next_header(a.get(), &entry) != ARCHIVE_EOF)
    return tl::unexpected(unpack_end::damaged);
  return content_types;
}

verdict check_names(const std::vector<zip_entry>& entries, file_kind kind) {
  const document_traits traits = traits_of(kind);
  bool has_types = false;
  bool has_parts = false;
  for (const zip_entry& entry : entries) {
    const std::string name = ascii_lower(entry.name);
    if (is_macro_name(name)) return refuse_macros(traits.what);
    has_types |= name == content_types_name;
    has_parts |= name.starts_with(traits.folder) && name.ends_with(".xml");
  }
  return has_types && has_parts ? verdict{} : refuse_as_no_document(kind);
}

verdict check_content_types(std::string_view xml, file_kind kind) {
  const document_traits traits = traits_of(kind);
  if (xml.size() > max_content_types_bytes) return refuse_damaged(traits.what);
  const std::string text = ascii_lower(xml);
  for (const std::string_view sign : {"macroenabled", "vbaproject", "macrosheet"})
    if (text.find(sign) != std::string::npos) return refuse_macros(traits.what);
  // Nothing in this list needs entities or numbered characters, except to hide what it says.
  for (const std::string_view sign : {"<!doctype", "<!entity", "&#"})
    if (text.find(sign) != std::string::npos) return refuse_damaged(traits.what);
  // Found only in UTF-8 or ASCII, so the search above cannot have been blind.
  if (text.find(traits.main_type) == std::string::npos) return refuse_as_no_document(kind);
  return {};
}

}  // namespace

verdict check_office_package(std::string_view bytes, file_kind kind, const unpack_limits& limits) {
  const std::string_view what = traits_of(kind).what;
  const auto entries = read_zip_directory(bytes, limits.max_entries, what);
  if (!entries) return tl::unexpected(entries.error());
  if (auto names = check_names(*entries, kind); !names) return names;
  const auto content_types = unpack_all(bytes, *entries, limits);
  if (content_types) return check_content_types(*content_types, kind);
  if (content_types.error() == unpack_end::too_large)
    return refuse(refusal_code::unpacks_too_large,
                  fmt::format("{} unpacks to far more than its size. Save it with smaller "
                              "pictures or fewer sheets, or as PDF, and attach the new file.",
                              what));
  return refuse_damaged(what);
}

}  // namespace fibrehub::protocols::files
