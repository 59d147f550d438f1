// What the documentation says about the program is what the program says about itself.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>

namespace fibrehub::e2e {
namespace {

std::string output_of(const std::string& arguments) {
  const std::string command = FIBREHUB_PROGRAM " " + arguments;
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string out;
  std::array<char, 4096> buffer{};
  for (std::size_t n = 0; (n = fread(buffer.data(), 1, buffer.size(), pipe.get())) > 0;)
    out.append(buffer.data(), n);
  return out;
}

TEST(Documentation, OfTheConfigurationIsWhatTheProgramPrints) {
  std::ifstream in(FIBREHUB_SOURCE_DIR "/docs/configuration.md");
  const std::string documented(std::istreambuf_iterator<char>(in), {});
  EXPECT_EQ(documented, output_of("config reference"))
      << "write it anew: fibrehub config reference > docs/configuration.md";
}

TEST(Documentation, NamesEverySubcommandInTheHelp) {
  const std::string help = output_of("--help");
  for (const char* command :
       {"serve", "migrate", "token", "config", "watch", "sla", "waha", "version"})
    EXPECT_NE(help.find(command), std::string::npos) << command;
}

}  // namespace
}  // namespace fibrehub::e2e
