// Whether a PDF, MP4 or OGG file has the outer shape of one and is whole. Nothing inside is
// decoded; a player or viewer does that, in its own sandbox.
#pragma once

#include <string_view>

#include "protocols/files/refusal.hpp"

namespace fibrehub::protocols::files {

/// PDF (ISO 32000-2, 7.5): "%PDF-1." or "%PDF-2." in the very first bytes (viewers accept it later,
/// but then something else could come first), and near the end a startxref followed by %%EOF.
verdict check_pdf(std::string_view bytes);

/// MP4 (ISO 14496-12, 4.2 and 4.3): an `ftyp` box first with a brand of the MP4 family, boxes that
/// fill the file exactly, a `moov`, and media in `mdat` or `moof`.
verdict check_mp4(std::string_view bytes);

/// The boxes alone, whatever the brand: of M4A and 3GP files. `what` names the thing in a sentence.
verdict check_boxes(std::string_view bytes, std::string_view what);

/// OGG (RFC 3533, section 6): pages that fill the file exactly, the first one starting a stream.
/// A file cut exactly between two pages passes: not every recorder marks its last page.
verdict check_ogg(std::string_view bytes);

}  // namespace fibrehub::protocols::files
