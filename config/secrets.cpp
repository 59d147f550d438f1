// Fetches what `env:` and `file:` stand for. Messages name the reference, never the content.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include <fmt/format.h>

#include "config/load.hpp"
#include "config/names.hpp"
#include "config/parse_value.hpp"

namespace fibrehub::config {

namespace {

using fetched = tl::expected<std::string, std::string>;

constexpr std::size_t largest_secret = 65'536;

class descriptor {
 public:
  explicit descriptor(int fd) : fd_{fd} {}
  ~descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

auto wrong(std::string message) {
  return tl::make_unexpected(std::move(message));
}

std::string system_message(int code) {
  return std::generic_category().message(code);
}

fetched read_all(int fd, const std::string& path) {
  std::string content;
  std::array<char, 4096> buffer{};
  for (;;) {
    const auto got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return wrong(fmt::format("{} cannot be read: {}", path, system_message(errno)));
    if (got == 0) return content;
    content.append(buffer.data(), static_cast<std::size_t>(got));
    if (content.size() > largest_secret) {
      return wrong(fmt::format("{} is larger than 64KB, this cannot be a secret", path));
    }
  }
}

/// The mode is asked of the opened file, so that nobody can swap it in between.
fetched fetch_file(const std::string& path) {
  const descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  if (file.get() < 0) {
    return wrong(fmt::format("{} cannot be read: {}", path, system_message(errno)));
  }
  struct stat status {};
  if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return wrong(path + " is not a file");
  }
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return wrong(fmt::format("{0} is open to others (mode {1:04o}), run: chmod 600 {0}", path,
                             status.st_mode & 07777U));
  }
  auto content = read_all(file.get(), path);
  if (content && content->ends_with('\n')) content->pop_back();
  if (content && content->ends_with('\r')) content->pop_back();
  return content;
}

fetched fetch(const std::string& reference, const environment& environ) {
  if (reference.starts_with("file:")) return fetch_file(reference.substr(5));
  const auto found = environ.find(reference.substr(4));
  if (found == environ.end()) {
    return wrong(fmt::format("the environment variable {} is not set", reference.substr(4)));
  }
  return found->second;
}

fetched fetch_checked(const setting& declared, const std::string& text,
                      const environment& environ) {
  if (!is_reference(text)) return text;
  auto content = fetch(text, environ);
  if (!content) return content;
  if (content->empty()) return wrong(text + " is empty");
  if (content->find('\0') != std::string::npos) return wrong(text + " contains a zero byte");
  if (static_cast<std::int64_t>(content->size()) < declared.min_secret_bytes) {
    return wrong(fmt::format("{} has {} bytes, at least {} are needed", text, content->size(),
                             declared.min_secret_bytes));
  }
  return content;
}

void resolve(const section_values& group, const setting& declared, entry& target,
             const environment& environ, errors& lines) {
  std::vector<std::string> texts;
  if (const auto* text = std::get_if<std::string>(&target.current)) {
    if (!text->empty()) texts.push_back(*text);
  } else {
    texts = std::get<std::vector<std::string>>(target.current);
  }
  target.secrets.clear();
  for (const auto& text : texts) {
    auto content = fetch_checked(declared, text, environ);
    if (content) {
      target.secrets.push_back(std::move(*content));
    } else {
      lines.push_back(fmt::format("{}: {}: {}", target.from.where,
                                  full_name(group.name(), "", declared.name), content.error()));
    }
  }
  target.is_resolved = true;
}

}  // namespace

tl::expected<values, errors> resolve_secrets(values loaded, const environment& environ) {
  errors lines;
  for (auto& group : loaded.sections()) {
    for (const auto& s : group.declaration().settings) {
      if (is_secret(s.type)) resolve(group, s, group.at(s.name), environ, lines);
    }
  }
  if (!lines.empty()) return tl::make_unexpected(std::move(lines));
  return loaded;
}

}  // namespace fibrehub::config
