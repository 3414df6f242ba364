// Load, stream an answer, cancel another one.  three_things MODEL [QUESTION]
#include <cstdio>
#include <string>
#include <thread>

#include "reckon/reckon.h"

namespace {

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return 1;
}

bool IsText(const reckon::ChatEvent& event) {
  return event.kind == reckon::ChatEventKind::kReasoning || event.kind == reckon::ChatEventKind::kAnswer;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return Fail(absl::InvalidArgumentError("usage: three_things MODEL [QUESTION]"));
  const auto model = reckon::Model::Open(reckon::ModelSource::Path(argv[1]));
  if (!model.ok()) return Fail(model.status());
  std::printf("model: %s, %lld parameters\n", model->info().architecture.c_str(),
              static_cast<long long>(model->info().parameters));

  const reckon::CancelToken cancel;
  reckon::ChatOptions options;
  options.sampler = reckon::SamplerOptions{.temperature = 0};
  options.generate.cancel = cancel;
  auto chat = reckon::Chat::Create(*model, options);
  if (!chat.ok()) return Fail(chat.status());
  const std::string question = argc > 2 ? argv[2] : "鸡兔同笼，头共35个，脚共94只，问鸡兔各几只？";
  std::printf("question: %s\n", question.c_str());
  auto kind = reckon::ChatEventKind::kDone;
  auto turn = chat->Send(question, [&](const reckon::ChatEvent& event) {
    if (!IsText(event)) return reckon::StreamAction::kContinue;
    if (event.kind != kind) {
      std::printf("%s%s: ", kind == reckon::ChatEventKind::kDone ? "" : "\n",
                  event.kind == reckon::ChatEventKind::kReasoning ? "reasoning" : "answer");
      kind = event.kind;
    }
    std::fwrite(event.text.data(), 1, event.text.size(), stdout);
    std::fflush(stdout);
    return reckon::StreamAction::kContinue;
  });
  if (!turn.ok()) return Fail(turn.status());
  std::puts("");

  // Another thread cancels, as a Stop button would.
  std::thread stop;
  turn = chat->Send("Is 143 a prime number?", [&](const reckon::ChatEvent& event) {
    if (IsText(event) && !stop.joinable()) stop = std::thread([cancel] { cancel.Cancel(); });
    return reckon::StreamAction::kContinue;
  });
  if (stop.joinable()) stop.join();
  if (!absl::IsCancelled(turn.status())) return Fail(turn.status());
  std::printf("cancelled: %zu messages\n", chat->messages().size());
  return 0;
}
