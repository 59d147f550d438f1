// Where the file of a message may be had from, decided before anything is called. What WAHA says of
// a file's address is not believed: the host in it is wrong in most installations, and whoever can
// make the bridge say an address must not lead the hub, or its key, anywhere. No sockets here.
#pragma once

#include <string>
#include <string_view>

#include "channels/waha/settings.hpp"
#include "protocols/transport/http_types.hpp"
#include "store/wa/media.hpp"

namespace fibrehub::channels::waha {

enum class media_place {
  bridge,   // WAHA's own files: the configured address, with the key
  trusted,  // a host of media_hosts: as it is written, without the key, private addresses too
  foreign,  // anywhere else: https, without the key, public addresses only
  none      // not to be called; `why` says it
};

struct media_call {
  media_place place = media_place::none;
  protocols::transport::http_request request;
  std::string why;
};

/// How the file at `url` is fetched. A path below /api/ of a host that is WAHA's, and any path
/// below /api/files/, is asked of `base_url`, whatever host the URL names.
media_call file_call(const settings& s, std::string_view url);

/// WAHA is to download the file again and say where it is.
protocols::transport::http_request again_request(const settings& s, const store::taken_media& m);

}  // namespace fibrehub::channels::waha
