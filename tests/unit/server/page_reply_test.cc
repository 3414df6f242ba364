#include "server/page_reply.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace reckon_server {
namespace {

using testing::HasSubstr;
using testing::Not;

// printf 'hello, hello, hello\n' | gzip -9n | xxd -i
constexpr unsigned char kHello[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03,
                                    0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0xd7, 0x51, 0xc8, 0x40, 0xa2,
                                    0xb8, 0x00, 0xe7, 0x42, 0x6e, 0x52, 0x14, 0x00, 0x00, 0x00};
constexpr PageFile kFiles[] = {
    {"/", "2b65c1a0c3a0ff77d1ca4c7f7a9a1d2ff0bd2fa9a4fa2fd4d0a3d3f3bf3a1d11", 20, kHello, sizeof kHello},
    {"/app.js", "0102030405060708091011121314151617181920212223242526272829303132", 20, kHello, sizeof kHello},
};

RequestHead Head(const std::string& method, const std::string& path, const std::string& accept_encoding = "",
                 const std::string& if_none_match = "") {
  RequestHead head;
  head.method = method;
  head.path = path;
  if (!accept_encoding.empty()) head.headers.emplace_back("accept-encoding", accept_encoding);
  if (!if_none_match.empty()) head.headers.emplace_back("if-none-match", if_none_match);
  return head;
}

httplib::Response Reply(const RequestHead& head) {
  httplib::Response response;
  const PageFile* file = FindPageFile(kFiles, head);
  if (file != nullptr) ReplyWithPageFile(*file, head, response);
  return response;
}

TEST(PageReplyTest, FindsItsFilesOnly) {
  EXPECT_EQ(FindPageFile(kFiles, Head("GET", "/")), &kFiles[0]);
  EXPECT_EQ(FindPageFile(kFiles, Head("HEAD", "/app.js")), &kFiles[1]);
  for (const char* path :
       {"", "/index.html", "/app", "/app.js/", "//app.js", "/./app.js", "/../app.js", "/%61pp.js", "/v1/models"}) {
    EXPECT_EQ(FindPageFile(kFiles, Head("GET", path)), nullptr) << path;
  }
  for (const char* method : {"POST", "PUT", "OPTIONS", "get"}) {
    EXPECT_EQ(FindPageFile(kFiles, Head(method, "/")), nullptr) << method;
  }
  EXPECT_EQ(FindPageFile({}, Head("GET", "/")), nullptr);
}

TEST(PageReplyTest, CompressesForThoseWhoAcceptIt) {
  const httplib::Response plain = Reply(Head("GET", "/app.js"));
  EXPECT_EQ(plain.status, 200);
  EXPECT_EQ(plain.body, "hello, hello, hello\n");
  EXPECT_FALSE(plain.has_header("Content-Encoding"));
  EXPECT_EQ(plain.get_header_value("Content-Type"), "text/javascript; charset=utf-8");
  const httplib::Response packed = Reply(Head("GET", "/app.js", "gzip, deflate, br"));
  EXPECT_EQ(packed.status, 200);
  EXPECT_EQ(packed.body, std::string(reinterpret_cast<const char*>(kHello), sizeof kHello));
  EXPECT_EQ(packed.get_header_value("Content-Encoding"), "gzip");
  EXPECT_EQ(packed.get_header_value("Vary"), "Accept-Encoding");
  EXPECT_NE(packed.get_header_value("ETag"), plain.get_header_value("ETag"));
}

TEST(PageReplyTest, ReadsAcceptEncoding) {
  for (const char* yes : {"gzip", "deflate, GZIP", "gzip;q=0.1", "*", "identity;q=1, *;q=0.5", "br , x-gzip ; q=1"}) {
    EXPECT_TRUE(AcceptsGzip(yes)) << yes;
  }
  for (const char* no :
       {"", "identity", "br", "gzip;q=0", "*, gzip;q=0", "gzip;q=0.000, *", "*;q=0", "gzip;q=x", "gzipped"}) {
    EXPECT_FALSE(AcceptsGzip(no)) << no;
  }
}

TEST(PageReplyTest, SendsNothingToThoseWhoHaveItAlready) {
  const std::string tag = Reply(Head("GET", "/")).get_header_value("ETag");
  EXPECT_GT(tag.size(), 20u);
  for (const std::string& list : {tag, "W/" + tag, "\"other\", " + tag, std::string("*")}) {
    const httplib::Response response = Reply(Head("GET", "/", "", list));
    EXPECT_EQ(response.status, 304) << list;
    EXPECT_EQ(response.body, "");
    EXPECT_EQ(response.get_header_value("ETag"), tag);
  }
  for (const std::string& list : {tag.substr(1), std::string("\"\""), std::string(",,"),
                                  Reply(Head("GET", "/", "gzip")).get_header_value("ETag")}) {
    EXPECT_EQ(Reply(Head("GET", "/", "", list)).status, 200) << list;
  }
}

// What a page may do is for the browser to enforce; that the browser is told is for us.
TEST(PageReplyTest, GivesThePageNoMorePowersThanItNeeds) {
  for (const httplib::Response& response : {Reply(Head("GET", "/")), Reply(Head("GET", "/", "", "*"))}) {
    const std::string policy = response.get_header_value("Content-Security-Policy");
    for (const char* part :
         {"default-src 'none'", "script-src 'self';", "connect-src 'self';", "frame-ancestors 'none'",
          "base-uri 'none'", "form-action 'none'", "require-trusted-types-for 'script'"}) {
      EXPECT_THAT(policy, HasSubstr(part));
    }
    EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
    EXPECT_THAT(policy, Not(HasSubstr("http")));
    EXPECT_EQ(response.get_header_value("Referrer-Policy"), "no-referrer");
    EXPECT_EQ(response.get_header_value("Cross-Origin-Opener-Policy"), "same-origin");
    EXPECT_THAT(response.get_header_value("Permissions-Policy"), HasSubstr("camera=()"));
    EXPECT_EQ(response.get_header_value("Cache-Control"), "no-cache");
  }
}

TEST(PageReplyTest, KnowsTheTypesOfItsFiles) {
  EXPECT_EQ(MediaType("/"), "text/html; charset=utf-8");
  EXPECT_EQ(MediaType("/app.css"), "text/css; charset=utf-8");
  EXPECT_EQ(MediaType("/icon.svg"), "image/svg+xml");
  EXPECT_EQ(MediaType("/third-party-notices.txt"), "text/plain; charset=utf-8");
  EXPECT_EQ(MediaType("/other"), "application/octet-stream");
}

TEST(PageReplyTest, EveryEmbeddedFileIsWhole) {
  EXPECT_NE(FindPageFile(EmbeddedPage(), Head("GET", "/")), nullptr);
  for (const PageFile& file : EmbeddedPage()) {
    httplib::Response response;
    ReplyWithPageFile(file, Head("GET", std::string(file.path)), response);
    EXPECT_EQ(response.status, 200) << file.path;
    EXPECT_EQ(response.body.size(), file.size) << file.path;
    EXPECT_NE(MediaType(file.path), "application/octet-stream") << file.path;
    EXPECT_EQ(file.sha256.size(), 64u);
  }
}

TEST(PageReplyTest, DamagedContentsAreAnError) {
  PageFile damaged = kFiles[1];
  damaged.size = 19;
  httplib::Response response;
  ReplyWithPageFile(damaged, Head("GET", "/app.js"), response);
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.body, "");
}

}  // namespace
}  // namespace reckon_server
