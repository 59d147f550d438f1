#include "protocols/files/file_kind.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace fibrehub::protocols::files {
namespace {

struct ending_row {
  std::string_view ending;
  file_kind kind;
};

constexpr std::array<ending_row, 9> endings{{{"jpg", file_kind::jpeg},
                                             {"jpeg", file_kind::jpeg},
                                             {"png", file_kind::png},
                                             {"pdf", file_kind::pdf},
                                             {"docx", file_kind::docx},
                                             {"xlsx", file_kind::xlsx},
                                             {"mp4", file_kind::mp4},
                                             {"ogg", file_kind::ogg},
                                             {"oga", file_kind::ogg}}};

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

}  // namespace

std::string_view name_of(file_kind kind) {
  switch (kind) {
    case file_kind::jpeg:
      return "JPG";
    case file_kind::png:
      return "PNG";
    case file_kind::pdf:
      return "PDF";
    case file_kind::docx:
      return "DOCX";
    case file_kind::xlsx:
      return "XLSX";
    case file_kind::mp4:
      return "MP4";
    case file_kind::ogg:
      return "OGG";
  }
  return "";
}

std::string_view content_type_of(file_kind kind) {
  switch (kind) {
    case file_kind::jpeg:
      return "image/jpeg";
    case file_kind::png:
      return "image/png";
    case file_kind::pdf:
      return "application/pdf";
    case file_kind::docx:
      return "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    case file_kind::xlsx:
      return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    case file_kind::mp4:
      return "video/mp4";
    case file_kind::ogg:
      return "audio/ogg";
  }
  return "application/octet-stream";
}

std::string_view ending_of(std::string_view name) {
  const auto dot = name.rfind('.');
  return dot == std::string_view::npos ? std::string_view{} : name.substr(dot + 1);
}

std::optional<file_kind> kind_by_ending(std::string_view name) {
  const std::string_view ending = ending_of(name);
  for (const ending_row& row : endings)
    if (std::ranges::equal(row.ending, ending, {}, {}, lower)) return row.kind;
  return std::nullopt;
}

}  // namespace fibrehub::protocols::files
