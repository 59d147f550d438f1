// The rooms of the project and who may include whom; a line that breaks it fails here.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>

namespace {

namespace fs = std::filesystem;

const fs::path source_dir = FIBREHUB_SOURCE_DIR;

// What each room may include besides itself.
const std::map<std::string, std::set<std::string>> allowed{
    {"domain", {}},
    {"protocols", {}},
    {"config", {}},
    {"store", {"domain"}},
    {"actors", {"store", "domain", "protocols"}},
    {"channels", {"actors", "store", "domain", "protocols", "config"}},
    {"web", {"actors", "store", "domain", "protocols"}},
    {"app", {"web", "channels", "actors", "store", "domain", "protocols", "config"}},
};

struct include_line {
  fs::path file;
  int line = 0;
  std::string target;
};

std::vector<include_line> includes_of(const std::string& room) {
  std::vector<include_line> out;
  for (const auto& entry : fs::recursive_directory_iterator(source_dir / room)) {
    if (entry.path().extension() != ".hpp" && entry.path().extension() != ".cpp") continue;
    std::ifstream in(entry.path());
    std::string text;
    for (int line = 1; std::getline(in, text); ++line) {
      if (!text.starts_with("#include \"")) continue;
      out.push_back(
          {fs::relative(entry.path(), source_dir), line, text.substr(10, text.find('"', 10) - 10)});
    }
  }
  return out;
}

TEST(Rooms, IncludeOnlyWhatStandsBelowThem) {
  for (const auto& [room, below] : allowed)
    for (const include_line& i : includes_of(room)) {
      const std::string target = i.target.substr(0, i.target.find('/'));
      EXPECT_TRUE(target == room || below.contains(target))
          << i.file << ":" << i.line << " includes " << i.target;
      EXPECT_TRUE(fs::exists(source_dir / i.target))
          << i.file << ":" << i.line << " includes " << i.target << ", not written from the root";
    }
}

TEST(Rooms, KeepChannelsApart) {
  for (const include_line& i : includes_of("channels")) {
    if (!i.target.starts_with("channels/")) continue;
    const auto folder_of = [](const std::string& path) {
      return path.substr(9, path.find('/', 9) - 9);
    };
    EXPECT_EQ(folder_of(i.file.string()), folder_of(i.target))
        << i.file << ":" << i.line << " includes " << i.target;
  }
}

TEST(Rooms, KeepCafOutOfDomainProtocolsAndConfigAndSqlOutOfTheWeb) {
  for (const char* room : {"domain", "protocols", "config"})
    for (const auto& entry : fs::recursive_directory_iterator(source_dir / room)) {
      if (!entry.is_regular_file()) continue;
      std::ifstream in(entry.path());
      const std::string text(std::istreambuf_iterator<char>(in), {});
      EXPECT_EQ(text.find("#include <caf/"), std::string::npos) << entry.path();
    }
  for (const char* room : {"web", "channels", "actors"})
    for (const auto& entry : fs::recursive_directory_iterator(source_dir / room)) {
      if (!entry.is_regular_file()) continue;
      std::ifstream in(entry.path());
      const std::string text(std::istreambuf_iterator<char>(in), {});
      EXPECT_EQ(text.find("pqxx"), std::string::npos) << entry.path();
    }
}

}  // namespace
