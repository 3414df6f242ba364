// A conversation with a reasoning model: messages in, events out.
//
//   absl::StatusOr<reckon::Chat> chat = reckon::Chat::Create(model, {.system = "Be brief."});
//   absl::StatusOr<reckon::ChatTurn> turn = chat->Send("Is 143 a prime number?", [](const reckon::ChatEvent& event) {
//     if (event.kind == reckon::ChatEventKind::kAnswer) std::cout << event.text;
//     return reckon::StreamAction::kContinue;
//   });
#ifndef RECKON_CHAT_H_
#define RECKON_CHAT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "reckon/cancel.h"
#include "reckon/generate.h"
#include "reckon/model.h"
#include "reckon/sampler.h"
#include "reckon/session.h"
#include "reckon/tokenizer.h"
#include "reckon/types.h"

namespace reckon {

// How long a model may think before it answers. Reasoning is what stands between <think> and </think>, at the beginning
// of an answer. A model that stops by itself within the budget is never touched.
struct ThinkingOptions {
  // Off: the template's own switch (enable_thinking) if it has one, else an empty <think></think> is written for the
  // model.
  bool enabled = true;
  // The most tokens of reasoning; -1: no limit but the one that answer_reserve sets. Then it is closed with the bridge.
  int64_t max_tokens = -1;
  // From here on the logit of </think> is raised, more with every token, up to `nudge` at max_tokens; -1: never.
  int64_t soft_max_tokens = -1;
  float nudge = 8.0f;
  // Reasoning is closed while this many tokens are left in max_context and in GenerateOptions::max_tokens, so that an
  // answer fits. -1: a quarter of what there is, at most 512, and nothing if there are fewer than 128.
  int64_t answer_reserve = -1;
  // Closes the reasoning when it goes round in circles: a span for the third time in a row, or a passage of 64 tokens
  // for the third time anywhere.
  bool loop_guard = true;
  // The phrase that leads from reasoning cut short to the answer. Empty: a short one in the conversation's language
  // (Chinese, Japanese, Korean, Russian, else English, told by the script).
  std::string bridge{};
};

// Something that Reckon did to the reasoning.
enum class Intervention {
  kThinkingOff,   // an empty <think></think> was written, because the template has no switch
  kNudge,         // the soft budget was reached: </think> becomes more likely from here on
  kBudgetClose,   // closed: max_tokens was reached
  kReserveClose,  // closed: what is left is the answer's
  kLoopClose,     // closed: it repeated itself
  kUnclosedEnd,   // closed: the model ended its turn without an answer
};
[[nodiscard]] absl::string_view InterventionName(Intervention intervention);  // "thinking_off", "nudge", ...

// What happens when the conversation does not fit into the window. The system message, pinned turns and the newest turn
// are always seen whole; of the others, the oldest leave, turn by turn, never a part of one.
struct ContextOptions {
  // The model itself sums up what leaves, on the chat's thread, before it answers. The summary stands behind the system
  // message and takes in what leaves later. A turn that is too long to be read for it is dropped.
  bool summarize = false;
  int64_t summary_tokens = 256;  // the most tokens of a summary
};

// Texts that are longer than the window are cut into passages, of which those that fit a question best are put in front
// of it for that turn.
struct DocumentOptions {
  int64_t max_tokens = 1024;     // of all passages of a question; at most a quarter of max_context is used
  int64_t passage_tokens = 200;  // the most tokens of one passage
};

// A passage of an attached document.
struct CitedPassage {
  std::string document;
  std::string heading;  // the nearest one above it; empty: none
  std::string text;
  int64_t first_line = 0;  // in the document, counted from 1
  int64_t last_line = 0;
  int64_t tokens = 0;
};

// What of the conversation the model saw in a turn, in messages and in tokens of the rendered prompt.
struct ContextReceipt {
  int64_t kept_messages = 0;
  int64_t dropped_messages = 0;        // they are not seen at all
  int64_t summarized_messages = 0;     // they are seen as a summary
  int64_t kept_tokens = 0;             // the prompt, the summary included
  int64_t dropped_tokens = 0;          // what the prompt would have had beside them, were all messages seen
  int64_t summarized_tokens = 0;       // likewise
  int64_t summary_tokens = 0;          // what the prompt has more for the summary
  std::vector<CitedPassage> passages;  // of attached documents, in front of the question
};

// What a turn cost.
struct ChatUsage {
  int64_t prompt_tokens = 0;     // the rendered conversation
  int64_t reused_tokens = 0;     // of these, whose keys and values were there already
  int64_t reasoning_tokens = 0;  // generated inside <think>, marks and bridge included
  int64_t generated_tokens = 0;  // all, the stop token included
  double prefill_seconds = 0;
  double first_token_seconds = 0;  // from the call to the first generated token
  double decode_seconds = 0;       // from the first generated token to the last
};

// An answer.
struct ChatTurn {
  std::string reasoning;        // without marks and surrounding white space
  std::string answer;           // likewise
  std::string text;             // as generated, marks included
  std::string tool_calls_json;  // JSON array in the form of Message::tool_calls_json, or empty
  std::vector<TokenId> tokens;  // all that were generated, and those written for the model
  FinishReason finish_reason = FinishReason::kMaxTokens;
  std::string stop_string;        // which one, for kStopString
  bool inside_reasoning = false;  // it ended before </think>
  std::vector<Intervention> interventions;
  ChatUsage usage;
  ContextReceipt context;
};

enum class ChatEventKind {
  kContext,       // `context`: something does not fit and is left out or summed up, or passages of documents are shown
  kPrefill,       // `done` of `total` tokens of the prompt have been read; the last one comes with done == total
  kReasoning,     // a piece of `text`: whole characters
  kAnswer,        // likewise
  kToolCall,      // `text` is a JSON object {"name": ..., "arguments": ...}
  kIntervention,  // `intervention`
  kDone,          // `turn`; the answer to the event does not matter any more
};

// Views are valid during the call.
struct ChatEvent {
  ChatEventKind kind = ChatEventKind::kDone;
  absl::string_view text{};
  int64_t done = 0;  // kPrefill: tokens read; otherwise tokens generated so far in this turn
  int64_t total = 0;
  Intervention intervention = Intervention::kNudge;
  const ContextReceipt* context = nullptr;
  const ChatTurn* turn = nullptr;
};

// Called on the calling thread; must not throw or call into the same chat. kStop ends the answer and keeps what was
// made; kCancel, and kStop before the first token, take the chat back to before the turn.
using ChatCallback = absl::FunctionRef<StreamAction(const ChatEvent&)>;

struct ChatOptions {
  // The system message; empty: none.
  std::string system{};
  SessionOptions session{};
  // How tokens are picked; absent: as the model's authors recommend.
  std::optional<SamplerOptions> sampler{};
  // max_tokens, stop_strings, stop_tokens, skip_special and cancel are those of every turn. A triggered cancel token
  // takes the chat back to before the turn.
  GenerateOptions generate{};
  ThinkingOptions thinking{};
  ContextOptions context{};
  DocumentOptions documents{};
  // JSON array of tool descriptions in the OpenAI form, or empty. Calls in the form <tool_call>{...}</tool_call> become
  // events if the template knows them.
  std::string tools_json{};
  // JSON object of further variables for the template, or empty.
  std::string variables_json{};
  // Off: every prompt is read from its first token on. For measurements; answers are the same.
  bool reuse_cache = true;
};

// A conversation with its model's memory of it.
//
// The prompt of every turn is rendered by the model's own template, which for most reasoning models leaves out the
// reasoning of earlier turns. What the new prompt has in common with what the session holds is reused; Prepare() brings
// the session to where the next prompt will begin, so that the next turn reads its own new text alone.
//
// Threads: one thread at a time; a call while another one runs returns FAILED_PRECONDITION, and the views must not be
// used then. Different chats of one model may run at the same time.
class Chat {
 public:
  class Impl;  // lib/chat

  // Errors: those of Session::Create and Sampler::Create; FAILED_PRECONDITION if the model has no tokenizer or no
  //   chat template; INVALID_ARGUMENT (options).
  [[nodiscard]] static absl::StatusOr<Chat> Create(const Model& model, const ChatOptions& options = {});

  explicit Chat(std::unique_ptr<Impl> impl);
  Chat(Chat&&) noexcept;
  Chat& operator=(Chat&&) noexcept;
  ~Chat();

  // Adds a user message and answers it.
  // Errors: CANCELLED (callback or cancel token), RESOURCE_EXHAUSTED (the message does not fit into max_context),
  //   INVALID_ARGUMENT (the template refuses the conversation). After an error the chat is as it was before the call;
  //   the tokens that were read stay in the cache.
  [[nodiscard]] absl::StatusOr<ChatTurn> Send(absl::string_view text, ChatCallback on_event);
  // Answers the conversation as it stands: after Append() of a user's or a tool's message. Errors: those of Send();
  //   FAILED_PRECONDITION if there is nothing to answer.
  [[nodiscard]] absl::StatusOr<ChatTurn> Answer(ChatCallback on_event);
  // Replaces the last answer by another one. Errors: those of Answer().
  [[nodiscard]] absl::StatusOr<ChatTurn> Regenerate(ChatCallback on_event);

  // The messages, the system message among them. An assistant's message holds its reasoning in the form that the
  // template knows: between <think> marks in the content, in reasoning_content, or not at all.
  [[nodiscard]] const std::vector<Message>& messages() const;
  // Adds a message without answering.
  [[nodiscard]] absl::Status Append(Message message);
  // Replaces a message. Errors: OUT_OF_RANGE.
  [[nodiscard]] absl::Status Edit(size_t index, Message message);
  // Forgets all messages from `count` on. Errors: OUT_OF_RANGE.
  [[nodiscard]] absl::Status Truncate(size_t count);
  // The system message from the next turn on; empty: none.
  [[nodiscard]] absl::Status SetSystem(absl::string_view text);
  // A pinned message is never left out, and neither is the turn that it belongs to. Errors: OUT_OF_RANGE.
  [[nodiscard]] absl::Status Pin(size_t index, bool pinned = true);

  // Options from the next turn on.
  void set_thinking(ThinkingOptions thinking);
  void set_generate(GenerateOptions generate);
  [[nodiscard]] const ChatOptions& options() const;

  // The summary of what is no longer seen; empty: there is none.
  [[nodiscard]] const std::string& summary() const;
  // The text of the prompt that the next answer would begin from, all messages included.
  [[nodiscard]] absl::StatusOr<std::string> Prompt(bool add_generation_prompt = true) const;

  // Reads what is known of the next prompt: for idle moments, on any thread. After it, the next turn pays for its own
  // text alone, although the reasoning of the last one has gone. Does nothing if there is nothing to do.
  // Errors: CANCELLED; what was read until then stays. RESOURCE_EXHAUSTED (memory).
  [[nodiscard]] absl::Status Prepare(const CancelToken& cancel = CancelToken::Never());

  // A second chat at the same place: for branches, and for many chats that begin with the same system prompt (Prepare()
  // one and fork it). The cache is shared by reference until one of the two writes to a block.
  [[nodiscard]] absl::StatusOr<Chat> Fork() const;

  // Adds a document to look things up in: UTF-8 text, plain or Markdown. It is cut at headings, between paragraphs and
  // behind sentences, and indexed by its words (BM25; Chinese and Japanese by pairs of characters). The passages that a
  // question is given are in the receipt, and leave with the next question. Forks share documents; Save() does not keep
  // them. Errors: INVALID_ARGUMENT (no text), RESOURCE_EXHAUSTED.
  [[nodiscard]] absl::Status Attach(absl::string_view name, absl::string_view text);
  // The passages that this question would be given, in the documents' order.
  [[nodiscard]] absl::StatusOr<std::vector<CitedPassage>> Find(absl::string_view question) const;

  // Writes messages, pins, summary and cache to a file, so that at every moment, a crash or power failure included, the
  // file is whole: the earlier one or this one. Readable by its owner only. The random numbers are not kept. One chat
  // may save to a file at a time.
  // Errors: NOT_FOUND (no such folder), PERMISSION_DENIED, RESOURCE_EXHAUSTED (the disk is full), INTERNAL.
  [[nodiscard]] absl::Status Save(const std::string& path) const;
  // Puts a saved conversation in the place of this one; options stay. The next turn reads its new text alone.
  // Errors: NOT_FOUND; INVALID_ARGUMENT (damaged, or no saved chat); FAILED_PRECONDITION (saved with another model or
  //   with other formats in memory, or by a newer version); RESOURCE_EXHAUSTED. The chat is then as it was.
  [[nodiscard]] absl::Status Restore(const std::string& path);

  [[nodiscard]] int64_t context_tokens() const;  // held by the session now
  [[nodiscard]] int64_t max_context() const;
  [[nodiscard]] const Model& model() const;
  // Heap memory that the chat holds now, in bytes: cache blocks (shared ones count in full), scratch, and documents
  // with their index.
  [[nodiscard]] int64_t memory_bytes() const;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace reckon

#endif  // RECKON_CHAT_H_
