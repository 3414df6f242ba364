// A host without exceptions and run-time types. It only has to build, run and get its errors as codes.
#include <cstring>

#include "reckon_c.h"

int main() {
  reckon_model* model = nullptr;
  reckon_error* error = nullptr;
  if (reckon_model_open("/no/such/model", RECKON_NUL_TERMINATED, nullptr, nullptr, &model, &error) !=
      RECKON_NOT_FOUND) {
    return 1;
  }
  if (std::strstr(reckon_error_message(error), "/no/such/model") == nullptr) return 2;
  reckon_error_free(error);
  if (reckon_model_open(RECKON_TINY_R1, RECKON_NUL_TERMINATED, nullptr, nullptr, &model, nullptr) != RECKON_OK)
    return 3;
  reckon_session* session = nullptr;
  if (reckon_session_new(model, nullptr, &session, nullptr) != RECKON_OK) return 4;
  const reckon_token wrong = -5;
  if (reckon_session_append(session, &wrong, 1, nullptr, nullptr) != RECKON_INVALID_ARGUMENT) return 5;
  const reckon_token right = 5;
  if (reckon_session_append(session, &right, 1, nullptr, nullptr) != RECKON_OK) return 6;
  reckon_session_free(session);
  reckon_model_release(model);
  return 0;
}
