#include "protocols/files/zip_directory.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <unordered_set>

#include "protocols/files/numbers.hpp"

namespace fibrehub::protocols::files {
namespace {

using namespace std::string_view_literals;

constexpr auto local_signature = "PK\x03\x04"sv;
constexpr auto central_signature = "PK\x01\x02"sv;
constexpr auto end_signature = "PK\x05\x06"sv;
constexpr auto end64_signature = "PK\x06\x06"sv;
constexpr auto locator64_signature = "PK\x06\x07"sv;
constexpr std::size_t local_bytes = 30;
constexpr std::size_t central_bytes = 46;
constexpr std::size_t end_bytes = 22;
constexpr std::size_t end64_bytes = 56;
constexpr std::size_t locator64_bytes = 20;
constexpr std::size_t max_comment_bytes = 65'535;

constexpr std::uint64_t in_zip64 = 0xFFFF'FFFF;

// Bits of the general purpose flag (4.4.4): encrypted, strongly encrypted, masked directory.
constexpr std::uint64_t encrypted_flags = 1U << 0 | 1U << 6 | 1U << 13;

struct location {
  std::uint64_t entries = 0;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
};

/// The end record of ZIP64, which stands right before its locator (4.3.14, 4.3.15).
std::optional<location> find_directory64(std::string_view bytes, std::size_t locator) {
  const auto record = little_endian(bytes, locator + 8, 8);
  if (record > locator || locator - record < end64_bytes) return std::nullopt;
  if (bytes.substr(record, 4) != end64_signature) return std::nullopt;
  if (little_endian(bytes, record + 4, 8) + 12 != locator - record) return std::nullopt;
  if (little_endian(bytes, record + 16, 4) != 0 || little_endian(bytes, record + 20, 4) != 0)
    return std::nullopt;
  location out{little_endian(bytes, record + 32, 8), little_endian(bytes, record + 48, 8),
               little_endian(bytes, record + 40, 8)};
  if (out.entries != little_endian(bytes, record + 24, 8)) return std::nullopt;
  if (out.offset > record || out.bytes != record - out.offset) return std::nullopt;
  return out;
}

/// The directory has to end where the end record starts, and that where the file ends.
std::optional<location> find_directory(std::string_view bytes) {
  if (bytes.size() < end_bytes) return std::nullopt;
  const auto end = bytes.rfind(end_signature);
  if (end == std::string_view::npos || bytes.size() - end < end_bytes ||
      bytes.size() - end > end_bytes + max_comment_bytes)
    return std::nullopt;
  if (little_endian(bytes, end + 20, 2) != bytes.size() - end - end_bytes) return std::nullopt;
  if (end >= locator64_bytes && bytes.substr(end - locator64_bytes, 4) == locator64_signature)
    return find_directory64(bytes, end - locator64_bytes);
  if (little_endian(bytes, end + 4, 2) != 0 || little_endian(bytes, end + 6, 2) != 0)
    return std::nullopt;
  location out{little_endian(bytes, end + 10, 2), little_endian(bytes, end + 16, 4),
               little_endian(bytes, end + 12, 4)};
  if (out.entries != little_endian(bytes, end + 8, 2)) return std::nullopt;
  if (out.offset > end || out.bytes != end - out.offset) return std::nullopt;
  return out;
}

/// The three numbers that may have moved into the ZIP64 field (4.5.3), in the field's order.
struct entry_numbers {
  std::uint64_t unpacked = 0;
  std::uint64_t packed = 0;
  std::uint64_t offset = 0;
};

bool complete_from_zip64(std::string_view extra, entry_numbers& numbers) {
  if (numbers.unpacked != in_zip64 && numbers.packed != in_zip64 && numbers.offset != in_zip64)
    return true;
  while (extra.size() >= 4) {
    const auto id = little_endian(extra, 0, 2);
    const auto size = little_endian(extra, 2, 2);
    if (size > extra.size() - 4) return false;
    if (id == 1) {
      auto field = extra.substr(4, size);
      for (std::uint64_t* number : {&numbers.unpacked, &numbers.packed, &numbers.offset}) {
        if (*number != in_zip64) continue;
        if (field.size() < 8) return false;
        *number = little_endian(field, 0, 8);
        field.remove_prefix(8);
      }
      return true;
    }
    extra.remove_prefix(4 + size);
  }
  return false;
}

bool is_safe_name(std::string_view name) {
  if (name.empty() || name.front() == '/') return false;
  if (name.size() >= 2 && name[1] == ':') return false;
  for (const char c : name)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == '\\') return false;
  for (std::size_t from = 0; from <= name.size();) {
    const auto slash = std::min(name.find('/', from), name.size());
    if (name.substr(from, slash - from) == "..") return false;
    from = slash + 1;
  }
  return true;
}

/// A link, a device or the like; 3 is Unix in "version made by" (4.4.2), whose mode stands above.
bool is_special(std::uint64_t made_by, std::uint64_t attributes) {
  if (made_by >> 8 != 3) return false;
  const auto type = attributes >> 16 & S_IFMT;
  return type != 0 && type != S_IFREG && type != S_IFDIR;
}

/// What stands in front of the entry's data has to agree with the directory. Its size in bytes;
/// nothing when it does not.
std::optional<std::uint64_t> local_header_bytes(std::string_view bytes, std::uint64_t offset,
                                                std::string_view central, std::string_view name) {
  if (offset > bytes.size() || bytes.size() - offset < local_bytes) return std::nullopt;
  const auto local = bytes.substr(offset);
  if (!local.starts_with(local_signature)) return std::nullopt;
  if ((little_endian(local, 6, 2) & encrypted_flags) != 0) return std::nullopt;
  if (local.substr(8, 2) != central.substr(10, 2)) return std::nullopt;  // method
  if (little_endian(local, 26, 2) != name.size()) return std::nullopt;
  if (local.substr(local_bytes, name.size()) != name) return std::nullopt;
  return local_bytes + name.size() + little_endian(local, 28, 2);
}

/// Sorted by offset, the first at the start, none inside another, all before the directory.
bool stand_apart(const std::vector<zip_entry>& entries, std::uint64_t directory) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto next = i + 1 < entries.size() ? entries[i + 1].offset : directory;
    if (entries[i].end > next) return false;
  }
  return !entries.empty() && entries.front().offset == 0;
}

class directory_reader {
 public:
  directory_reader(std::string_view bytes, std::string_view what) : bytes_(bytes), what_(what) {}

  /// Reads the record at the front of `rest` and takes it away.
  verdict read_one(std::string_view& rest) {
    if (rest.size() < central_bytes || !rest.starts_with(central_signature)) return damaged();
    const auto name_bytes = little_endian(rest, 28, 2);
    const auto extra_bytes = little_endian(rest, 30, 2);
    const auto size = central_bytes + name_bytes + extra_bytes + little_endian(rest, 32, 2);
    if (size > rest.size()) return damaged();
    const auto central = rest.substr(0, size);
    rest.remove_prefix(size);
    return take(central, central.substr(central_bytes, name_bytes),
                central.substr(central_bytes + name_bytes, extra_bytes));
  }

  tl::expected<std::vector<zip_entry>, refusal> finish(std::uint64_t directory) {
    std::ranges::sort(entries_, {}, &zip_entry::offset);
    if (!stand_apart(entries_, directory)) return damaged();
    return std::move(entries_);
  }

 private:
  tl::unexpected<refusal> damaged() const { return refuse_damaged(what_); }

  verdict take(std::string_view central, std::string_view name, std::string_view extra) {
    if ((little_endian(central, 8, 2) & encrypted_flags) != 0)
      return refuse(refusal_code::encrypted,
                    fmt::format("{} is protected by a password, so it cannot be checked. Save it "
                                "without a password and attach it again.",
                                what_));
    if (!is_safe_name(name) ||
        is_special(little_endian(central, 4, 2), little_endian(central, 38, 4)))
      return refuse(refusal_code::unsafe_entries,
                    fmt::format("{} contains parts that point outside of it. Save it again with "
                                "Word, Excel or LibreOffice and attach the new file.",
                                what_));
    const auto method = little_endian(central, 10, 2);
    if (method != 0 && method != 8) return damaged();
    entry_numbers numbers{little_endian(central, 24, 4), little_endian(central, 20, 4),
                          little_endian(central, 42, 4)};
    if (!complete_from_zip64(extra, numbers)) return damaged();
    const auto header = local_header_bytes(bytes_, numbers.offset, central, name);
    if (!header || numbers.packed > bytes_.size()) return damaged();
    if (!names_.insert(ascii_lower(name)).second) return damaged();
    entries_.push_back(
        {std::string(name), numbers.offset, numbers.offset + *header + numbers.packed});
    return {};
  }

  std::string_view bytes_;
  std::string_view what_;
  std::vector<zip_entry> entries_;
  std::unordered_set<std::string> names_;
};

}  // namespace

std::string ascii_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  return out;
}

tl::expected<std::vector<zip_entry>, refusal> read_zip_directory(std::string_view bytes,
                                                                 std::size_t max_entries,
                                                                 std::string_view what) {
  const auto found = find_directory(bytes);
  if (!found) return refuse_damaged(what);
  if (found->entries > max_entries)
    return refuse(refusal_code::unpacks_too_large,
                  fmt::format("{} consists of more than {} parts. Save it with fewer pictures or "
                              "sheets, or as PDF, and attach the new file.",
                              what, max_entries));
  directory_reader reader(bytes, what);
  auto rest = bytes.substr(found->offset, found->bytes);
  for (std::uint64_t i = 0; i < found->entries; ++i)
    if (auto read = reader.read_one(rest); !read) return tl::unexpected(read.error());
  if (!rest.empty()) return refuse_damaged(what);
  return reader.finish(found->offset);
}

}  // namespace fibrehub::protocols::files
