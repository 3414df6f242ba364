#include "server/request_head.h"

#include <gtest/gtest.h>

#include <string>

namespace reckon_server {
namespace {

int StatusOf(const std::string& text) {
  RequestHead head;
  const std::optional<ApiError> error = ParseHead(text, 100, head);
  return error.has_value() ? error->status : 200;
}

TEST(RequestHeadTest, ReadsWhatClientsSend) {
  RequestHead head;
  ASSERT_FALSE(ParseHead("POST /v1/x?a=b HTTP/1.1\r\nHost: h\r\nContent-Type: Application/JSON; charset=utf-8\r\n"
                         "content-length:  7 \r\nExpect: 100-continue\r\n\r\n",
                         100, head)
                   .has_value());
  EXPECT_EQ(head.method, "POST");
  EXPECT_EQ(head.path, "/v1/x");
  EXPECT_EQ(head.Get("host"), "h");
  EXPECT_EQ(head.content_length, 7u);
  EXPECT_TRUE(head.expects_continue);
  EXPECT_TRUE(head.keep_alive);
}

TEST(RequestHeadTest, KnowsHowLongAConnectionLives) {
  RequestHead head;
  ASSERT_FALSE(ParseHead("GET / HTTP/1.0\r\n\r\n", 100, head).has_value());
  EXPECT_FALSE(head.keep_alive);
  ASSERT_FALSE(ParseHead("GET / HTTP/1.1\r\nConnection: Close\r\n\r\n", 100, head).has_value());
  EXPECT_FALSE(head.keep_alive);
}

TEST(RequestHeadTest, RefusesWhatHasTwoMeanings) {
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf("POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"), 411);
}

TEST(RequestHeadTest, RefusesBodiesThatItWillNotRead) {
  const std::string json = "Content-Type: application/json\r\n";
  EXPECT_EQ(StatusOf("POST / HTTP/1.1\r\n" + json + "Content-Length: 100\r\n\r\n"), 200);
  EXPECT_EQ(StatusOf("POST / HTTP/1.1\r\n" + json + "Content-Length: 101\r\n\r\n"), 413);
  EXPECT_EQ(StatusOf("POST / HTTP/1.1\r\n" + json + "Content-Length: 18446744073709551616\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf("POST / HTTP/1.1\r\n" + json + "Content-Length: +1\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf("POST / HTTP/1.1\r\nContent-Type: text/plain\r\nContent-Length: 1\r\n\r\n"), 415);
  EXPECT_EQ(StatusOf("POST / HTTP/1.1\r\n" + json + "Content-Encoding: gzip\r\nContent-Length: 1\r\n\r\n"), 415);
}

}  // namespace
}  // namespace reckon_server
