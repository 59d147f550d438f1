// A small schema with every kind of setting, and a folder of files that goes away with the test.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "config/checks.hpp"
#include "config/load.hpp"

namespace fibrehub::config::testing {

inline schema sample_schema() {
  using namespace std::chrono_literals;
  section web{.name = "web", .text = "The web."};
  web.settings = {
      reloadable(text("title", "Hub", "A title.")),
      integer("port", 8080, 0, 65535, "A port."),
      boolean("quiet", false, "Says nothing."),
      duration("timeout", 30s, 1s, 1h, "A time."),
      size("limit", 1 * mb, 1 * kb, 1 * gb, "A size."),
      choice("mode", "fast", {"fast", "safe"}, "One way | or another."),
      checked(list("proxies", {}, "Ranges."), check_cidr),
      url("public_url", "", "An address."),
      path("folder", "", "A folder."),
      text_or_secret("database", "A database."),
      secret("token", "A token."),
  };
  section peer{.name = "peer", .text = "A peer.", .is_repeatable = true, .is_reloadable = true};
  peer.settings = {
      required(url("url", "", "Where it is.")),
      secret_bytes(8, secret_list("keys", 2, "Its keys.")),
      integer("weight", 1, 1, 10, "How much it counts."),
  };
  return {web, peer};
}

class folder {
 public:
  folder() {
    auto pattern = (std::filesystem::temp_directory_path() / "fibrehub-config-XXXXXX").string();
    if (::mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~folder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;

  std::string write(const std::string& name, const std::string& content, mode_t mode = 0600) const {
    const auto file = (path_ / name).string();
    std::ofstream{file, std::ios::binary} << content;
    ::chmod(file.c_str(), mode);
    return file;
  }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

/// What loading a file with this text says, with the folder cut from the lines.
inline tl::expected<values, errors> load_text(const std::string& toml,
                                              const environment& environ = {},
                                              const std::vector<std::string>& overrides = {},
                                              const schema& all = sample_schema()) {
  const folder dir;
  auto loaded = load(all, {dir.write("hub.toml", toml), overrides}, environ);
  if (loaded) return loaded;
  for (auto& line : loaded.error()) {
    if (line.starts_with(dir.path())) line.erase(0, dir.path().size() + 1);
  }
  return loaded;
}

inline errors errors_of(const std::string& toml, const environment& environ = {},
                        const std::vector<std::string>& overrides = {}) {
  auto loaded = load_text(toml, environ, overrides);
  return loaded ? errors{} : loaded.error();
}

}  // namespace fibrehub::config::testing
