// reckon_options: checked when set, so that a mistake is told where it is made.
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "capi/call.h"
#include "capi/objects.h"
#include "capi/options_table.h"

namespace reckon::capi {
namespace {

const char* TypeName(reckon_type type) {
  switch (type) {
    case RECKON_TYPE_I64:
      return "i64";
    case RECKON_TYPE_F64:
      return "f64";
    default:
      return "str";
  }
}

absl::Status CheckKey(reckon_option option, reckon_type type, const reckon_option_info** out_info) {
  const reckon_option_info* const info = FindOption(option);
  if (info == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("there is no option ", option, " in this version; reckon_option_get_info lists all"));
  }
  if (info->type != type) {
    return absl::InvalidArgumentError(absl::StrCat("option ", info->name, " is set with reckon_options_set_",
                                                   TypeName(info->type), ", not _", TypeName(type)));
  }
  *out_info = info;
  return absl::OkStatus();
}

template <typename T>
void Store(reckon_options* options, const reckon_option_info& info, T value) {
  if (info.repeatable == 0) {
    for (reckon_options::Setting& setting : options->settings) {
      if (setting.option != info.option) continue;
      setting.value = std::move(value);
      return;
    }
  }
  options->settings.push_back({info.option, std::move(value)});
}

template <typename T>
absl::Status OutOfRange(const reckon_option_info& info, T value, T min, T max) {
  return absl::InvalidArgumentError(
      absl::StrCat("option ", info.name, " is ", value, "; it must be from ", min, " to ", max));
}

}  // namespace
}  // namespace reckon::capi

using reckon::capi::Call;

extern "C" {

reckon_status reckon_options_new(reckon_options** out_options, reckon_error** error) {
  reckon::capi::Clear(out_options);
  return Call(__func__, error, {{"out_options", out_options}}, [&] {
    *out_options = new reckon_options();
    return absl::OkStatus();
  });
}

void reckon_options_free(reckon_options* options) { delete options; }

reckon_status reckon_options_set_i64(reckon_options* options, reckon_option option, int64_t value,
                                     reckon_error** error) {
  return Call(__func__, error, {{"options", options}}, [&] {
    const reckon_option_info* info = nullptr;
    absl::Status status = reckon::capi::CheckKey(option, RECKON_TYPE_I64, &info);
    if (!status.ok()) return status;
    if (value < info->min_i64 || value > info->max_i64) {
      return reckon::capi::OutOfRange(*info, value, info->min_i64, info->max_i64);
    }
    reckon::capi::Store(options, *info, value);
    return absl::OkStatus();
  });
}

reckon_status reckon_options_set_f64(reckon_options* options, reckon_option option, double value,
                                     reckon_error** error) {
  return Call(__func__, error, {{"options", options}}, [&] {
    const reckon_option_info* info = nullptr;
    absl::Status status = reckon::capi::CheckKey(option, RECKON_TYPE_F64, &info);
    if (!status.ok()) return status;
    if (!(value >= info->min_f64 && value <= info->max_f64)) {  // NaN is in no range
      return reckon::capi::OutOfRange(*info, value, info->min_f64, info->max_f64);
    }
    reckon::capi::Store(options, *info, value);
    return absl::OkStatus();
  });
}

reckon_status reckon_options_set_str(reckon_options* options, reckon_option option, const char* value,
                                     size_t value_size, reckon_error** error) {
  return Call(__func__, error, {{"options", options}, {"value", value, value_size}}, [&] {
    const reckon_option_info* info = nullptr;
    absl::Status status = reckon::capi::CheckKey(option, RECKON_TYPE_STR, &info);
    if (!status.ok()) return status;
    const absl::string_view text = reckon::capi::View(value, value_size);
    bool allowed = *info->choices == '\0';
    for (const absl::string_view choice : absl::StrSplit(info->choices, ' ')) allowed = allowed || choice == text;
    if (!allowed) {
      return absl::InvalidArgumentError(
          absl::StrCat("option ", info->name, " is '", text, "'; it must be one of: ", info->choices));
    }
    if (option == RECKON_OPTION_STOP_STRING && text.empty()) {
      return absl::InvalidArgumentError("option stop_string is empty; an empty text is everywhere");
    }
    reckon::capi::Store(options, *info, std::string(text));
    return absl::OkStatus();
  });
}

reckon_status reckon_options_add_logit_bias(reckon_options* options, reckon_token token, float bias,
                                            reckon_error** error) {
  return Call(__func__, error, {{"options", options}}, [&] {
    if (token < 0) return absl::InvalidArgumentError(absl::StrCat("token ", token, " is negative"));
    if (std::isnan(bias) || bias == std::numeric_limits<float>::infinity()) {
      return absl::InvalidArgumentError("a bias must be a number or -INFINITY");
    }
    options->logit_bias.emplace_back(token, bias);
    return absl::OkStatus();
  });
}

size_t reckon_option_count(void) { return reckon::capi::OptionTable().size(); }

reckon_status reckon_option_get_info(size_t index, reckon_option_info* out_info, reckon_error** error) {
  return Call(__func__, error, {{"out_info", out_info}}, [&] {
    if (index >= reckon_option_count()) {
      return absl::OutOfRangeError(absl::StrCat("there are ", reckon_option_count(), " options, no index ", index));
    }
    return reckon::capi::FillOut(reckon::capi::OptionTable()[index], out_info);
  });
}

}  // extern "C"
