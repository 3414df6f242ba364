#include "text/sentencepiece_library.h"

#include <sentencepiece_processor.h>

#include <exception>

namespace reckon {
namespace {

// The library reports through its own Status; what it is made of may throw (double array, protocol buffers, new).
template <typename Call>
bool Guarded(std::string* error, Call call) {
  try {
    const sentencepiece::util::Status status = call();
    if (status.ok()) return true;
    *error = status.ToString();
  } catch (const std::exception& exception) {
    *error = exception.what();
  } catch (...) {
    *error = "unknown exception";
  }
  return false;
}

}  // namespace

SentencePieceLibrary::SentencePieceLibrary() : processor_(std::make_unique<sentencepiece::SentencePieceProcessor>()) {}
SentencePieceLibrary::~SentencePieceLibrary() = default;

std::unique_ptr<SentencePieceLibrary> SentencePieceLibrary::Load(const std::string& model, std::string* error) {
  std::unique_ptr<SentencePieceLibrary> library(new SentencePieceLibrary());
  const bool ok = Guarded(error, [&] { return library->processor_->LoadFromSerializedProto(model); });
  return ok ? std::move(library) : nullptr;
}

bool SentencePieceLibrary::Encode(std::string_view text, std::vector<int>* ids, std::string* error) const {
  return Guarded(error, [&] { return processor_->Encode(text, ids); });
}

int SentencePieceLibrary::size() const { return processor_->GetPieceSize(); }
const std::string& SentencePieceLibrary::Piece(int id) const { return processor_->IdToPiece(id); }
bool SentencePieceLibrary::IsControl(int id) const { return processor_->IsControl(id); }
int SentencePieceLibrary::unk_id() const { return processor_->unk_id(); }
int SentencePieceLibrary::bos_id() const { return processor_->bos_id(); }
int SentencePieceLibrary::eos_id() const { return processor_->eos_id(); }
int SentencePieceLibrary::pad_id() const { return processor_->pad_id(); }

}  // namespace reckon
