// A host that uses abseil itself, dynamically linked, while Reckon works in it: neither notices the other.
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "capi_support.h"

namespace reckon_test {
namespace {

struct Host {
  absl::Mutex mutex;
  absl::flat_hash_map<std::string, absl::Cord> pieces;
  absl::StatusOr<int> count = 0;
};

TEST(OtherAbseil, WorksBesideReckon) {
  Host host;
  const Model model = OpenModel();
  const Session session = NewSession(model);
  const Sampler sampler = GreedySampler();
  Append(session, FirstGolden().prompt);
  const auto use_abseil = [](void* user, const char* text, size_t size) -> reckon_action {
    Host* const its = static_cast<Host*>(user);
    const absl::MutexLock lock(&its->mutex);
    const int number = its->count.value();
    absl::Cord& piece = its->pieces[absl::StrCat("piece ", number)];
    piece.Append(absl::string_view(text, size));
    its->count = number + 1;
    absl::Status status = absl::InternalError("the host's own");
    status.SetPayload("url", piece);
    if (status.GetPayload("url") != piece) return RECKON_CANCEL;
    return RECKON_CONTINUE;
  };
  EXPECT_C_OK(
      reckon_session_generate(session.get(), sampler.get(), nullptr, nullptr, use_abseil, &host, nullptr, &error));
  std::string text;
  for (int i = 0; i < *host.count; ++i) absl::StrAppend(&text, std::string(host.pieces.at(absl::StrCat("piece ", i))));
  EXPECT_NE(text.find("x=23"), std::string::npos);
  EXPECT_GT(host.pieces.size(), 100U);
}

}  // namespace
}  // namespace reckon_test
