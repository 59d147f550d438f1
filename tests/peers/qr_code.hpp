// The picture of a QR code, as far as a client can tell: a real PNG, another one for every code. It
// cannot be scanned; whoever wants the code itself asks for the raw form.
#pragma once

#include <string>
#include <string_view>

namespace fibrehub::peers {

std::string qr_png(std::string_view code);

}  // namespace fibrehub::peers
