// The server's certificate and what it is willing to speak.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>
#include <tl/expected.hpp>

namespace fibrehub::web {

/// TLS 1.2 and 1.3 with the chain and key of two PEM files. The error is a sentence for the
/// operator.
tl::expected<std::shared_ptr<boost::asio::ssl::context>, std::string> load_tls(
    const std::string& certificate_file, const std::string& key_file);

}  // namespace fibrehub::web
