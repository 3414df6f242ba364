// What the bodies of requests have in common: reading untrusted JSON.
#ifndef RECKON_EXAMPLES_SERVER_REQUEST_JSON_H_
#define RECKON_EXAMPLES_SERVER_REQUEST_JSON_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"
#include "reckon/types.h"
#include "server/api_error.h"

namespace reckon_server {

// Keeps the order of members: templates show tools to the model as the client wrote them.
using Json = nlohmann::ordered_json;

// Parses a body and gives it to `read`, out of which the functions below leave when something is wrong.
// Errors: 400, with the member that is wrong in `param`: no JSON object, not UTF-8, nested or long beyond all need, or
// what `read` refused.
std::optional<ApiError> ReadObject(absl::string_view body, absl::FunctionRef<void(const Json& root)> read);

// The functions from here on are for use inside of ReadObject(): they throw what it catches.

[[noreturn]] void RefuseMember(absl::string_view param, absl::string_view what);

// Refuses text that would take too much memory as a tree (up to fifty times that of the text) or too much time (that of
// an object grows with the square of its members).
void CheckShape(absl::string_view text);

// A member, or null if it is absent or null.
const Json* Find(const Json& object, const char* name);

std::string String(const Json& value, absl::string_view param);
bool Bool(const Json& object, const char* name, bool otherwise);
int64_t Integer(const Json& value, absl::string_view param, int64_t low, int64_t high);
int64_t Integer(const Json& object, const char* name, int64_t low, int64_t high, int64_t otherwise);
// Leaves `member` alone if the object has no such number.
void Number(const Json& object, const char* name, double low, double high, float& member);

// A text, or tokens in its place.
struct TextInput {
  std::string text;
  std::vector<reckon::TokenId> tokens;  // if not empty
};

// A string, an array of strings, an array of tokens, or an array of such arrays: at most `most` texts, none of them
// empty. The tokens may be none of the vocabulary.
std::vector<TextInput> Inputs(const Json& object, const char* name, size_t most);

}  // namespace reckon_server

#endif  // RECKON_EXAMPLES_SERVER_REQUEST_JSON_H_
