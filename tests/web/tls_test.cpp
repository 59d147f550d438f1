#include "web/tls.hpp"

#include <gmock/gmock.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <filesystem>

#include "tests/fixtures/ws_client.hpp"
#include "tests/web/live_server.hpp"

namespace fibrehub::web {
namespace {

using namespace testing;
using namespace std::chrono_literals;
using ::testing::HasSubstr;

/// A certificate and key made on the spot, in a folder that goes away with it.
class certificate_folder {
 public:
  certificate_folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "fibrehub-tls-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~certificate_folder() { std::filesystem::remove_all(path_); }
  certificate_folder(const certificate_folder&) = delete;
  certificate_folder& operator=(const certificate_folder&) = delete;

  void write(const char* common_name, bool with_key = true) const {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* cert = X509_new();
    X509_set_version(cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    X509_gmtime_adj(X509_getm_notBefore(cert), -60);
    X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
    X509_set_pubkey(cert, key);
    X509_NAME* name = X509_get_subject_name(cert);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(common_name), -1, -1, 0);
    X509_set_issuer_name(cert, name);
    X509_sign(cert, key, EVP_sha256());
    FILE* out = std::fopen(certificate().c_str(), "w");
    PEM_write_X509(out, cert);
    std::fclose(out);
    if (with_key) {
      out = std::fopen(key_file().c_str(), "w");
      PEM_write_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
      std::fclose(out);
    }
    X509_free(cert);
    EVP_PKEY_free(key);
  }
  std::string certificate() const { return path_ + "/cert.pem"; }
  std::string key_file() const { return path_ + "/key.pem"; }

 private:
  std::string path_;
};

class tls_client {
 public:
  explicit tls_client(std::uint16_t port, int highest_version = TLS1_3_VERSION)
      : context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_set_min_proto_version(context_, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context_, highest_version);
    SSL_CTX_set_security_level(context_, 0);  // else the client itself would refuse old versions
    bio_ = BIO_new_ssl_connect(context_);
    BIO_set_conn_hostname(bio_, fmt::format("127.0.0.1:{}", port).c_str());
    connected_ = BIO_do_connect(bio_) == 1 && BIO_do_handshake(bio_) == 1;
  }
  ~tls_client() {
    BIO_free_all(bio_);
    SSL_CTX_free(context_);
  }
  tls_client(const tls_client&) = delete;
  tls_client& operator=(const tls_client&) = delete;

  bool connected() const { return connected_; }
  std::string exchange(const std::string& request, const std::string& until) {
    BIO_write(bio_, request.data(), static_cast<int>(request.size()));
    std::string out;
    char buffer[4096];
    while (out.find(until) == std::string::npos) {
      const int n = BIO_read(bio_, buffer, sizeof buffer);
      if (n <= 0) break;
      out.append(buffer, static_cast<std::size_t>(n));
    }
    return out;
  }
  std::string common_name() {
    SSL* ssl = nullptr;
    BIO_get_ssl(bio_, &ssl);
    X509* cert = SSL_get1_peer_certificate(ssl);
    char name[100] = "";
    X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, name, sizeof name);
    X509_free(cert);
    return name;
  }

 private:
  SSL_CTX* context_;
  BIO* bio_ = nullptr;
  bool connected_ = false;
};

server_options tls_options(const certificate_folder& folder) {
  auto o = quick_options();
  o.tls = tls_files{folder.certificate(), folder.key_file()};
  return o;
}

std::vector<route> hello() {
  std::vector<route> out;
  out.push_back(get_route("/hello", "hello", echo()));
  return out;
}

TEST(Tls, ServesRequestsAndSaysStrictTransport) {
  certificate_folder folder;
  folder.write("first");
  live_server s{hello(), tls_options(folder)};
  tls_client c{s.port()};
  ASSERT_TRUE(c.connected());
  const auto one = c.exchange(get("/hello"), "\r\n\r\nok");
  EXPECT_THAT(one, HasSubstr("HTTP/1.1 200 OK"));
  EXPECT_THAT(one, HasSubstr("Strict-Transport-Security: max-age=31536000"));
  EXPECT_THAT(c.exchange(get("/hello"), "\r\n\r\nok"), HasSubstr("200 OK"));
}

TEST(Tls, RefusesVersionsBefore12) {
  certificate_folder folder;
  folder.write("first");
  live_server s{hello(), tls_options(folder)};
  EXPECT_FALSE((tls_client{s.port(), TLS1_1_VERSION}.connected()));
  EXPECT_TRUE((tls_client{s.port(), TLS1_2_VERSION}.connected()));
}

TEST(Tls, NewConnectionsGetTheReloadedCertificate) {
  certificate_folder folder;
  folder.write("first");
  live_server s{hello(), tls_options(folder)};
  tls_client old{s.port()};
  ASSERT_TRUE(old.connected());
  EXPECT_EQ(old.common_name(), "first");
  folder.write("second");
  ASSERT_TRUE(s.get().reload_certificate());
  tls_client fresh{s.port()};
  ASSERT_TRUE(fresh.connected());
  EXPECT_EQ(fresh.common_name(), "second");
  EXPECT_THAT(old.exchange(get("/hello"), "\r\n\r\nok"), HasSubstr("200 OK"));
}

TEST(Tls, KeepsTheOldCertificateWhenTheNewOneIsWrong) {
  certificate_folder folder;
  folder.write("first");
  live_server s{hello(), tls_options(folder)};
  folder.write("mismatched", false);
  const auto mismatch = s.get().reload_certificate();
  ASSERT_FALSE(mismatch);
  EXPECT_THAT(mismatch.error(), HasSubstr(folder.key_file()));
  std::filesystem::remove(folder.certificate());
  EXPECT_THAT(s.get().reload_certificate().error(), HasSubstr("cannot read the certificate"));
  tls_client c{s.port()};
  ASSERT_TRUE(c.connected());
  EXPECT_EQ(c.common_name(), "first");
}

TEST(Tls, CutsAHandshakeThatDoesNotComeToAnEnd) {
  certificate_folder folder;
  folder.write("first");
  auto o = tls_options(folder);
  o.handshake_timeout = 100ms;
  live_server s{hello(), o};
  raw_client c{s.port()};
  EXPECT_TRUE(c.closed());
}

TEST(Tls, ServerWithoutItsCertificateDoesNotStart) {
  certificate_folder folder;
  EXPECT_THROW((live_server{hello(), tls_options(folder)}), std::runtime_error);
}

TEST(Tls, CarriesWebSocketsAsWell) {
  certificate_folder folder;
  folder.write("first");
  route echo_back;
  echo_back.path = "/ws";
  echo_back.operation_id = "ws";
  echo_back.converse = [](request_context&, web_socket& s) -> boost::asio::awaitable<response> {
    const bool accepted = co_await s.accept({});
    while (accepted) {
      const auto text = co_await s.receive();
      if (!text || *text == "bye") break;
      const auto back = std::make_shared<const std::string>(*text);
      co_await s.send(back);
    }
    co_await s.close(1000, "bye");
    co_return response{};
  };
  std::vector<route> routes;
  routes.push_back(std::move(echo_back));
  live_server s{std::move(routes), tls_options(folder)};
  fixtures::wss_client c(s.port(), "/ws", {});
  ASSERT_EQ(c.status(), 101U);
  const std::string big(15'000, 'x');
  EXPECT_TRUE(c.send(big));
  EXPECT_EQ(c.next(), big);
  EXPECT_TRUE(c.send("bye"));
  EXPECT_EQ(c.wait_for_close(), 1000U);
  EXPECT_EQ(c.close_reason(), "bye");
  EXPECT_TRUE(s.eventually([&] { return s.get().connections() == 0; }));
}

}  // namespace
}  // namespace fibrehub::web
