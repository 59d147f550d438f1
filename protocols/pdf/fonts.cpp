#include "protocols/pdf/fonts.hpp"

#include <filesystem>

namespace fibrehub::protocols::pdf {
namespace {

struct pair {
  const char* regular;
  const char* bold;
};

// Debian and Ubuntu first, then where other systems put the same fonts.
constexpr pair known[]{
    {"/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
     "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"},
    {"/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf",
     "/usr/share/fonts/truetype/liberation/LiberationSans-Bold.ttf"},
    {"/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf",
     "/usr/share/fonts/truetype/noto/NotoSans-Bold.ttf"},
    {"/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf",
     "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans-Bold.ttf"},
    {"/usr/share/fonts/TTF/DejaVuSans.ttf", "/usr/share/fonts/TTF/DejaVuSans-Bold.ttf"},
};

bool is_file(const std::string& path) {
  std::error_code ignored;
  return !path.empty() && std::filesystem::is_regular_file(path, ignored);
}

}  // namespace

tl::expected<font_files, std::string> find_fonts(const font_files& given) {
  if (!given.regular.empty()) {
    if (!is_file(given.regular))
      return tl::unexpected("the font " + given.regular + " (reports.font) is not there");
    if (!given.bold.empty() && !is_file(given.bold))
      return tl::unexpected("the font " + given.bold + " (reports.bold_font) is not there");
    return font_files{given.regular, given.bold.empty() ? given.regular : given.bold};
  }
  for (const pair& p : known)
    if (is_file(p.regular)) return font_files{p.regular, is_file(p.bold) ? p.bold : p.regular};
  return tl::unexpected(std::string(
      "no TrueType font was found: install fonts-dejavu-core, or name a file in reports.font"));
}

}  // namespace fibrehub::protocols::pdf
