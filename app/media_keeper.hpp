// Files that channels fetched, on their way to the disk: checked and written beside the io thread,
// where attachments are kept.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <string>

#include "channels/waha/media_fetch.hpp"

namespace fibrehub::web {
class attachment_desk;
}

namespace fibrehub::app {

using keep_media =
    std::function<void(std::string bytes, std::function<void(channels::waha::keep_result)>)>;

/// Called on the io thread, answers there. Both must outlive what is under way.
keep_media media_keeper(boost::asio::io_context& io, web::attachment_desk& files,
                        std::size_t max_bytes);

}  // namespace fibrehub::app
