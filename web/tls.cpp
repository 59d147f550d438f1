#include "web/tls.hpp"

#include <fmt/format.h>

namespace fibrehub::web {
namespace {

namespace ssl = boost::asio::ssl;

constexpr const char* ciphers_tls12 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

/// Answers http/1.1 to clients that offer protocols; others go on without.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_length,
                    const unsigned char* offered, unsigned offered_length, void*) {
  static const unsigned char http11[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_length, http11, sizeof(http11) - 1, offered,
                            offered_length) != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

tl::expected<std::shared_ptr<ssl::context>, std::string> load_tls(
    const std::string& certificate_file, const std::string& key_file) {
  boost::system::error_code ec;
  auto ctx = std::make_shared<ssl::context>(ssl::context::tls_server);
  ctx->set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 |
                       ssl::context::no_sslv3 | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1 |
                       ssl::context::no_compression | SSL_OP_NO_RENEGOTIATION |
                       SSL_OP_CIPHER_SERVER_PREFERENCE,
                   ec);
  SSL_CTX* native = ctx->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(native, ciphers_tls12);
  SSL_CTX_set_alpn_select_cb(native, choose_protocol, nullptr);
  ctx->use_certificate_chain_file(certificate_file, ec);
  if (ec)
    return tl::unexpected(
        fmt::format("cannot read the certificate {}: {}", certificate_file, ec.message()));
  ctx->use_private_key_file(key_file, ssl::context::pem, ec);
  if (ec)
    return tl::unexpected(fmt::format("cannot read the key {} for the certificate {}: {}", key_file,
                                      certificate_file, ec.message()));
  if (SSL_CTX_check_private_key(native) != 1)
    return tl::unexpected(fmt::format("the key {} does not belong to the certificate {}", key_file,
                                      certificate_file));
  return ctx;
}

}  // namespace fibrehub::web
