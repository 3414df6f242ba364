// All of Reckon's C++ API. Reading the headers below in this order is reading the manual.
#ifndef RECKON_RECKON_H_
#define RECKON_RECKON_H_

// IWYU pragma: begin_exports
#include "reckon/version.h"
#include "reckon/types.h"
#include "reckon/cancel.h"
#include "reckon/executor.h"
#include "reckon/model_source.h"
#include "reckon/memory_plan.h"
#include "reckon/tokenizer.h"
#include "reckon/sampler.h"
#include "reckon/model.h"
#include "reckon/session.h"
#include "reckon/generate.h"
// IWYU pragma: end_exports

#endif  // RECKON_RECKON_H_
