// The client over TLS: whom it trusts, and how it says that it does not.
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <boost/asio/ssl.hpp>
#include <filesystem>
#include <fstream>

#include "tests/protocols/http_client_fixture.hpp"

namespace fibrehub::protocols::transport {
namespace {

/// A key and a certificate for `name` signed by itself, as PEM files in a folder of their own.
class self_signed {
 public:
  explicit self_signed(const std::string& name) {
    std::string pattern = (std::filesystem::temp_directory_path() / "fh-tls-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* cert = X509_new();
    X509_set_version(cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
    X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
    X509_set_pubkey(cert, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
    X509_set_issuer_name(cert, X509_get_subject_name(cert));
    X509_EXTENSION* san =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, ("DNS:" + name).c_str());
    X509_add_ext(cert, san, -1);
    X509_EXTENSION_free(san);
    X509_sign(cert, key, EVP_sha256());
    write(cert_file(), [&](FILE* f) { PEM_write_X509(f, cert); });
    write(key_file(),
          [&](FILE* f) { PEM_write_PrivateKey(f, key, nullptr, nullptr, 0, nullptr, nullptr); });
    X509_free(cert);
    EVP_PKEY_free(key);
  }
  ~self_signed() { std::filesystem::remove_all(folder_); }
  std::string cert_file() const { return folder_ + "/cert.pem"; }
  std::string key_file() const { return folder_ + "/key.pem"; }

 private:
  static void write(const std::string& path, const std::function<void(FILE*)>& fill) {
    FILE* f = fopen(path.c_str(), "w");
    ASSERT_NE(f, nullptr);
    fill(f);
    fclose(f);
  }
  std::string folder_;
};

scripted_server::script over_tls(const self_signed& identity, int requests = 1,
                                 int highest_version = TLS1_3_VERSION) {
  return [&identity, requests, highest_version](tcp::socket& s) {
    asio::ssl::context context(asio::ssl::context::tls_server);
    SSL_CTX_set_max_proto_version(context.native_handle(), highest_version);
    SSL_CTX_set_security_level(context.native_handle(), 0);
    context.use_certificate_chain_file(identity.cert_file());
    context.use_private_key_file(identity.key_file(), asio::ssl::context::pem);
    asio::ssl::stream<tcp::socket&> stream(s, context);
    error_code ec;
    stream.handshake(asio::ssl::stream_base::server, ec);
    for (int i = 0; i < requests && !ec && !read_request(stream).empty(); ++i)
      say(stream, ok("secret"));
  };
}

TEST_F(HttpClient, SpeaksTlsToAPeerWhoseAuthorityIsGivenAndKeepsTheConnection) {
  self_signed identity("localhost");
  scripted_server server({over_tls(identity, 2)});
  auto& c = local(with(&http_client_options::ca_file, identity.cert_file()));
  for (int i = 0; i < 2; ++i) {
    auto answer = get(c, server.url("/", "https", "localhost"));
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->body, "secret");
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpClient, RefusesAPeerWhoseAuthorityIsUnknown) {
  self_signed identity("localhost");
  scripted_server server({over_tls(identity)});
  auto answer = get(local(), server.url("/", "https", "localhost"));
  EXPECT_EQ(code_of(answer), http_errc::tls_failed);
  EXPECT_FALSE(answer.error().ambiguous);
  EXPECT_THAT(answer.error().message, testing::HasSubstr("self-signed"));
}

TEST_F(HttpClient, RefusesACertificateForAnotherHost) {
  self_signed identity("elsewhere.example");
  scripted_server server({over_tls(identity)});
  auto answer = get(local(with(&http_client_options::ca_file, identity.cert_file())),
                    server.url("/", "https", "localhost"));
  EXPECT_EQ(code_of(answer), http_errc::tls_failed);
}

TEST_F(HttpClient, RefusesTlsBelowOnePointTwo) {
  self_signed identity("localhost");
  scripted_server server({over_tls(identity, 1, TLS1_1_VERSION)});
  auto answer = get(local(with(&http_client_options::ca_file, identity.cert_file())),
                    server.url("/", "https", "localhost"));
  EXPECT_EQ(code_of(answer), http_errc::tls_failed);
}

TEST_F(HttpClient, NamesACaFileThatCannotBeRead) {
  auto answer =
      get(local(with(&http_client_options::ca_file, "/nowhere/ca.pem")), "https://127.0.0.1:9/");
  EXPECT_EQ(code_of(answer), http_errc::tls_failed);
  EXPECT_THAT(answer.error().message, testing::HasSubstr("/nowhere/ca.pem"));
}

TEST_F(HttpClient, TimesOutWhenThePeerNeverShakesHands) {
  scripted_server server({[](tcp::socket& s) { until_closed(s); }});
  auto answer =
      get(local(with(&http_client_options::connect_timeout, 50ms)), server.url("/", "https"));
  EXPECT_EQ(code_of(answer), http_errc::tls_failed);
  EXPECT_FALSE(answer.error().ambiguous);
}

}  // namespace
}  // namespace fibrehub::protocols::transport
