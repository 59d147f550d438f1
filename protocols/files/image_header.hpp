// Reads how large an image is, and whether it is whole, without decoding it: a decoder is the most
// attacked code there is, and 50 KB of PNG can ask for gigabytes.
#pragma once

#include <cstdint>
#include <string_view>

#include "protocols/files/refusal.hpp"

namespace fibrehub::protocols::files {

/// PNG (W3C PNG, third edition, section 5): signature, a sound IHDR first, chunks that fit, IDAT,
/// IEND. Checksums are not computed. What follows IEND is ignored, some phones write there.
verdict check_png(std::string_view bytes, std::uint64_t max_pixels);

/// JPEG (ITU-T T.81, annex B): SOI, segments that fit, one frame with a size, a scan, EOI. What
/// follows EOI is ignored, cameras keep previews and clips there. A height given only after the
/// first scan (DNL) is refused.
verdict check_jpeg(std::string_view bytes, std::uint64_t max_pixels);

/// WEBP (RFC 9649, section 2): a RIFF that fills the file, whose first chunk tells the size.
verdict check_webp(std::string_view bytes, std::uint64_t max_pixels);

}  // namespace fibrehub::protocols::files
