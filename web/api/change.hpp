// From a request that writes to what the writer needs to know about it, and from its outcome to the
// answer.
#pragma once

#include <tl/expected.hpp>

#include "store/change.hpp"
#include "web/request.hpp"
#include "web/response.hpp"

namespace fibrehub::web::api {

/// Who, when, and the Idempotency-Key (1 to 200 visible ASCII characters) with the request's hash;
/// or the 400 that says what is wrong with the key.
tl::expected<store::write_origin, response> origin_of(const request_context& ctx);

/// The same for requests that hold a password or a code: of these nothing is kept that could be
/// guessed from, so a repetition is told by method and path alone.
tl::expected<store::write_origin, response> origin_of_secret(const request_context& ctx);

/// The envelope around what was done, or around why not.
response answer_of(const request_context& ctx, const store::write_outcome& outcome);

}  // namespace fibrehub::web::api
