// What clients are told about the model and about what it takes.
#ifndef RECKON_EXAMPLES_SERVER_MODEL_CARD_H_
#define RECKON_EXAMPLES_SERVER_MODEL_CARD_H_

#include <cstdint>

#include "reckon/model.h"
#include "server/options.h"
#include "server/reply.h"
#include "server/slots.h"

namespace reckon_server {

// The most tokens of a session: what the options say, or what the model and its memory limit allow.
int64_t ContextOf(const ServerOptions& options, const reckon::Model& model);

// The object of GET /v1/models/NAME: OpenAI's members, `context_length`, `memory` and `reckon`.
OrderedJson ModelCard(const ServerOptions& options, const reckon::Model& model, const SlotFigures& figures,
                      int64_t created);

}  // namespace reckon_server

#endif  // RECKON_EXAMPLES_SERVER_MODEL_CARD_H_
