// The sentencepiece library behind a border without abseil: its header declares an absl::string_view of its own, which
// does not go together with abseil's in one file.
#ifndef RECKON_LIB_TEXT_SENTENCEPIECE_LIBRARY_H_
#define RECKON_LIB_TEXT_SENTENCEPIECE_LIBRARY_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sentencepiece {
class SentencePieceProcessor;
}

namespace reckon {

// A loaded model. Threads: const members may be called concurrently.
class SentencePieceLibrary {
 public:
  // `model` must have passed CheckSentencePieceProto(). Returns null and a reason if the library refuses it.
  static std::unique_ptr<SentencePieceLibrary> Load(const std::string& model, std::string* error);
  ~SentencePieceLibrary();

  // Returns false and a reason on failure.
  bool Encode(std::string_view text, std::vector<int>* ids, std::string* error) const;

  int size() const;
  const std::string& Piece(int id) const;  // 0 <= id < size()
  bool IsControl(int id) const;
  // -1 if there is none.
  int unk_id() const;
  int bos_id() const;
  int eos_id() const;
  int pad_id() const;

 private:
  SentencePieceLibrary();

  std::unique_ptr<sentencepiece::SentencePieceProcessor> processor_;
};

}  // namespace reckon

#endif  // RECKON_LIB_TEXT_SENTENCEPIECE_LIBRARY_H_
