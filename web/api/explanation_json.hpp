// Why a clock is due when it is, as JSON: what `GET /tickets/{uid}/clocks/{clock}/explain` and
// `fibrehub sla calc --explain` answer.
#pragma once

#include "domain/sla/explain.hpp"
#include "web/response.hpp"

namespace fibrehub::web::api {

/// One object; instants in RFC 3339, working time in seconds, levels in per cent.
void write_explanation(json_writer& w, const domain::sla::explanation& e);

/// Working time in seconds, with a fraction only when there is one: `5400`, `0.000001`.
std::string seconds_text(domain::sla::microseconds time);
/// "75", "87.5".
std::string percent_text(int level_bp);

}  // namespace fibrehub::web::api
