package reckon

/*
#include "glue.h"
*/
import "C"

// Intervention is something that Reckon did to the reasoning.
type Intervention int

// The interventions.
const (
	ThinkingOff  Intervention = C.RECKON_INTERVENTION_THINKING_OFF  // an empty reasoning was written
	Nudge        Intervention = C.RECKON_INTERVENTION_NUDGE         // the soft budget was reached
	BudgetClose  Intervention = C.RECKON_INTERVENTION_BUDGET_CLOSE  // closed: the most tokens were reached
	ReserveClose Intervention = C.RECKON_INTERVENTION_RESERVE_CLOSE // closed: what is left is the answer's
	LoopClose    Intervention = C.RECKON_INTERVENTION_LOOP_CLOSE    // closed: it repeated itself
	UnclosedEnd  Intervention = C.RECKON_INTERVENTION_UNCLOSED_END  // closed: the model ended without an answer
)

// Passage is a passage of an attached document.
type Passage struct {
	Document            string
	Heading             string // the nearest one above it; empty: none
	Text                string
	FirstLine, LastLine int64 // in the document, counted from 1
	Tokens              int64
}

func passageOf(raw *C.reckon_passage) Passage {
	return Passage{goString(raw.document, raw.document_size), goString(raw.heading, raw.heading_size), goString(raw.text, raw.text_size),
		int64(raw.first_line), int64(raw.last_line), int64(raw.tokens)}
}

// Turn is what a turn gave. In a piece of kind PieceContext, only passages and what the model sees are known yet.
type Turn struct {
	Reasoning, Answer string // without marks and surrounding white space
	Text              string // as generated, marks included
	ToolCallsJSON     string // an array as in OpenAI's API, or empty
	StopString        string // which one ended it, if any
	Tokens            []Token
	Interventions     []Intervention
	Passages          []Passage
	FinishReason      FinishReason
	InsideReasoning   bool // it ended before the reasoning did

	// What it cost: tokens of the prompt and of these those that were in the cache, tokens generated and of these those of
	// the reasoning, and the time.
	PromptTokens, ReusedTokens, ReasoningTokens, GeneratedTokens int64
	PrefillSeconds, FirstTokenSeconds, DecodeSeconds             float64

	// What of the conversation the model saw, in messages and in tokens of the prompt.
	KeptMessages, DroppedMessages, SummarizedMessages          int64
	KeptTokens, DroppedTokens, SummarizedTokens, SummaryTokens int64
}

func turnOf(raw *C.reckon_turn) (*Turn, error) {
	info := C.reckon_turn_info{struct_size: C.sizeof_reckon_turn_info}
	var failure *C.reckon_error
	if err := take(C.reckon_turn_get_info(raw, &info, &failure), failure); err != nil {
		return nil, err
	}
	turn := &Turn{FinishReason: FinishReason(info.finish_reason), InsideReasoning: info.inside_reasoning != 0,
		PromptTokens: int64(info.prompt_tokens), ReusedTokens: int64(info.reused_tokens), ReasoningTokens: int64(info.reasoning_tokens),
		GeneratedTokens: int64(info.generated_tokens), PrefillSeconds: float64(info.prefill_seconds),
		FirstTokenSeconds: float64(info.first_token_seconds), DecodeSeconds: float64(info.decode_seconds),
		KeptMessages: int64(info.kept_messages), DroppedMessages: int64(info.dropped_messages),
		SummarizedMessages: int64(info.summarized_messages), KeptTokens: int64(info.kept_tokens), DroppedTokens: int64(info.dropped_tokens),
		SummarizedTokens: int64(info.summarized_tokens), SummaryTokens: int64(info.summary_tokens)}
	var err error
	for key, text := range map[C.reckon_turn_text_key]*string{C.RECKON_TURN_REASONING: &turn.Reasoning, C.RECKON_TURN_ANSWER: &turn.Answer,
		C.RECKON_TURN_TEXT: &turn.Text, C.RECKON_TURN_TOOL_CALLS: &turn.ToolCallsJSON, C.RECKON_TURN_STOP_STRING: &turn.StopString} {
		*text, err = stringOut(func(buffer *C.char, capacity C.size_t, size *C.size_t, failure **C.reckon_error) C.reckon_status {
			return C.reckon_turn_get_text(raw, key, buffer, capacity, size, failure)
		})
		if err != nil {
			return nil, err
		}
	}
	turn.Tokens, err = tokensOut(1024, func(buffer *C.reckon_token, capacity C.size_t, size *C.size_t, failure **C.reckon_error) C.reckon_status {
		return C.reckon_turn_tokens(raw, buffer, capacity, size, failure)
	})
	if err != nil {
		return nil, err
	}
	for index := C.size_t(0); index < C.size_t(info.interventions); index++ {
		var one C.reckon_intervention
		if err := take(C.reckon_turn_get_intervention(raw, index, &one, &failure), failure); err != nil {
			return nil, err
		}
		turn.Interventions = append(turn.Interventions, Intervention(one))
	}
	for index := C.size_t(0); index < C.size_t(info.passages); index++ {
		passage := C.reckon_passage{struct_size: C.sizeof_reckon_passage}
		if err := take(C.reckon_turn_get_passage(raw, index, &passage, &failure), failure); err != nil {
			return nil, err
		}
		turn.Passages = append(turn.Passages, passageOf(&passage))
	}
	return turn, nil
}
