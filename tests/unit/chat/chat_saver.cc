// chat_saver MODEL FILE: saves a growing chat again and again, and says after each time how many messages are in the
// file. chat_kill_test kills it.
#include <cstdio>
#include <string>

#include "reckon/reckon.h"

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  auto model = reckon::Model::Open(reckon::ModelSource::Path(argv[1]), {.threads = 1});
  if (!model.ok()) return 3;
  auto chat = reckon::Chat::Create(*model);
  if (!chat.ok()) return 4;
  // Goes on from what the last one left.
  const absl::Status restored = chat->Restore(argv[2]);
  if (!restored.ok() && !absl::IsNotFound(restored)) return 5;
  std::printf("%zu\n", chat->messages().size());
  std::fflush(stdout);
  for (;;) {
    const std::string number = std::to_string(chat->messages().size());
    // Every other time there is more to read, so that the cache in the file changes too.
    if (!chat->Append({.role = "user", .content = "message " + number}).ok()) return 6;
    if (chat->messages().size() % 2 == 0 && chat->messages().size() < 40 && !chat->Prepare().ok()) return 7;
    if (!chat->Save(argv[2]).ok()) return 8;
    std::printf("%zu\n", chat->messages().size());
    std::fflush(stdout);
  }
}
