// Two copies of the library in one process, as when two plug-ins bring their own: each loaded privately, each works,
// neither sees the other. The copies have SONAMEs of their own, or the loader would give the first one twice.
#include <dlfcn.h>

#include <string>

#include "capi_support.h"

namespace reckon_test {
namespace {

// The functions of one copy.
struct Copy {
  explicit Copy(const char* path) : handle(dlopen(path, RTLD_NOW | RTLD_LOCAL)) {
    EXPECT_NE(handle, nullptr) << dlerror();
  }
  ~Copy() { EXPECT_EQ(dlclose(handle), 0); }
  Copy(const Copy&) = delete;
  Copy& operator=(const Copy&) = delete;

  template <typename F>
  F* Get(F*, const char* name) const {
    void* const symbol = dlsym(handle, name);
    EXPECT_NE(symbol, nullptr) << name;
    return reinterpret_cast<F*>(symbol);
  }

  void* handle;
};
#define FROM(copy, function) (copy).Get(static_cast<decltype(&(function))>(nullptr), #function)

std::string Ask(const Copy& copy) {
  const Golden& golden = FirstGolden();
  reckon_options* options = nullptr;
  EXPECT_EQ(FROM(copy, reckon_options_new)(&options, nullptr), RECKON_OK);
  EXPECT_EQ(FROM(copy, reckon_options_set_str)(options, RECKON_OPTION_WEIGHTS, "f32", 3, nullptr), RECKON_OK);
  EXPECT_EQ(FROM(copy, reckon_options_set_f64)(options, RECKON_OPTION_TEMPERATURE, 0, nullptr), RECKON_OK);
  reckon_model* model = nullptr;
  EXPECT_EQ(FROM(copy, reckon_model_open)(RECKON_TINY_R1, RECKON_NUL_TERMINATED, options, nullptr, &model, nullptr),
            RECKON_OK);
  reckon_session* session = nullptr;
  EXPECT_EQ(FROM(copy, reckon_session_new)(model, options, &session, nullptr), RECKON_OK);
  reckon_sampler* sampler = nullptr;
  EXPECT_EQ(FROM(copy, reckon_sampler_new)(model, options, &sampler, nullptr), RECKON_OK);
  EXPECT_EQ(FROM(copy, reckon_session_append)(session, golden.prompt.data(), golden.prompt.size(), nullptr, nullptr),
            RECKON_OK);
  Collected collected;
  EXPECT_EQ(
      FROM(copy, reckon_session_generate)(session, sampler, options, nullptr, Collect, &collected, nullptr, nullptr),
      RECKON_OK);
  FROM(copy, reckon_sampler_free)(sampler);
  FROM(copy, reckon_session_free)(session);
  FROM(copy, reckon_model_release)(model);
  FROM(copy, reckon_options_free)(options);
  return collected.text;
}

TEST(Copies, TwoInOneProcess) {
  const Copy first(RECKON_FIRST_COPY);
  const Copy second(RECKON_SECOND_COPY);
  EXPECT_NE(FROM(first, reckon_abi_version), FROM(second, reckon_abi_version));
  const std::string answer = Ask(first);
  EXPECT_FALSE(answer.empty());
  EXPECT_NE(FirstGolden().text.find("x=23"), std::string::npos);
  EXPECT_EQ(Ask(second), answer);
  EXPECT_EQ(Ask(first), answer);
}

// Unloading one copy leaves the other whole, and loading again works.
TEST(Copies, UnloadAndLoadAgain) {
  const Copy second(RECKON_SECOND_COPY);
  std::string answer;
  {
    const Copy first(RECKON_FIRST_COPY);
    answer = Ask(first);
  }
  EXPECT_EQ(Ask(second), answer);
  const Copy again(RECKON_FIRST_COPY);
  EXPECT_EQ(Ask(again), answer);
}

}  // namespace
}  // namespace reckon_test
