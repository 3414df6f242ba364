// A process that is killed while it saves leaves a whole file: what it said it had saved, or the next one.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>
#include <thread>

#include "gtest/gtest.h"
#include "reckon/reckon.h"
#include "support/temp_folder.h"

extern char** environ;

namespace reckon::testing {
namespace {

// Starts the saver; its output comes out of *output.
pid_t StartSaver(const std::string& file, int* output) {
  int ends[2];
  EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  std::string program = RECKON_CHAT_SAVER;
  std::string model = RECKON_TINY_R1;
  std::string path = file;
  char* arguments[] = {program.data(), model.data(), path.data(), nullptr};
  pid_t child = -1;
  EXPECT_EQ(posix_spawn(&child, program.c_str(), &actions, nullptr, arguments, environ), 0);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  *output = ends[0];
  return child;
}

// The last whole line of what comes until the other end closes.
int64_t LastNumber(int output, std::string said) {
  char buffer[4096];
  for (ssize_t got = 0; (got = read(output, buffer, sizeof(buffer))) > 0;)
    said.append(buffer, static_cast<size_t>(got));
  said.resize(said.rfind('\n') == std::string::npos ? 0 : said.rfind('\n'));
  const size_t line = said.rfind('\n');
  return std::atoll(said.c_str() + (line == std::string::npos ? 0 : line + 1));
}

TEST(ChatKillTest, TheFileIsWholeWheneverTheProcessDies) {
  const char* wanted = std::getenv("RECKON_KILLS");
  const int kills = wanted != nullptr ? std::atoi(wanted) : 60;
  const TempFolder folder;
  const std::string file = folder / "chat.reckon";
  const absl::StatusOr<Model> model = Model::Open(ModelSource::Path(RECKON_TINY_R1), {.threads = 1});
  ASSERT_TRUE(model.ok()) << model.status();
  std::mt19937 random(1);
  int64_t most = 0;
  int newer = 0;
  for (int i = 0; i < kills; ++i) {
    int output = -1;
    const pid_t child = StartSaver(file, &output);
    ASSERT_GT(child, 0);
    char first = 0;  // it has begun
    ASSERT_EQ(read(output, &first, 1), 1) << "the saver refused the file of the round before";
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 20000));
    kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "ended by itself: " << WEXITSTATUS(status);
    const int64_t said = LastNumber(output, std::string(1, first));
    close(output);

    absl::StatusOr<Chat> chat = Chat::Create(*model);
    ASSERT_TRUE(chat.ok()) << chat.status();
    const absl::Status restored = chat->Restore(file);
    if (absl::IsNotFound(restored) && said == 0) continue;
    ASSERT_TRUE(restored.ok()) << restored;
    const int64_t found = static_cast<int64_t>(chat->messages().size());
    EXPECT_TRUE(found == said || found == said + 1) << found << " after " << said;
    for (int64_t message = 0; message < found; ++message) {
      EXPECT_EQ(*chat->messages()[static_cast<size_t>(message)].content, "message " + std::to_string(message));
    }
    newer += found == said + 1 ? 1 : 0;
    EXPECT_GE(found, most);
    most = found;
  }
  std::cout << kills << " kills, " << most << " messages in the end, " << newer << " times the next state\n";
  EXPECT_GT(most, 0);
}

}  // namespace
}  // namespace reckon::testing
