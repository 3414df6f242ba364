// The C++ API's values of chats as the C ABI's structures.
#ifndef RECKON_CAPI_CHAT_VALUES_H_
#define RECKON_CAPI_CHAT_VALUES_H_

#include "capi/reckon_c_chat.h"
#include "reckon/chat.h"

namespace reckon::capi {

// Its strings are those of `passage`. struct_size is not set.
reckon_passage PassageOf(const CitedPassage& passage);

}  // namespace reckon::capi

#endif  // RECKON_CAPI_CHAT_VALUES_H_
