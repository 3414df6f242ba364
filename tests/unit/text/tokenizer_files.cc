#include "unit/text/tokenizer_files.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdint>
#include <filesystem>
#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "base/byte_source.h"
#include "checkpoint/gguf.h"
#include "checkpoint/gguf_config.h"
#include "text/tokenizer_factory.h"

namespace reckon {
namespace {

std::string Folder(const std::string& name) { return absl::StrCat(RECKON_TEST_DATA, "/tokenizers/", name, "/"); }

std::string ReadIfThere(const std::string& path) {
  return std::filesystem::exists(path) ? ReadTestFile(path) : std::string();
}

// Qwen3 and R1-Distill share Qwen2.5's vocabulary and merges, Phi-3 Llama-2's: only the rest of their files is kept.
std::string TokenizerJson(const std::string& name) {
  const std::string overlay = ReadIfThere(Folder(name) + "tokenizer.overlay.json");
  if (overlay.empty()) return ReadTestFile(Folder(name) + "tokenizer.json.gz");
  const std::string base = ReadTestFile(Folder(name == "phi3" ? "llama2" : "qwen2.5") + "tokenizer.json.gz");
  const size_t vocab = base.find("\"vocab\": {") + 9;
  const size_t merges = base.find("\"merges\": [") + 10;
  const size_t vocab_end = base.rfind('}', merges) + 1;
  const size_t merges_end = base.rfind(']') + 1;
  return absl::StrReplaceAll(overlay, {{"\"@vocab@\"", base.substr(vocab, vocab_end - vocab)},
                                       {"\"@merges@\"", base.substr(merges, merges_end - merges)}});
}

}  // namespace

std::string ReadTestFile(const std::string& path) {
  std::string out;
  gzFile file = gzopen(path.c_str(), "rb");  // reads plain files as they are
  if (file == nullptr) {
    ADD_FAILURE() << "cannot open " << path;
    return out;
  }
  char buffer[1 << 16];
  int n = 0;
  while ((n = gzread(file, buffer, sizeof(buffer))) > 0) out.append(buffer, static_cast<size_t>(n));
  EXPECT_EQ(n, 0) << path;
  gzclose(file);
  return out;
}

TokenizerAssets HfAssets(const std::string& name) {
  TokenizerAssets assets;
  assets.tokenizer_json = TokenizerJson(name);
  assets.tokenizer_config_json = ReadIfThere(Folder(name) + "tokenizer_config.json.gz");
  return assets;
}

TokenizerAssets SentencePieceAssets(const std::string& name) {
  TokenizerAssets assets;
  assets.sentencepiece_model = ReadTestFile(Folder(name) + "tokenizer.model.gz");
  return assets;
}

TokenizerAssets GgufAssets(const std::string& name) {
  const std::string bytes = ReadTestFile(Folder(name) + "vocab.gguf.gz");
  const auto source =
      MakeMemorySource(name, absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()));
  TokenizerAssets assets;
  absl::StatusOr<GgufHeader> header = ReadGgufHeader(*source);
  EXPECT_TRUE(header.ok()) << header.status();
  if (!header.ok()) return assets;
  const absl::Status status = TakeGgufTokenizer(&header->metadata, name, &assets);
  EXPECT_TRUE(status.ok()) << status;
  return assets;
}

Tokenizer MakeOrFail(const TokenizerAssets& assets) {
  absl::StatusOr<Tokenizer> tokenizer = MakeTokenizer(assets);
  EXPECT_TRUE(tokenizer.ok()) << tokenizer.status();
  return tokenizer.ok() ? *tokenizer : Tokenizer();
}

const Tokenizer& TestTokenizer(const std::string& name) {
  static auto* cache = new std::map<std::string, Tokenizer>();
  const auto it = cache->find(name);
  if (it != cache->end()) return it->second;
  absl::string_view base = name;
  TokenizerAssets assets;
  if (absl::ConsumeSuffix(&base, "-gguf")) {
    assets = GgufAssets(std::string(base));
  } else if (absl::ConsumeSuffix(&base, "-sp")) {
    assets = SentencePieceAssets(std::string(base));
  } else {
    assets = HfAssets(name);
  }
  return cache->emplace(name, MakeOrFail(assets)).first->second;
}

}  // namespace reckon
