// A kept file as an answer: always a download, never something a browser shows or runs, in pieces
// when it is large. Include it from .cpp files only.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "store/attachments/attachments.hpp"
#include "web/request.hpp"
#include "web/response.hpp"
#include "web/stream.hpp"

namespace fibrehub::web {
class attachment_desk;
}

namespace fibrehub::web::api {

/// `a` must live until the end. 200 with the bytes, 304 for who has them (the ETag is their
/// SHA-256), 500 when they are lost.
boost::asio::awaitable<response> file_answer(attachment_desk& desk, const request_context& ctx,
                                             const store::kept_attachment& a, stream_writer& out);

}  // namespace fibrehub::web::api
