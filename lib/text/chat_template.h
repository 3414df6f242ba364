// Chat templates: conversations to prompts, as transformers' apply_chat_template renders them.
//
// The template is Jinja, in the environment that transformers makes for it: ImmutableSandboxedEnvironment with
// trim_blocks and lstrip_blocks, loop controls, {% generation %}, raise_exception, strftime_now and its own tojson. It
// comes with the model and is not trusted: it is interpreted, within bounds on steps, memory, output and depth.
#ifndef RECKON_LIB_TEXT_CHAT_TEMPLATE_H_
#define RECKON_LIB_TEXT_CHAT_TEMPLATE_H_

#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "reckon/tokenizer.h"
#include "text/jinja_value.h"

namespace reckon {

namespace jinja {
struct Template;
class Interpreter;
}  // namespace jinja

// A cheap handle: copies share the parsed template. Immutable.
// Threads: every member may be called concurrently.
class ChatTemplate {
 public:
  // Errors: INVALID_ARGUMENT with the line for a template that is not valid Jinja, or needs other templates (include,
  //   import, extends); RESOURCE_EXHAUSTED for one that nests too deep.
  [[nodiscard]] static absl::StatusOr<ChatTemplate> Parse(absl::string_view source);

  // Renders a conversation. The template sees `messages` as a list of dicts (content is None if it is absent), `tools`
  // (None if there are none), `documents` (None), `add_generation_prompt`, `bos_token` and `eos_token` (undefined if
  // empty, as special tokens are that a tokenizer lacks), and the members of `options.variables_json`.
  // Errors: INVALID_ARGUMENT if JSON does not parse, or where Python would raise; what the template gives to
  //   raise_exception() is in the message. RESOURCE_EXHAUSTED where a bound is met.
  [[nodiscard]] absl::StatusOr<std::string> Render(const std::vector<Message>& messages,
                                                   const ChatTemplateOptions& options, absl::string_view bos_token,
                                                   absl::string_view eos_token) const;

  // The same for messages that are JSON already: an array of objects with any members, for example `content` as a list
  // of parts.
  [[nodiscard]] absl::StatusOr<std::string> RenderJson(absl::string_view messages_json,
                                                       const ChatTemplateOptions& options, absl::string_view bos_token,
                                                       absl::string_view eos_token) const;

  // For tests and for hosts with other needs: the bounds, and the time that strftime_now() shows (0: the present).
  struct Environment {
    jinja::Limits limits;
    std::time_t now = 0;
  };
  void set_environment(const Environment& environment) { environment_ = environment; }

 private:
  explicit ChatTemplate(std::shared_ptr<const jinja::Template> parsed) : template_(std::move(parsed)) {}
  std::time_t Now() const;
  static absl::StatusOr<std::string> RenderValue(jinja::Interpreter& interpreter, jinja::Value messages,
                                                 const ChatTemplateOptions& options, absl::string_view bos_token,
                                                 absl::string_view eos_token);

  std::shared_ptr<const jinja::Template> template_;
  Environment environment_;
};

}  // namespace reckon

#endif  // RECKON_LIB_TEXT_CHAT_TEMPLATE_H_
