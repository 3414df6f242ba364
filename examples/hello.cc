// The smallest program: load a model, ask it, show the answer as it comes.  hello MODEL [QUESTION]
#include <cstdio>

#include "reckon/reckon.h"

static int Fail(const absl::Status& status) {
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return 1;
}

int main(int argc, char** argv) {
  if (argc < 2) return Fail(absl::InvalidArgumentError("usage: hello MODEL [QUESTION]"));
  auto model = reckon::Model::Open(reckon::ModelSource::Path(argv[1]));
  if (!model.ok()) return Fail(model.status());

  const reckon::Tokenizer& tokenizer = model->tokenizer();
  auto prompt = tokenizer.ApplyChatTemplate({{.role = "user", .content = argc > 2 ? argv[2] : "Who are you?"}});
  if (!prompt.ok()) return Fail(prompt.status());
  auto tokens = tokenizer.Encode(*prompt, {.parse_special = true});
  if (!tokens.ok()) return Fail(tokens.status());

  auto session = reckon::Session::Create(*model);
  if (!session.ok()) return Fail(session.status());
  if (absl::Status status = session->Append(*tokens); !status.ok()) return Fail(status);

  auto sampler = reckon::Sampler::Create(model->default_sampler_options());
  if (!sampler.ok()) return Fail(sampler.status());
  auto result = reckon::Generate(*session, *sampler, {}, [](absl::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
    return reckon::StreamAction::kContinue;
  });
  if (!result.ok()) return Fail(result.status());
  std::puts("");
  return 0;
}
