#include "actors/messenger_bridge.hpp"

namespace fibrehub::actors {

std::string_view name_of(session_action action) {
  switch (action) {
    case session_action::create:
      return "create";
    case session_action::ensure:
      return "ensure";
    case session_action::start:
      return "start";
    case session_action::stop:
      return "stop";
    case session_action::restart:
      return "restart";
    case session_action::logout:
      return "logout";
    case session_action::remove:
      return "remove";
    case session_action::qr_image:
      return "qr_image";
    case session_action::qr_text:
      return "qr_text";
    case session_action::pairing_code:
      break;
  }
  return "pairing_code";
}

}  // namespace fibrehub::actors
