// The library leaves its host as it found it. A plain program with one case an argument, so that nothing else is in the
// process.
#include <fcntl.h>
#include <fenv.h>
#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "capi_support.h"

extern char** environ;  // NOLINT(readability-redundant-declaration): not declared everywhere

namespace reckon_test {
namespace {

// A short chat with a document, saved and restored.
void ChatOnce() {
  const Model model = OpenModel();
  const Options options = ExactOptions();
  EXPECT_C_OK(reckon_options_set_i64(options.get(), RECKON_OPTION_MAX_TOKENS, 8, &error));
  const Chat chat = NewChat(model, options);
  EXPECT_C_OK(reckon_chat_attach(chat.get(), "zoo", 3, "The owl eats mice.", 18, &error));
  EXPECT_EQ(InfoOf(Send(chat, "What does the owl eat?").get()).passages, 1);
  EXPECT_C_OK(reckon_chat_prepare(chat.get(), nullptr, &error));
  const std::string path = ::testing::TempDir() + "reckon_safety_" + std::to_string(getpid());
  EXPECT_C_OK(reckon_chat_save(chat.get(), path.data(), path.size(), &error));
  EXPECT_C_OK(reckon_chat_restore(chat.get(), path.data(), path.size(), &error));
  unlink(path.c_str());
  EXPECT_EQ(InfoOf(chat).messages, 2);
}

// Everything that can go wrong, too: errors must not print either.
void UseAndMisuse() {
  EXPECT_FALSE(AskOnce(30).empty());
  ChatOnce();
  reckon_model* model = nullptr;
  reckon_error* failure = nullptr;
  EXPECT_EQ(reckon_model_open("/no/such/model", RECKON_NUL_TERMINATED, nullptr, nullptr, &model, &failure),
            RECKON_NOT_FOUND);
  reckon_error_free(failure);
  const char damaged[] = "GGUF but nothing of it";
  const reckon_file file = {sizeof file, 0, "model.gguf", sizeof damaged, damaged, nullptr, nullptr};
  EXPECT_NE(reckon_model_open_files(&file, 1, nullptr, nullptr, &model, nullptr), RECKON_OK);
}

int CountThreads() {
  int count = 0;
  FILE* const status = fopen("/proc/self/status", "r");
  if (status == nullptr) return -1;
  char line[256];
  while (fgets(line, sizeof line, status) != nullptr) {
    if (sscanf(line, "Threads: %d", &count) == 1) break;
  }
  fclose(status);
  return count;
}

// A thread that has been joined is counted until the kernel has put it away, which is soon, but later than the join.
int CountThreadsSoon(int expected) {
  for (int waited = 0; waited < 5000 && CountThreads() != expected; ++waited) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return CountThreads();
}

int64_t ResidentBytes() {
  long pages = 0;
  FILE* const statm = fopen("/proc/self/statm", "r");
  if (statm == nullptr || fscanf(statm, "%*d %ld", &pages) != 1) return -1;
  fclose(statm);
  return pages * sysconf(_SC_PAGESIZE);
}

TEST(Safety, PrintsNothing) {
  char name[] = "/tmp/reckon_output_XXXXXX";
  const int file = mkstemp(name);
  ASSERT_GE(file, 0);
  fflush(stdout);
  const int out = dup(1);
  const int err = dup(2);
  dup2(file, 1);
  dup2(file, 2);
  UseAndMisuse();
  fflush(stdout);
  dup2(out, 1);
  dup2(err, 2);
  struct stat info = {};
  fstat(file, &info);
  char text[4096] = {};
  EXPECT_GE(pread(file, text, sizeof text - 1, 0), 0);
  EXPECT_EQ(info.st_size, 0) << text;
  close(file);
  close(out);
  close(err);
  unlink(name);
}

// Which handlers there are, and which signals are blocked.
std::string SignalState() {
  std::string state;
  for (int number = 1; number < NSIG; ++number) {
    struct sigaction action = {};
    if (sigaction(number, nullptr, &action) != 0) continue;
    state += std::to_string(number) + ":" + std::to_string(reinterpret_cast<uintptr_t>(action.sa_sigaction)) + "/" +
             std::to_string(action.sa_flags) + " ";
  }
  sigset_t blocked;
  pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
  for (int number = 1; number < NSIG; ++number) state += sigismember(&blocked, number) == 1 ? "1" : "0";
  return state;
}

std::string Environment() {
  std::string all;
  for (char** entry = environ; *entry != nullptr; ++entry) all += std::string(*entry) + "\n";
  return all;
}

TEST(Safety, ChangesNothingOfTheProcess) {
  ASSERT_NE(setlocale(LC_ALL, "C.UTF-8"), nullptr);
  signal(SIGUSR1, [](int) {});
  const mode_t mask = umask(0027);
  char folder[4096];
  ASSERT_NE(getcwd(folder, sizeof folder), nullptr);
  const std::string signals = SignalState();
  const std::string environment = Environment();
  fesetround(FE_UPWARD);
  fenv_t mode = {};
  fegetenv(&mode);
  const std::string answer = AskOnce(3);
  fenv_t mode_after = {};
  fegetenv(&mode_after);
  EXPECT_EQ(fegetround(), FE_UPWARD);
  fesetround(FE_TONEAREST);
  EXPECT_FALSE(answer.empty());
#if defined(__x86_64__)
  EXPECT_EQ(mode.__control_word, mode_after.__control_word);
  EXPECT_EQ(mode.__mxcsr & 0xFFC0U, mode_after.__mxcsr & 0xFFC0U);  // all but the flags of past exceptions
#endif
  UseAndMisuse();
  EXPECT_STREQ(setlocale(LC_ALL, nullptr), "C.UTF-8");
  EXPECT_EQ(umask(mask), 0027U);
  char folder_after[4096];
  ASSERT_NE(getcwd(folder_after, sizeof folder_after), nullptr);
  EXPECT_STREQ(folder, folder_after);
  EXPECT_EQ(SignalState(), signals);
  EXPECT_EQ(Environment(), environment);
}

// A decimal comma in the host's locale does not reach configuration files. (Skipped where no such locale is installed.)
TEST(Safety, ReadsNumbersInAnyLocale) {
  const char* found = nullptr;
  for (const char* name : {"de_DE.UTF-8", "fr_FR.UTF-8", "ru_RU.UTF-8"}) {
    if (found == nullptr && setlocale(LC_ALL, name) != nullptr) found = name;
  }
  if (found == nullptr) GTEST_SKIP() << "no locale with a decimal comma";
  const std::string answer = AskOnce(30);
  setlocale(LC_ALL, "C");
  EXPECT_EQ(answer, AskOnce(30));
}

TEST(Safety, LeavesNoThreadAndNoFile) {
  const auto open_files = [] {
    int count = 0;
    for (int file = 0; file < 1024; ++file) count += fcntl(file, F_GETFD) >= 0 ? 1 : 0;
    return count;
  };
  const int files = open_files();
  {
    const Model model = OpenModel();
    const Session session = NewSession(model);
    Append(session, FirstGolden().prompt);
    EXPECT_LE(CountThreads(), 2);
  }
  ChatOnce();
  EXPECT_EQ(CountThreadsSoon(1), 1);
  EXPECT_EQ(open_files(), files);
}

TEST(Safety, GivesMemoryBack) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "AddressSanitizer keeps what was freed for a while; it finds leaks itself";
#endif
  const std::string answer = AskOnce(20);
  AskOnce(20);
  ChatOnce();
  malloc_trim(0);
  const int64_t before = ResidentBytes();
  for (int cycle = 0; cycle < 100; ++cycle) {
    ASSERT_EQ(AskOnce(20), answer);
    ChatOnce();
  }
  malloc_trim(0);
  const int64_t after = ResidentBytes();
  printf("resident: %.1f MiB before, %.1f MiB after 100 cycles\n", static_cast<double>(before) / 1048576,
         static_cast<double>(after) / 1048576);
  EXPECT_LE(after, before + before / 50 + (4 << 20));
}

// In a child, after the parent used the library and while its worker threads sleep: what the parent had works there and
// can be given back, new models too, and the child ends.
TEST(Safety, ForkAfterUse) {
  const Model model = OpenModel();
  const Session session = NewSession(model);
  Append(session, FirstGolden().prompt);
  const std::vector<float> logits = LogitsOf(session);
  for (const int milliseconds : {0, 20, 200}) {
    Append(session, {5});
    EXPECT_C_OK(reckon_session_truncate(session.get(), static_cast<int64_t>(FirstGolden().prompt.size()), &error));
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    fflush(stdout);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      alarm(60);
      const bool same = LogitsOf(session) == logits;
      Append(session, {5, 6, 7});
      // The destructors, as the child would run them.
      reckon_session_free(const_cast<Session&>(session).release());
      reckon_model_release(const_cast<Model&>(model).release());
      const bool again = !AskOnce(5).empty();
      _exit(same && again && !HasFailure() ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status) << " after a pause of " << milliseconds << " ms";
    EXPECT_EQ(WEXITSTATUS(status), 0);
  }
  EXPECT_EQ(LogitsOf(session), logits);
}

// pthread_cancel waits for the end of a call.
TEST(Safety, ThreadCancellationWaits) {
  const Model model = OpenModel();
  const Session session = NewSession(model);
  Append(session, FirstGolden().prompt);
  std::atomic<bool> inside{false};
  std::thread thread([&] {
    const Sampler sampler = GreedySampler();
    const Options options = NewOptions();
    EXPECT_C_OK(reckon_options_set_i64(options.get(), RECKON_OPTION_MAX_TOKENS, 40, &error));
    const auto pause = [](void* user, const char*, size_t) -> reckon_action {
      static_cast<std::atomic<bool>*>(user)->store(true);
      usleep(1000);  // a place where a thread can be cancelled
      return RECKON_CONTINUE;
    };
    EXPECT_C_OK(
        reckon_session_generate(session.get(), sampler.get(), options.get(), nullptr, pause, &inside, nullptr, &error));
  });
  while (!inside.load()) std::this_thread::yield();
  pthread_cancel(thread.native_handle());
  thread.join();
  EXPECT_EQ(TokensOf(session).size(), FirstGolden().prompt.size() + 40);
}

}  // namespace
}  // namespace reckon_test
