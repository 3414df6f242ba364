// Everything about an option's key, in one place: reckon_option_get_info and the setters' checks come from it.
#ifndef RECKON_CAPI_OPTIONS_TABLE_H_
#define RECKON_CAPI_OPTIONS_TABLE_H_

#include "absl/types/span.h"
#include "capi/reckon_c.h"

namespace reckon::capi {

// All options in the order of their keys. struct_size is not set.
absl::Span<const reckon_option_info> OptionTable();

// The entry of a key, or null.
const reckon_option_info* FindOption(reckon_option option);

}  // namespace reckon::capi

#endif  // RECKON_CAPI_OPTIONS_TABLE_H_
