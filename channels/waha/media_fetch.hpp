// Fetches the files of one bridge's messages: what the actor of actors/delivery has to know to
// empty wa_media. Each file is looked for where the message says it is, and where it is no more
// WAHA is asked to download it again; what cannot be had now is tried again until it is given up.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "actors/delivery.hpp"
#include "channels/waha/media_request.hpp"
#include "channels/waha/sender.hpp"

namespace fibrehub::channels::waha {

/// What became of bytes that were to be kept.
struct keep_result {
  enum class end { kept, refused, later };
  end what = end::later;
  std::string sha256_hex, content_type, ending;  // kept
  std::string why;                               // not
};

/// The rest of the hub, as far as fetching needs it. All may be called from any thread.
struct media_ports {
  /// http_client::fetch: `guarded` calls public addresses only.
  using fetcher =
      std::function<void(protocols::transport::http_request, std::function<void(http_outcome)>)>;
  fetcher fetch, guarded;
  /// Checks bytes and puts them on the disk, beside the io thread.
  std::function<void(std::string bytes, std::function<void(keep_result)>)> keep;
  /// To the store's writer; answered after the commit.
  std::function<void(store::take_media, store::reply<store::taken_files>)> take;
  std::function<void(store::finish_media, store::reply<bool>)> finish;
  /// Told how many files wait, and how many were given up since the start.
  std::function<void(std::int64_t waiting, std::uint64_t lost)> tell;
  std::function<domain::instant()> now;  // none: the system's
  std::uint64_t seed = 1;
  std::shared_ptr<actors::delivery_figures> figures;
};

actors::delivery_options media_through(const settings& s, media_ports ports);

/// What a file is called: as its sender says, else by kind and time.
std::string media_name(const store::taken_media& m, std::string_view ending);

}  // namespace fibrehub::channels::waha
