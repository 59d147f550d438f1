#include "protocols/pdf/canvas.hpp"

#include <fmt/format.h>
#include <hpdf.h>

#include <algorithm>
#include <array>
#include <vector>

namespace fibrehub::protocols::pdf {

/// libharu remembers its first error and does nothing from then on, so that it is asked for once,
/// at the end.
struct canvas::document {
  document() : handle(HPDF_New(nullptr, nullptr)) {}
  ~document() {
    if (handle != nullptr) HPDF_Free(handle);
  }
  document(const document&) = delete;
  document& operator=(const document&) = delete;

  HPDF_Font font(weight face) const { return fonts[static_cast<std::size_t>(face)]; }

  HPDF_Doc handle = nullptr;
  std::array<HPDF_Font, 2> fonts{};
  std::vector<HPDF_Page> pages;
  HPDF_Page page = nullptr;
};

namespace {

constexpr std::size_t max_text_bytes = 2000;

std::string printable(std::string_view utf8) {
  std::size_t size = std::min(utf8.size(), max_text_bytes);
  // Not in the middle of a character.
  while (size < utf8.size() && size > 0 && (static_cast<unsigned char>(utf8[size]) & 0xC0) == 0x80)
    --size;
  std::string out(utf8.substr(0, size));
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  return out;
}

std::string reason(HPDF_Doc doc) {
  return fmt::format("libharu's error {:#06x}", static_cast<unsigned>(HPDF_GetError(doc)));
}

HPDF_REAL real(double v) {
  return static_cast<HPDF_REAL>(v);
}

HPDF_REAL up(double y) {
  return static_cast<HPDF_REAL>(canvas::page_height - y);
}

}  // namespace

canvas::canvas(std::unique_ptr<document> d) : document_(std::move(d)) {}
canvas::canvas(canvas&&) noexcept = default;
canvas& canvas::operator=(canvas&&) noexcept = default;
canvas::~canvas() = default;

tl::expected<canvas, std::string> canvas::make(const font_files& fonts) {
  auto d = std::make_unique<document>();
  if (d->handle == nullptr) return tl::unexpected(std::string("there is no memory for a PDF"));
  HPDF_SetCompressionMode(d->handle, HPDF_COMP_ALL);
  HPDF_UseUTFEncodings(d->handle);
  HPDF_SetCurrentEncoder(d->handle, "UTF-8");
  std::size_t at = 0;
  for (const std::string* file : {&fonts.regular, &fonts.bold}) {
    if (at == 1 && fonts.bold == fonts.regular) {
      d->fonts[1] = d->fonts[0];
      break;
    }
    const char* name = HPDF_LoadTTFontFromFile(d->handle, file->c_str(), HPDF_TRUE);
    d->fonts[at] = name == nullptr ? nullptr : HPDF_GetFont(d->handle, name, "UTF-8");
    if (d->fonts[at] == nullptr)
      return tl::unexpected(
          fmt::format("the font {} cannot be used: {}", *file, reason(d->handle)));
    ++at;
  }
  return canvas(std::move(d));
}

void canvas::add_page() {
  document& d = *document_;
  d.page = HPDF_AddPage(d.handle);
  d.pages.push_back(d.page);
  HPDF_Page_SetSize(d.page, HPDF_PAGE_SIZE_A4, HPDF_PAGE_LANDSCAPE);
}

std::size_t canvas::pages() const {
  return document_->pages.size();
}

void canvas::turn_to(std::size_t page) {
  document_->page = document_->pages.at(page);
}

void canvas::text(point at, std::string_view utf8, const text_style& style) {
  const std::string out = printable(utf8);
  const HPDF_Page page = document_->page;
  HPDF_Page_BeginText(page);
  HPDF_Page_SetFontAndSize(page, document_->font(style.face), real(style.size));
  HPDF_Page_SetRGBFill(page, style.ink.red, style.ink.green, style.ink.blue);
  HPDF_Page_TextOut(page, real(at.x), up(at.y), out.c_str());
  HPDF_Page_EndText(page);
}

double canvas::width_of(std::string_view utf8, const text_style& style) const {
  const std::string out = printable(utf8);
  const HPDF_TextWidth w = HPDF_Font_TextWidth(document_->font(style.face),
                                               reinterpret_cast<const HPDF_BYTE*>(out.data()),
                                               static_cast<HPDF_UINT>(out.size()));
  return static_cast<double>(w.width) * style.size / 1000.0;
}

void canvas::line(point from, point to, double width, colour ink) {
  const std::array<point, 2> both{from, to};
  polyline(both, width, ink);
}

void canvas::polyline(std::span<const point> points, double width, colour ink) {
  if (points.size() < 2) return;
  const HPDF_Page page = document_->page;
  HPDF_Page_SetLineWidth(page, real(width));
  HPDF_Page_SetLineJoin(page, HPDF_ROUND_JOIN);
  HPDF_Page_SetRGBStroke(page, ink.red, ink.green, ink.blue);
  HPDF_Page_MoveTo(page, real(points[0].x), up(points[0].y));
  for (const point& p : points.subspan(1))
    HPDF_Page_LineTo(page, real(p.x), up(p.y));
  HPDF_Page_Stroke(page);
}

void canvas::box(point corner, double width, double height, colour fill) {
  if (width <= 0 || height <= 0) return;
  const HPDF_Page page = document_->page;
  HPDF_Page_SetRGBFill(page, fill.red, fill.green, fill.blue);
  HPDF_Page_Rectangle(page, real(corner.x), up(corner.y + height), real(width), real(height));
  HPDF_Page_Fill(page);
}

tl::expected<std::string, std::string> canvas::finish(const std::string& title) {
  const HPDF_Doc doc = document_->handle;
  HPDF_SetInfoAttr(doc, HPDF_INFO_TITLE, title.c_str());
  HPDF_SetInfoAttr(doc, HPDF_INFO_CREATOR, "FibreHub");
  HPDF_SaveToStream(doc);
  if (HPDF_GetError(doc) != HPDF_OK)
    return tl::unexpected("the PDF could not be made: " + reason(doc));
  HPDF_ResetStream(doc);
  std::string out(HPDF_GetStreamSize(doc), '\0');
  HPDF_UINT32 size = static_cast<HPDF_UINT32>(out.size());
  HPDF_ReadFromStream(doc, reinterpret_cast<HPDF_BYTE*>(out.data()), &size);
  if (size != out.size()) return tl::unexpected(std::string("the PDF could not be read back"));
  return out;
}

}  // namespace fibrehub::protocols::pdf
