#include "server/request_json.h"

#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"

namespace reckon_server {
namespace {

constexpr size_t kDepth = 32;
constexpr int64_t kValues = 50000;
constexpr int64_t kMembers = 4096;

// Thrown inside of ReadObject() only.
struct Refused {
  ApiError error;
};

std::vector<reckon::TokenId> Tokens(const Json& array, absl::string_view param) {
  std::vector<reckon::TokenId> tokens;
  for (const Json& token : array) {
    tokens.push_back(static_cast<reckon::TokenId>(Integer(token, param, 0, std::numeric_limits<int32_t>::max())));
  }
  return tokens;
}

}  // namespace

std::optional<ApiError> ReadObject(absl::string_view body, absl::FunctionRef<void(const Json&)> read) {
  try {
    CheckShape(body);
    const Json root = Json::parse(body.begin(), body.end());
    if (!root.is_object()) RefuseMember("body", "must be a JSON object");
    read(root);
  } catch (const Refused& refused) {
    return refused.error;
  } catch (const Json::exception& error) {
    return ApiError{
        .status = 400, .message = absl::StrCat("the body is not JSON: ", error.what()), .code = "invalid_json"};
  }
  return std::nullopt;
}

void RefuseMember(absl::string_view param, absl::string_view what) {
  throw Refused{{.status = 400, .message = absl::StrCat(param, " ", what), .param = std::string(param)}};
}

void CheckShape(absl::string_view text) {
  std::vector<int64_t> members;  // of the objects and arrays that are open; an array's count from far below
  int64_t values = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      quoted = c != '"';
      continue;
    }
    quoted = c == '"';
    const bool opens = c == '[' || c == '{';
    if (opens) members.push_back(c == '{' ? 1 : -kValues);
    if ((c == ']' || c == '}') && !members.empty()) members.pop_back();
    if (c == ',' && !members.empty() && ++members.back() > kMembers) {
      RefuseMember("body", absl::StrCat("has an object of more than ", kMembers, " members"));
    }
    values += c == ',' || opens ? 1 : 0;
    if (members.size() > kDepth) RefuseMember("body", absl::StrCat("is nested deeper than ", kDepth));
    if (values > kValues) RefuseMember("body", absl::StrCat("has more than ", kValues, " values"));
  }
}

const Json* Find(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::string String(const Json& value, absl::string_view param) {
  if (!value.is_string()) RefuseMember(param, "must be a string");
  return value.get<std::string>();
}

bool Bool(const Json& object, const char* name, bool otherwise) {
  const Json* value = Find(object, name);
  if (value == nullptr) return otherwise;
  if (!value->is_boolean()) RefuseMember(name, "must be true or false");
  return value->get<bool>();
}

int64_t Integer(const Json& value, absl::string_view param, int64_t low, int64_t high) {
  const bool fits = value.is_number_integer() &&
                    !(value.is_number_unsigned() && value.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX)) &&
                    value.get<int64_t>() >= low && value.get<int64_t>() <= high;
  if (!fits) RefuseMember(param, absl::StrCat("must be a whole number from ", low, " to ", high));
  return value.get<int64_t>();
}

int64_t Integer(const Json& object, const char* name, int64_t low, int64_t high, int64_t otherwise) {
  const Json* value = Find(object, name);
  return value == nullptr ? otherwise : Integer(*value, name, low, high);
}

void Number(const Json& object, const char* name, double low, double high, float& member) {
  const Json* value = Find(object, name);
  if (value == nullptr) return;
  const double number = value->is_number() ? value->get<double>() : NAN;
  if (!(number >= low && number <= high)) RefuseMember(name, absl::StrCat("must be a number from ", low, " to ", high));
  member = static_cast<float>(number);
}

std::vector<TextInput> Inputs(const Json& object, const char* name, size_t most) {
  const Json* value = Find(object, name);
  if (value == nullptr) RefuseMember(name, "is missing");
  std::vector<TextInput> inputs;
  if (value->is_string()) {
    inputs.push_back({String(*value, name), {}});
  } else if (!value->is_array() || value->empty()) {
    RefuseMember(name, "must be a string, or an array of strings or tokens that is not empty");
  } else if (value->front().is_number()) {
    inputs.push_back({"", Tokens(*value, name)});
  } else {
    if (value->size() > most) RefuseMember(name, absl::StrCat("may have ", most, " texts"));
    for (const Json& one : *value) {
      inputs.push_back(one.is_array() ? TextInput{"", Tokens(one, name)} : TextInput{String(one, name), {}});
    }
  }
  for (const TextInput& input : inputs) {
    if (input.text.empty() && input.tokens.empty()) RefuseMember(name, "has an empty text");
  }
  return inputs;
}

}  // namespace reckon_server
