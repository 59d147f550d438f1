// Kept files for those who send them on: read as a whole, off the io thread.
#pragma once

#include <functional>
#include <string>

#include "store/blobs.hpp"

namespace boost::asio {
class io_context;
}
namespace fibrehub::web {
class attachment_desk;
}

namespace fibrehub::app {

using read_file_fn = std::function<void(std::string sha256_hex,
                                        std::function<void(store::blob_result<std::string>)>)>;

/// Both must outlive what it is given to. Files of more than an attachment's size are refused.
read_file_fn file_reader(boost::asio::io_context& io, web::attachment_desk& files);

}  // namespace fibrehub::app
