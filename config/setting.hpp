// A setting is declared once, here-style: its name, kind, default, bounds and one sentence.
// Checking, the reference, the sample file and reloading all come from that one declaration.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace fibrehub::config {

class section_values;

enum class kind {
  text,            // one line of text
  integer,         // a whole number within bounds
  boolean,         // true or false
  duration,        // "30s"; kept as milliseconds
  size,            // "64MB"; kept as bytes, 1 KB is 1024 bytes
  choice,          // one of the allowed words
  list,            // several texts
  secret,          // env:NAME or file:/path, never the secret itself
  secret_list,     // several of these, so that keys can rotate
  text_or_secret,  // a literal or a secret; always masked when shown
  url,             // http:// or https://, without user and password
  path             // a file or folder
};

std::string_view name_of(kind k);

/// True when the setting's own text may be confidential.
bool is_secret(kind k);

/// What a setting holds; the kind says which: durations in milliseconds, sizes in bytes.
using value = std::variant<std::string, std::int64_t, bool, std::vector<std::string>>;

/// A further check of a text (or of each text of a list): says what is wrong, or nothing.
using text_check = std::function<std::optional<std::string>(std::string_view)>;

struct setting {
  std::string name{};
  kind type = kind::text;
  std::string text{};  // one sentence
  value fallback{};    // the default
  std::int64_t min = 0;
  std::int64_t max = 0;  // of the number, the milliseconds, the bytes or the count of a list
  std::vector<std::string> allowed{};
  std::int64_t min_secret_bytes = 1;
  bool is_required = false;
  bool is_reloadable = false;
  text_check check{};
};

/// What a rule over several settings of a section found, and at which of them to look.
struct fault {
  std::string setting;
  std::string message;
};
using section_rule = std::function<std::vector<fault>(const section_values&)>;
/// What has to hold between the first instance of a repeatable section and each other one.
using sibling_rule =
    std::function<std::vector<fault>(const section_values& first, const section_values& other)>;

struct section {
  std::string name{};
  std::string text{};  // one sentence
  std::vector<setting> settings{};
  bool is_repeatable = false;  // [waha.main], [waha.lawley]: once per name, possibly never
  bool is_reloadable = false;  // every setting, and the coming and going of names
  section_rule rule{};         // asked only when each setting is right by itself
  sibling_rule among{};        // likewise

  const setting* find(std::string_view setting_name) const;
};

using schema = std::vector<section>;

const section* find_section(const schema& all, std::string_view name);

/// Mistakes in the declarations themselves (bad or repeated names, defaults out of bounds, a
/// missing sentence); a test asks for this over the schema of the whole program.
std::vector<std::string> faults_of(const schema& all);

inline constexpr std::int64_t kb = 1024;
inline constexpr std::int64_t mb = 1024 * kb;
inline constexpr std::int64_t gb = 1024 * mb;

// How rooms declare: `integer("port", 8080, 0, 65535, "TCP port the API listens on.")`.
setting text(std::string name, std::string fallback, std::string sentence);
setting integer(std::string name, std::int64_t fallback, std::int64_t min, std::int64_t max,
                std::string sentence);
setting boolean(std::string name, bool fallback, std::string sentence);
setting duration(std::string name, std::chrono::milliseconds fallback,
                 std::chrono::milliseconds min, std::chrono::milliseconds max,
                 std::string sentence);
setting size(std::string name, std::int64_t fallback_bytes, std::int64_t min_bytes,
             std::int64_t max_bytes, std::string sentence);
setting choice(std::string name, std::string fallback, std::vector<std::string> allowed,
               std::string sentence);
setting list(std::string name, std::vector<std::string> fallback, std::string sentence);
setting secret(std::string name, std::string sentence);
setting secret_list(std::string name, std::int64_t max_count, std::string sentence);
setting text_or_secret(std::string name, std::string sentence);
setting url(std::string name, std::string fallback, std::string sentence);
setting path(std::string name, std::string fallback, std::string sentence);

// … and what can be said on top: `required(secret("api_key", "…"))`.
/// Must be given and not be empty.
setting required(setting s);
/// Can be applied to the running hub.
setting reloadable(setting s);
/// The texts must pass the check as well; an empty text of an optional setting is not asked about.
setting checked(setting s, text_check check);
/// The secret (each of the list) has at least so many bytes.
setting secret_bytes(std::int64_t min_bytes, setting s);

}  // namespace fibrehub::config
