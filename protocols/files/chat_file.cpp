#include "protocols/files/chat_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>

#include "protocols/files/containers.hpp"
#include "protocols/files/file_name.hpp"
#include "protocols/files/image_header.hpp"
#include "protocols/files/magic_type.hpp"
#include "protocols/files/numbers.hpp"
#include "protocols/files/zip_directory.hpp"

namespace fibrehub::protocols::files {
namespace {

using namespace std::string_view_literals;

/// A kind that tickets carry anyway, by its first bytes.
struct ticket_kind {
  std::string_view start;
  std::string_view ending;
};
constexpr std::array ticket_kinds{ticket_kind{"\xff\xd8\xff"sv, "jpg"},
                                  ticket_kind{"\x89PNG\r\n\x1a\n"sv, "png"},
                                  ticket_kind{"%PDF-"sv, "pdf"}, ticket_kind{"OggS\0"sv, "ogg"}};

/// A kind of sound that only chats bring.
struct sound_kind {
  std::string_view start;
  std::string_view magic;  // what libmagic calls it
  std::string_view content_type;
  std::string_view ending;
};
constexpr std::array sounds{
    sound_kind{"#!AMR"sv, "audio/amr"sv, "audio/amr"sv, "amr"sv},
    sound_kind{"ID3"sv, "audio/mpeg"sv, "audio/mpeg"sv, "mp3"sv},
    sound_kind{"\xff\xfb"sv, "audio/mpeg"sv, "audio/mpeg"sv, "mp3"sv},
    sound_kind{"\xff\xfa"sv, "audio/mpeg"sv, "audio/mpeg"sv, "mp3"sv},
    sound_kind{"\xff\xf3"sv, "audio/mpeg"sv, "audio/mpeg"sv, "mp3"sv},
    sound_kind{"\xff\xf2"sv, "audio/mpeg"sv, "audio/mpeg"sv, "mp3"sv},
    sound_kind{"\xff\xf1"sv, "audio/x-hx-aac-adts"sv, "audio/aac"sv, "aac"sv},
    sound_kind{"\xff\xf9"sv, "audio/x-hx-aac-adts"sv, "audio/aac"sv, "aac"sv}};

tl::expected<chat_file, refusal> as_ticket_kind(std::string_view bytes, std::string_view ending,
                                                const check_limits& limits) {
  const auto kind = check_file(bytes, fmt::format("file.{}", ending), limits);
  if (!kind) return tl::unexpected(kind.error());
  return chat_file{std::string(content_type_of(*kind)), std::string(ending)};
}

/// A ZIP: a document of Office, or nothing that is kept.
tl::expected<chat_file, refusal> as_document(std::string_view bytes, const check_limits& limits) {
  auto word = as_ticket_kind(bytes, "docx", limits);
  if (word) return word;
  auto sheet = as_ticket_kind(bytes, "xlsx", limits);
  if (sheet) return sheet;
  // Whichever recognised it says why it is not kept.
  const auto is_telling = [](const refusal& r) {
    return r.code != refusal_code::wrong_content && r.code != refusal_code::damaged;
  };
  if (is_telling(word.error())) return word;
  if (is_telling(sheet.error())) return sheet;
  return refuse(refusal_code::type_not_allowed,
                "Archives are not kept. Send the files in it one by one.");
}

tl::expected<chat_file, refusal> refuse_kind(std::string_view type) {
  return refuse(refusal_code::type_not_allowed,
                fmt::format("Files of this kind ({}) are not kept.", type));
}

/// MP4, M4A and 3GP are one container (ISO 14496-12); its brand tells them apart.
tl::expected<chat_file, refusal> as_boxes(std::string_view bytes, std::string_view type,
                                          const check_limits& limits) {
  const auto brand = bytes.substr(8, 3);
  const bool is_sound = brand == "M4A" || brand == "M4B";
  if (!is_sound && brand != "3gp" && brand != "3g2") return as_ticket_kind(bytes, "mp4", limits);
  if (!type.starts_with("video/") && !type.starts_with("audio/")) return refuse_kind(type);
  const auto whole = check_boxes(bytes, is_sound ? "The M4A recording" : "The 3GP video");
  if (!whole) return tl::unexpected(whole.error());
  return is_sound ? chat_file{"audio/mp4", "m4a"} : chat_file{"video/3gpp", "3gp"};
}

}  // namespace

tl::expected<chat_file, refusal> check_chat_file(std::string_view bytes,
                                                 const check_limits& limits) {
  if (bytes.empty()) return refuse(refusal_code::empty, "The file is empty.");
  if (bytes.size() > limits.max_bytes)
    return refuse(refusal_code::too_large,
                  fmt::format("The file is larger than {} KB.", limits.max_bytes / 1024));
  for (const ticket_kind& kind : ticket_kinds)
    if (bytes.starts_with(kind.start)) return as_ticket_kind(bytes, kind.ending, limits);
  if (bytes.starts_with("PK\x03\x04"sv)) return as_document(bytes, limits);
  const auto found = magic_type(bytes);
  if (!found) return refuse(refusal_code::unavailable, "The file could not be checked.");
  const std::string type = ascii_lower(*found);
  if (bytes.substr(0, 8).ends_with("ftyp"sv)) return as_boxes(bytes, type, limits);
  if (bytes.starts_with("RIFF"sv) && bytes.substr(8, 4) == "WEBP" && type == "image/webp") {
    const auto whole = check_webp(bytes, limits.max_pixels);
    if (!whole) return tl::unexpected(whole.error());
    return chat_file{"image/webp", "webp"};
  }
  for (const sound_kind& kind : sounds)
    if (bytes.starts_with(kind.start) && type == kind.magic)
      return chat_file{std::string(kind.content_type), std::string(kind.ending)};
  return refuse_kind(type);
}

std::string chat_file_name(std::string_view given, std::string_view fallback,
                           std::string_view ending) {
  std::string name = given.empty() ? std::string(fallback) : clean_file_name(given, fallback);
  const auto same = [ending](std::string_view other) {
    const std::string written = ascii_lower(other);
    return written == ending || (written == "jpeg" && ending == "jpg") ||
           (written == "oga" && ending == "ogg");
  };
  if (!same(ending_of(name))) name += fmt::format(".{}", ending);
  return clean_file_name(name, fallback);
}

}  // namespace fibrehub::protocols::files
