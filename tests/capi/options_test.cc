// Options, errors, plans, and the rules for buffers and structures.
#include <cmath>
#include <limits>
#include <set>
#include <string>

#include "capi_support.h"
#include "reckon/reckon.h"

namespace reckon_test {
namespace {

reckon_option_info InfoAt(size_t index) {
  reckon_option_info info;
  info.struct_size = sizeof info;
  EXPECT_C_OK(reckon_option_get_info(index, &info, &error));
  return info;
}

reckon_option_info OptionInfo(reckon_option option) {
  for (size_t i = 0; i < reckon_option_count(); ++i) {
    if (const reckon_option_info info = InfoAt(i); info.option == option) return info;
  }
  ADD_FAILURE() << "no option " << option;
  return {};
}

TEST(Options, TableIsWhole) {
  std::set<reckon_option> keys;
  std::set<std::string> names;
  for (size_t i = 0; i < reckon_option_count(); ++i) {
    const reckon_option_info info = InfoAt(i);
    EXPECT_TRUE(keys.insert(info.option).second);
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_EQ(std::string(info.doc).back(), '.') << info.name;
    // Ends of the range and the default are accepted, what is beyond is refused.
    const Options options = NewOptions();
    if (info.type == RECKON_TYPE_I64) {
      EXPECT_C_OK(reckon_options_set_i64(options.get(), info.option, info.min_i64, &error));
      EXPECT_C_OK(reckon_options_set_i64(options.get(), info.option, info.max_i64, &error));
      EXPECT_C_OK(reckon_options_set_i64(options.get(), info.option, info.default_i64, &error));
      if (info.min_i64 > INT64_MIN) {
        EXPECT_EQ(reckon_options_set_i64(options.get(), info.option, info.min_i64 - 1, nullptr),
                  RECKON_INVALID_ARGUMENT);
      }
      if (info.max_i64 < INT64_MAX) {
        EXPECT_EQ(reckon_options_set_i64(options.get(), info.option, info.max_i64 + 1, nullptr),
                  RECKON_INVALID_ARGUMENT);
      }
    } else if (info.type == RECKON_TYPE_F64) {
      EXPECT_C_OK(reckon_options_set_f64(options.get(), info.option, info.min_f64, &error));
      EXPECT_C_OK(reckon_options_set_f64(options.get(), info.option, info.max_f64, &error));
      EXPECT_C_OK(reckon_options_set_f64(options.get(), info.option, info.default_f64, &error));
      for (const double wrong : {std::nextafter(info.min_f64, -1e300), info.max_f64 * 2,
                                 std::numeric_limits<double>::quiet_NaN(), HUGE_VAL, -HUGE_VAL}) {
        EXPECT_EQ(reckon_options_set_f64(options.get(), info.option, wrong, nullptr), RECKON_INVALID_ARGUMENT)
            << info.name << " " << wrong;
      }
    } else {
      ASSERT_EQ(info.type, RECKON_TYPE_STR);
      if (info.repeatable == 0) {
        EXPECT_C_OK(
            reckon_options_set_str(options.get(), info.option, info.default_str, RECKON_NUL_TERMINATED, &error));
      }
      if (*info.choices != '\0') {
        EXPECT_EQ(reckon_options_set_str(options.get(), info.option, "f", 1, nullptr), RECKON_INVALID_ARGUMENT);
      }
    }
  }
}

// Every value that the table allows is one that the samplers allow, and the defaults are theirs.
TEST(Options, TableAgreesWithTheSampler) {
  const reckon::SamplerOptions standard;
  EXPECT_EQ(static_cast<float>(OptionInfo(RECKON_OPTION_TEMPERATURE).default_f64), standard.temperature);
  EXPECT_EQ(OptionInfo(RECKON_OPTION_TOP_K).default_i64, standard.top_k);
  EXPECT_EQ(static_cast<float>(OptionInfo(RECKON_OPTION_TOP_P).default_f64), standard.top_p);
  EXPECT_EQ(static_cast<float>(OptionInfo(RECKON_OPTION_MIN_P).default_f64), standard.min_p);
  EXPECT_EQ(static_cast<float>(OptionInfo(RECKON_OPTION_TYPICAL_P).default_f64), standard.typical_p);
  EXPECT_EQ(static_cast<float>(OptionInfo(RECKON_OPTION_REPETITION_PENALTY).default_f64), standard.repetition_penalty);
  EXPECT_EQ(static_cast<float>(OptionInfo(RECKON_OPTION_PRESENCE_PENALTY).default_f64), standard.presence_penalty);
  EXPECT_EQ(static_cast<float>(OptionInfo(RECKON_OPTION_FREQUENCY_PENALTY).default_f64), standard.frequency_penalty);
  EXPECT_EQ(OptionInfo(RECKON_OPTION_PENALTY_WINDOW).default_i64, standard.penalty_window);
  EXPECT_EQ(static_cast<float>(OptionInfo(RECKON_OPTION_DRY_MULTIPLIER).default_f64), standard.dry_multiplier);
  EXPECT_EQ(static_cast<float>(OptionInfo(RECKON_OPTION_DRY_BASE).default_f64), standard.dry_base);
  EXPECT_EQ(OptionInfo(RECKON_OPTION_DRY_ALLOWED_LENGTH).default_i64, standard.dry_allowed_length);
  EXPECT_EQ(static_cast<float>(OptionInfo(RECKON_OPTION_XTC_PROBABILITY).default_f64), standard.xtc_probability);
  EXPECT_EQ(static_cast<float>(OptionInfo(RECKON_OPTION_XTC_THRESHOLD).default_f64), standard.xtc_threshold);
  EXPECT_EQ(static_cast<uint64_t>(OptionInfo(RECKON_OPTION_SEED).default_i64), standard.seed);
  EXPECT_EQ(OptionInfo(RECKON_OPTION_MAX_TOKENS).default_i64, reckon::GenerateOptions{}.max_tokens);
  EXPECT_EQ(OptionInfo(RECKON_OPTION_SKIP_SPECIAL).default_i64, reckon::GenerateOptions{}.skip_special ? 1 : 0);
  EXPECT_EQ(OptionInfo(RECKON_OPTION_PREFILL_CHUNK).default_i64, reckon::SessionOptions{}.prefill_chunk);
  EXPECT_EQ(OptionInfo(RECKON_OPTION_ADD_GENERATION_PROMPT).default_i64,
            reckon::ChatTemplateOptions{}.add_generation_prompt ? 1 : 0);
  for (size_t i = 0; i < reckon_option_count(); ++i) {
    const reckon_option_info info = InfoAt(i);
    if (info.option < 300 || info.option >= 400) continue;
    for (const bool upper : {false, true}) {
      const Options options = NewOptions();
      if (info.type == RECKON_TYPE_I64) {
        EXPECT_C_OK(reckon_options_set_i64(options.get(), info.option, upper ? info.max_i64 : info.min_i64, &error));
      } else {
        EXPECT_C_OK(reckon_options_set_f64(options.get(), info.option, upper ? info.max_f64 : info.min_f64, &error));
      }
      reckon_sampler* sampler = nullptr;
      EXPECT_C_OK(reckon_sampler_new(nullptr, options.get(), &sampler, &error));
      reckon_sampler_free(sampler);
    }
  }
}

TEST(Options, TableAgreesWithTheChat) {
  const reckon::ChatOptions standard;
  EXPECT_EQ(OptionInfo(RECKON_OPTION_SYSTEM).default_str, standard.system);
  EXPECT_EQ(OptionInfo(RECKON_OPTION_REUSE_CACHE).default_i64, standard.reuse_cache ? 1 : 0);
  EXPECT_EQ(OptionInfo(RECKON_OPTION_THINKING).default_i64, standard.thinking.enabled ? 1 : 0);
  EXPECT_EQ(OptionInfo(RECKON_OPTION_THINKING_MAX_TOKENS).default_i64, standard.thinking.max_tokens);
  EXPECT_EQ(OptionInfo(RECKON_OPTION_THINKING_SOFT_MAX_TOKENS).default_i64, standard.thinking.soft_max_tokens);
  EXPECT_EQ(static_cast<float>(OptionInfo(RECKON_OPTION_THINKING_NUDGE).default_f64), standard.thinking.nudge);
  EXPECT_EQ(OptionInfo(RECKON_OPTION_ANSWER_RESERVE).default_i64, standard.thinking.answer_reserve);
  EXPECT_EQ(OptionInfo(RECKON_OPTION_LOOP_GUARD).default_i64, standard.thinking.loop_guard ? 1 : 0);
  EXPECT_EQ(OptionInfo(RECKON_OPTION_BRIDGE).default_str, standard.thinking.bridge);
  EXPECT_EQ(OptionInfo(RECKON_OPTION_SUMMARIZE).default_i64, standard.context.summarize ? 1 : 0);
  EXPECT_EQ(OptionInfo(RECKON_OPTION_SUMMARY_TOKENS).default_i64, standard.context.summary_tokens);
  EXPECT_EQ(OptionInfo(RECKON_OPTION_DOCUMENT_TOKENS).default_i64, standard.documents.max_tokens);
  EXPECT_EQ(OptionInfo(RECKON_OPTION_PASSAGE_TOKENS).default_i64, standard.documents.passage_tokens);
  // The ends of all ranges at once give a chat that answers or says why not.
  const Model model = OpenModel();
  for (const bool upper : {false, true}) {
    const Options options = NewOptions();
    for (size_t i = 0; i < reckon_option_count(); ++i) {
      const reckon_option_info info = InfoAt(i);
      if (info.option < 600) continue;
      if (info.type == RECKON_TYPE_I64) {
        EXPECT_C_OK(reckon_options_set_i64(options.get(), info.option, upper ? info.max_i64 : info.min_i64, &error));
      } else if (info.type == RECKON_TYPE_F64) {
        EXPECT_C_OK(reckon_options_set_f64(options.get(), info.option, upper ? info.max_f64 : info.min_f64, &error));
      }
    }
    EXPECT_C_OK(reckon_options_set_i64(options.get(), RECKON_OPTION_MAX_TOKENS, 3, &error));
    const Chat chat = NewChat(model, options);
    EXPECT_C_OK(reckon_chat_attach(chat.get(), "zoo", 3, "The owl eats mice.", 18, &error));
    EXPECT_GT(InfoOf(Send(chat, "What does the owl eat?").get()).generated_tokens, 0);
  }
}

TEST(Options, WrongKeysAndTypesSayWhatIsRight) {
  const Options options = NewOptions();
  reckon_error* error = nullptr;
  EXPECT_EQ(reckon_options_set_i64(options.get(), RECKON_OPTION_TOP_P, 1, &error), RECKON_INVALID_ARGUMENT);
  EXPECT_STREQ(reckon_error_message(error), "option top_p is set with reckon_options_set_f64, not _i64");
  EXPECT_EQ(reckon_error_code(error), RECKON_INVALID_ARGUMENT);
  reckon_error_free(error);
  EXPECT_EQ(reckon_options_set_i64(options.get(), 99999, 1, nullptr), RECKON_INVALID_ARGUMENT);
  EXPECT_EQ(reckon_options_set_str(options.get(), RECKON_OPTION_STOP_STRING, "", 0, nullptr), RECKON_INVALID_ARGUMENT);
  EXPECT_EQ(reckon_options_add_logit_bias(options.get(), 1, NAN, nullptr), RECKON_INVALID_ARGUMENT);
  EXPECT_EQ(reckon_options_add_logit_bias(options.get(), 1, INFINITY, nullptr), RECKON_INVALID_ARGUMENT);
  EXPECT_EQ(reckon_options_add_logit_bias(options.get(), -1, 0, nullptr), RECKON_INVALID_ARGUMENT);
  EXPECT_C_OK(reckon_options_add_logit_bias(options.get(), 1, -INFINITY, &error));
  reckon_option_info info;
  info.struct_size = sizeof info;
  EXPECT_EQ(reckon_option_get_info(reckon_option_count(), &info, nullptr), RECKON_OUT_OF_RANGE);
}

TEST(Errors, CarryDetails) {
  const Options options = ExactOptions();
  EXPECT_C_OK(reckon_options_set_i64(options.get(), RECKON_OPTION_MEMORY_LIMIT_BYTES, 40 << 20, &error));
  reckon_memory_plan plan;
  plan.struct_size = sizeof plan;
  EXPECT_C_OK(reckon_plan_memory(RECKON_TINY_R1, RECKON_NUL_TERMINATED, options.get(), 100, &plan, &error));
  ASSERT_GT(plan.max_context_that_fits, 0);
  EXPECT_EQ(plan.context_tokens, 100);
  EXPECT_EQ(plan.total_bytes, plan.weight_bytes + plan.kv_bytes + plan.scratch_bytes + plan.tokenizer_bytes);

  reckon_model* opened = nullptr;
  EXPECT_C_OK(reckon_model_open(RECKON_TINY_R1, RECKON_NUL_TERMINATED, options.get(), nullptr, &opened, &error));
  const Model model(opened);
  reckon_memory_plan same;
  same.struct_size = sizeof same;
  EXPECT_C_OK(reckon_model_plan_memory(model.get(), 100, &same, &error));
  EXPECT_EQ(same.total_bytes, plan.total_bytes);

  // One token more than fits is refused, with the numbers.
  const int64_t largest = plan.max_context_that_fits;
  reckon_model_info info;
  info.struct_size = sizeof info;
  EXPECT_C_OK(reckon_model_get_info(model.get(), &info, &error));
  if (largest < info.max_position_embeddings) {
    EXPECT_C_OK(reckon_options_set_i64(options.get(), RECKON_OPTION_MAX_CONTEXT, largest + 1, &error));
    reckon_session* session = nullptr;
    reckon_error* error = nullptr;
    EXPECT_EQ(reckon_session_new(model.get(), options.get(), &session, &error), RECKON_RESOURCE_EXHAUSTED);
    EXPECT_EQ(session, nullptr);
    int64_t value = 0;
    EXPECT_EQ(reckon_error_detail_i64(error, RECKON_DETAIL_MAX_CONTEXT_THAT_FITS, &value), RECKON_OK);
    EXPECT_EQ(value, largest);
    EXPECT_EQ(reckon_error_detail_i64(error, RECKON_DETAIL_LIMIT_BYTES, &value), RECKON_OK);
    EXPECT_EQ(value, 40 << 20);
    EXPECT_EQ(reckon_error_detail_i64(error, RECKON_DETAIL_NEEDED_BYTES, &value), RECKON_OK);
    EXPECT_GT(value, 40 << 20);
    EXPECT_EQ(reckon_error_detail_i64(error, RECKON_DETAIL_TOKEN_INDEX, &value), RECKON_NOT_FOUND);
    EXPECT_EQ(reckon_error_detail_i64(error, 0, &value), RECKON_NOT_FOUND);
    EXPECT_EQ(reckon_error_detail_i64(error, 1000, &value), RECKON_NOT_FOUND);
    reckon_error_free(error);
  }

  const Session session = NewSession(model);
  const reckon_token tokens[] = {1, 2, 1 << 30};
  reckon_error* error = nullptr;
  EXPECT_EQ(reckon_session_append(session.get(), tokens, 3, nullptr, &error), RECKON_INVALID_ARGUMENT);
  int64_t index = -1;
  EXPECT_EQ(reckon_error_detail_i64(error, RECKON_DETAIL_TOKEN_INDEX, &index), RECKON_OK);
  EXPECT_EQ(index, 2);
  reckon_error_free(error);
}

TEST(Errors, OfNothing) {
  int64_t value = 5;
  EXPECT_EQ(reckon_error_code(nullptr), RECKON_OK);
  EXPECT_STREQ(reckon_error_message(nullptr), "");
  EXPECT_EQ(reckon_error_detail_i64(nullptr, RECKON_DETAIL_NEEDED_BYTES, &value), RECKON_NOT_FOUND);
  EXPECT_EQ(value, 5);
  reckon_error_free(nullptr);
}

TEST(Buffers, FollowTheRule) {
  size_t size = 0;
  EXPECT_C_OK(reckon_cpu_describe(nullptr, 0, &size, &error));
  ASSERT_GT(size, 0U);
  std::string buffer(size + 1, 'x');
  const std::string untouched = buffer;
  size_t again = 0;
  EXPECT_EQ(reckon_cpu_describe(buffer.data(), size, &again, nullptr), RECKON_OUT_OF_RANGE);
  EXPECT_EQ(again, size);
  EXPECT_EQ(buffer, untouched);
  EXPECT_C_OK(reckon_cpu_describe(buffer.data(), size + 1, &again, &error));
  EXPECT_EQ(buffer.size(), size + 1);
  EXPECT_EQ(buffer[size], '\0');
  EXPECT_NE(buffer.find("thread"), std::string::npos);
  EXPECT_EQ(reckon_cpu_describe(nullptr, 10000, &again, nullptr), RECKON_INVALID_ARGUMENT);
}

// A program that was compiled when the structure was shorter gets what it knows and nothing behind it.
TEST(Structures, OlderAndNewerCallers) {
  const Model model = OpenModel();
  reckon_model_info whole;
  whole.struct_size = sizeof whole;
  EXPECT_C_OK(reckon_model_get_info(model.get(), &whole, &error));
  EXPECT_EQ(whole.struct_size, sizeof whole);

  reckon_model_info shorter;
  std::memset(&shorter, 0x5a, sizeof shorter);
  shorter.struct_size = offsetof(reckon_model_info, hidden_size);
  EXPECT_C_OK(reckon_model_get_info(model.get(), &shorter, &error));
  EXPECT_EQ(shorter.vocab_size, whole.vocab_size);
  EXPECT_EQ(shorter.hidden_size, 0x5a5a5a5a5a5a5a5a);

  struct {
    reckon_model_info known;
    int64_t unknown;
  } longer;
  longer.unknown = 77;
  longer.known.struct_size = sizeof longer;
  EXPECT_C_OK(reckon_model_get_info(model.get(), &longer.known, &error));
  EXPECT_EQ(longer.known.struct_size, sizeof longer);
  EXPECT_EQ(longer.known.weight_bytes_per_token, whole.weight_bytes_per_token);
  EXPECT_EQ(longer.unknown, 77);

  whole.struct_size = 0;
  EXPECT_EQ(reckon_model_get_info(model.get(), &whole, nullptr), RECKON_INVALID_ARGUMENT);
}

TEST(Library, SaysWhatItIs) {
  EXPECT_EQ(reckon_abi_version(), static_cast<uint32_t>(RECKON_ABI_VERSION));
  EXPECT_STREQ(reckon_version_string(), RECKON_VERSION_STRING);
}

}  // namespace
}  // namespace reckon_test
