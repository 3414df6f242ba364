#include "server/access.h"

#include <gtest/gtest.h>

namespace reckon_server {
namespace {

TEST(AccessTest, SecretsAreEqualOnlyAsAWhole) {
  EXPECT_TRUE(SecretsEqual("abc", "abc"));
  EXPECT_TRUE(SecretsEqual("", ""));
  for (const char* other : {"", "ab", "abcd", "abd", "abcabc"}) {
    EXPECT_FALSE(SecretsEqual(other, "abc")) << other;
    EXPECT_FALSE(SecretsEqual("abc", other)) << other;
  }
}

TEST(AccessTest, FindsTheKeyOfAClient) {
  ServerOptions options;
  EXPECT_EQ(FindKey(options, ""), 0u);
  options.api_keys = {"one", "two"};
  EXPECT_EQ(FindKey(options, "Bearer two"), 1u);
  EXPECT_EQ(FindKey(options, "bearer  one "), 0u);
  for (const char* wrong : {"", "two", "Basic two", "Bearer", "Bearer ", "Bearer three"}) {
    EXPECT_FALSE(FindKey(options, wrong).has_value()) << wrong;
  }
}

TEST(AccessTest, AnOriginMustBeNamedOrOurOwn) {
  ServerOptions options;
  options.origins = {"https://page.example"};
  const auto refused = [&options](const char* host, const char* origin) {
    RequestHead head;
    head.headers = {{"host", host}, {"origin", origin}};
    return CheckHostAndOrigin(options, head).has_value();
  };
  EXPECT_FALSE(refused("localhost:7860", ""));
  EXPECT_FALSE(refused("localhost:7860", "http://localhost:7860"));
  EXPECT_FALSE(refused("localhost:7860", "https://page.example"));
  EXPECT_TRUE(refused("localhost:7860", "http://localhost:3000"));
  EXPECT_TRUE(refused("localhost:7860", "null"));
  EXPECT_TRUE(refused("evil.example", "http://evil.example"));
  EXPECT_TRUE(refused("", ""));
}

}  // namespace
}  // namespace reckon_server
