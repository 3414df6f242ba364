#include "capi/error.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/status_details.h"
#include "capi/call.h"

// One block on the heap with the text behind it, so that making one fails as a whole or not at all.
struct reckon_error {
  reckon_status code;
  bool has_detail[reckon::kStatusDetails];
  int64_t details[reckon::kStatusDetails];
  const char* message;
};

namespace reckon::capi {
namespace {

// What is handed out when there is no memory for anything else. Never written to and never freed.
constexpr reckon_error kOutOfMemory = {RECKON_RESOURCE_EXHAUSTED, {}, {}, "out of memory"};

reckon_error* NewError(reckon_status code, absl::string_view message) noexcept {
  void* const block = std::malloc(sizeof(reckon_error) + message.size() + 1);
  if (block == nullptr) return nullptr;
  char* const text = static_cast<char*>(block) + sizeof(reckon_error);
  if (!message.empty()) std::memcpy(text, message.data(), message.size());
  text[message.size()] = '\0';
  return new (block) reckon_error{code, {}, {}, text};
}

}  // namespace

reckon_status ReportOutOfMemory(reckon_error** error) noexcept {
  // The C ABI has no const owner: nobody writes through this pointer, reckon_error_free knows the object.
  if (error != nullptr) *error = const_cast<reckon_error*>(&kOutOfMemory);
  return RECKON_RESOURCE_EXHAUSTED;
}

reckon_status Report(const absl::Status& status, reckon_error** error) noexcept {
  if (status.ok()) return RECKON_OK;
  const reckon_status code = static_cast<reckon_status>(status.code());
  if (error == nullptr) return code;
  if (code == RECKON_RESOURCE_EXHAUSTED && status.message().empty()) return ReportOutOfMemory(error);
  reckon_error* const made = NewError(code, status.message());
  if (made == nullptr) return ReportOutOfMemory(error);
  try {
    for (int32_t i = 0; i < kStatusDetails; ++i) {
      const std::optional<int64_t> value = GetDetail(status, static_cast<StatusDetail>(i + 1));
      made->has_detail[i] = value.has_value();
      made->details[i] = value.value_or(0);
    }
  } catch (const std::bad_alloc&) {
    // An error with fewer details is still one.
  }
  *error = made;
  return code;
}

reckon_status ReportException(const char* function, const char* what, reckon_error** error) noexcept {
  try {
    return Report(absl::InternalError(absl::StrCat(function, ": unexpected exception: ", what)), error);
  } catch (const std::bad_alloc&) {
    return ReportOutOfMemory(error);
  }
}

absl::Status NullParameter(const char* function, const char* parameter) {
  return absl::InvalidArgumentError(absl::StrCat(function, ": ", parameter, " is NULL"));
}

absl::Status CopyOut(absl::string_view text, char* buffer, size_t capacity, size_t* out_size) {
  if (capacity > text.size() && buffer == nullptr) return absl::InvalidArgumentError("buffer is NULL with a capacity");
  *out_size = text.size();
  if (capacity > text.size()) {
    if (!text.empty()) std::memcpy(buffer, text.data(), text.size());
    buffer[text.size()] = '\0';
    return absl::OkStatus();
  }
  if (capacity == 0) return absl::OkStatus();
  return absl::OutOfRangeError(
      absl::StrCat("the buffer has ", capacity, " bytes; the string and its NUL need ", text.size() + 1));
}

absl::Status CopyOut(absl::Span<const int32_t> tokens, reckon_token* buffer, size_t capacity, size_t* out_size) {
  const bool fits = capacity >= tokens.size();
  if (fits && !tokens.empty() && buffer == nullptr) return absl::InvalidArgumentError("buffer is NULL with a capacity");
  *out_size = tokens.size();
  if (fits) {
    if (!tokens.empty()) std::memcpy(buffer, tokens.data(), tokens.size() * sizeof(reckon_token));
    return absl::OkStatus();
  }
  if (capacity == 0) return absl::OkStatus();
  return absl::OutOfRangeError(
      absl::StrCat("the buffer has room for ", capacity, " tokens; ", tokens.size(), " are needed"));
}

}  // namespace reckon::capi

extern "C" {

reckon_status reckon_error_code(const reckon_error* error) { return error == nullptr ? RECKON_OK : error->code; }

const char* reckon_error_message(const reckon_error* error) { return error == nullptr ? "" : error->message; }

reckon_status reckon_error_detail_i64(const reckon_error* error, reckon_detail detail, int64_t* out_value) {
  if (out_value == nullptr) return RECKON_INVALID_ARGUMENT;
  if (error == nullptr || detail < 1 || detail > reckon::kStatusDetails) return RECKON_NOT_FOUND;
  const ptrdiff_t index = detail - 1;
  if (!error->has_detail[index]) return RECKON_NOT_FOUND;
  *out_value = error->details[index];
  return RECKON_OK;
}

void reckon_error_free(reckon_error* error) {
  if (error != &reckon::capi::kOutOfMemory) std::free(error);
}

}  // extern "C"
