// All of Reckon's C++ API. Reading the headers below in this order is reading the manual.
#ifndef RECKON_RECKON_H_
#define RECKON_RECKON_H_

// clang-format off: the order is the manual's
// IWYU pragma: begin_exports
#include "reckon/cancel.h"
#include "reckon/chat.h"
#include "reckon/executor.h"
#include "reckon/generate.h"
#include "reckon/memory_plan.h"
#include "reckon/model.h"
#include "reckon/model_source.h"
#include "reckon/packed_weights.h"
#include "reckon/sampler.h"
#include "reckon/session.h"
#include "reckon/tokenizer.h"
#include "reckon/types.h"
#include "reckon/version.h"
// IWYU pragma: end_exports
// clang-format on

#endif  // RECKON_RECKON_H_
