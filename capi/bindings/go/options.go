package reckon

/*
#include "glue.h"
*/
import "C"

import "strings"

// Key is an option's number in the C ABI.
type Key int32

// Option is a choice for opening models, making sessions, samplers and chats, generating or rendering. Each call looks at
// those of its own kind and ignores the others, and checks their values. Giving one again replaces its value, except where
// each adds one.
type Option struct {
	key      Key
	kind     C.reckon_type
	i        int64
	f        float64
	s        string
	bias     float32
	special  special
	progress func(done, total int64)
}

type special int

const (
	logitBias special = iota + 1
	progress
	keepOnBreak
)

// Int is any option whose value is a whole number, 0 or 1 for a switch.
func Int(key Key, value int64) Option { return Option{key: key, kind: C.RECKON_TYPE_I64, i: value} }

// Float is any option whose value is a number.
func Float(key Key, value float64) Option { return Option{key: key, kind: C.RECKON_TYPE_F64, f: value} }

// Str is any option whose value is text.
func Str(key Key, value string) Option { return Option{key: key, kind: C.RECKON_TYPE_STR, s: value} }

func truth(key Key, value bool) Option {
	if value {
		return Int(key, 1)
	}
	return Int(key, 0)
}

// LogitBias, for samplers, adds to the logit of a token; negative infinity forbids it.
func LogitBias(token Token, bias float32) Option {
	return Option{special: logitBias, i: int64(token), bias: bias}
}

// Progress, for Open and Append, is called during the call with what is done and the whole, in bytes or tokens. It must not
// end its goroutine.
func Progress(call func(done, total int64)) Option { return Option{special: progress, progress: call} }

// KeepOnBreak, for streams, keeps what was made when the loop is left. Without it, it is taken back.
func KeepOnBreak() Option { return Option{special: keepOnBreak} }

// The keys of all options, by their names.
const (
	KeyWeights               Key = 100
	KeyKVCache               Key = 101
	KeyThreads               Key = 102
	KeyMemoryLimitBytes      Key = 103
	KeyISA                   Key = 104
	KeyMaxContext            Key = 200
	KeyPrefillChunk          Key = 201
	KeyTemperature           Key = 300
	KeyTopK                  Key = 301
	KeyTopP                  Key = 302
	KeyMinP                  Key = 303
	KeyTypicalP              Key = 304
	KeyRepetitionPenalty     Key = 305
	KeyPresencePenalty       Key = 306
	KeyFrequencyPenalty      Key = 307
	KeyPenaltyWindow         Key = 308
	KeyDRYMultiplier         Key = 309
	KeyDRYBase               Key = 310
	KeyDRYAllowedLength      Key = 311
	KeyXTCProbability        Key = 312
	KeyXTCThreshold          Key = 313
	KeySeed                  Key = 314
	KeyDRYBreaker            Key = 315
	KeyMaxTokens             Key = 400
	KeyStopString            Key = 401
	KeyStopToken             Key = 402
	KeyIgnoreEOS             Key = 403
	KeySkipSpecial           Key = 404
	KeyAddGenerationPrompt   Key = 500
	KeyToolsJSON             Key = 501
	KeyTemplateVariablesJSON Key = 502
	KeyTemplateName          Key = 503
	KeySystem                Key = 600
	KeyReuseCache            Key = 601
	KeyThinking              Key = 610
	KeyThinkingMaxTokens     Key = 611
	KeyThinkingSoftMaxTokens Key = 612
	KeyThinkingNudge         Key = 613
	KeyAnswerReserve         Key = 614
	KeyLoopGuard             Key = 615
	KeyBridge                Key = 616
	KeySummarize             Key = 620
	KeySummaryTokens         Key = 621
	KeyDocumentTokens        Key = 630
	KeyPassageTokens         Key = 631
)

// Weights is an option of opening a model: "auto", "f32", "bf16", "q8", "q4".
func Weights(value string) Option { return Str(KeyWeights, value) }

// KVCache is an option of opening a model: "auto", "f32", "bf16".
func KVCache(value string) Option { return Str(KeyKVCache, value) }

// Threads is an option of opening a model: 0 is as many as the process may use.
func Threads(value int64) Option { return Int(KeyThreads, value) }

// MemoryLimitBytes is an option of opening a model: 0 is none.
func MemoryLimitBytes(value int64) Option { return Int(KeyMemoryLimitBytes, value) }

// ISA is an option of opening a model: "" is the best instruction set.
func ISA(value string) Option { return Str(KeyISA, value) }

// MaxContext is an option of a session: 0 is the model's, or what the memory limit leaves.
func MaxContext(value int64) Option { return Int(KeyMaxContext, value) }

// PrefillChunk is an option of a session: tokens that are read at once.
func PrefillChunk(value int64) Option { return Int(KeyPrefillChunk, value) }

// Temperature is an option of a sampler: 0 is greedy.
func Temperature(value float64) Option { return Float(KeyTemperature, value) }

// TopK is an option of a sampler: 0 is off.
func TopK(value int64) Option { return Int(KeyTopK, value) }

// TopP is an option of a sampler: 1 is off.
func TopP(value float64) Option { return Float(KeyTopP, value) }

// MinP is an option of a sampler: 0 is off.
func MinP(value float64) Option { return Float(KeyMinP, value) }

// TypicalP is an option of a sampler: 1 is off.
func TypicalP(value float64) Option { return Float(KeyTypicalP, value) }

// RepetitionPenalty is an option of a sampler: 1 is off.
func RepetitionPenalty(value float64) Option { return Float(KeyRepetitionPenalty, value) }

// PresencePenalty is an option of a sampler: 0 is off.
func PresencePenalty(value float64) Option { return Float(KeyPresencePenalty, value) }

// FrequencyPenalty is an option of a sampler: 0 is off.
func FrequencyPenalty(value float64) Option { return Float(KeyFrequencyPenalty, value) }

// PenaltyWindow is an option of a sampler: tokens; -1 is all.
func PenaltyWindow(value int64) Option { return Int(KeyPenaltyWindow, value) }

// DRYMultiplier is an option of a sampler: 0 is off.
func DRYMultiplier(value float64) Option { return Float(KeyDRYMultiplier, value) }

// DRYBase is an option of a sampler: the base of DRY's penalty.
func DRYBase(value float64) Option { return Float(KeyDRYBase, value) }

// DRYAllowedLength is an option of a sampler: tokens that DRY lets repeat.
func DRYAllowedLength(value int64) Option { return Int(KeyDRYAllowedLength, value) }

// XTCProbability is an option of a sampler: 0 is off.
func XTCProbability(value float64) Option { return Float(KeyXTCProbability, value) }

// XTCThreshold is an option of a sampler: probability from which XTC leaves out.
func XTCThreshold(value float64) Option { return Float(KeyXTCThreshold, value) }

// Seed is an option of a sampler: the seed of its random numbers.
func Seed(value int64) Option { return Int(KeySeed, value) }

// DRYBreaker is an option of a sampler: a token over which DRY does not look; each call adds one.
func DRYBreaker(value int64) Option { return Int(KeyDRYBreaker, value) }

// MaxTokens is an option of generating: -1 is until the context is full.
func MaxTokens(value int64) Option { return Int(KeyMaxTokens, value) }

// StopString is an option of generating: each call adds one.
func StopString(value string) Option { return Str(KeyStopString, value) }

// StopToken is an option of generating: each call adds one.
func StopToken(value int64) Option { return Int(KeyStopToken, value) }

// IgnoreEOS is an option of generating: goes on behind the token that ends an answer.
func IgnoreEOS(value bool) Option { return truth(KeyIgnoreEOS, value) }

// SkipSpecial is an option of generating: leaves special tokens out of the text.
func SkipSpecial(value bool) Option { return truth(KeySkipSpecial, value) }

// AddGenerationPrompt is an option of rendering: ends the prompt where the answer begins.
func AddGenerationPrompt(value bool) Option { return truth(KeyAddGenerationPrompt, value) }

// ToolsJSON is an option of rendering: a JSON array.
func ToolsJSON(value string) Option { return Str(KeyToolsJSON, value) }

// TemplateVariablesJSON is an option of rendering: a JSON object.
func TemplateVariablesJSON(value string) Option { return Str(KeyTemplateVariablesJSON, value) }

// TemplateName is an option of rendering: "" is the default one.
func TemplateName(value string) Option { return Str(KeyTemplateName, value) }

// System is an option of a chat: the system message; "" is none.
func System(value string) Option { return Str(KeySystem, value) }

// ReuseCache is an option of a chat: false reads every prompt from its first token on.
func ReuseCache(value bool) Option { return truth(KeyReuseCache, value) }

// Thinking is an option of a chat: whether the model may think.
func Thinking(value bool) Option { return truth(KeyThinking, value) }

// ThinkingMaxTokens is an option of a chat: the most tokens of reasoning; -1 is no limit.
func ThinkingMaxTokens(value int64) Option { return Int(KeyThinkingMaxTokens, value) }

// ThinkingSoftMaxTokens is an option of a chat: from here on the end of reasoning becomes more likely; -1 is never.
func ThinkingSoftMaxTokens(value int64) Option { return Int(KeyThinkingSoftMaxTokens, value) }

// ThinkingNudge is an option of a chat: by this much of its logit at the maximum.
func ThinkingNudge(value float64) Option { return Float(KeyThinkingNudge, value) }

// AnswerReserve is an option of a chat: reasoning is closed while so many tokens are left; -1 is up to a quarter.
func AnswerReserve(value int64) Option { return Int(KeyAnswerReserve, value) }

// LoopGuard is an option of a chat: closes reasoning that goes round in circles.
func LoopGuard(value bool) Option { return truth(KeyLoopGuard, value) }

// Bridge is an option of a chat: leads from closed reasoning to the answer; "" is by the language.
func Bridge(value string) Option { return Str(KeyBridge, value) }

// Summarize is an option of a chat: sums up the oldest turns instead of leaving them out.
func Summarize(value bool) Option { return truth(KeySummarize, value) }

// SummaryTokens is an option of a chat: the most tokens of a summary.
func SummaryTokens(value int64) Option { return Int(KeySummaryTokens, value) }

// DocumentTokens is an option of a chat: of all passages of a question.
func DocumentTokens(value int64) Option { return Int(KeyDocumentTokens, value) }

// PassageTokens is an option of a chat: the most tokens of one passage.
func PassageTokens(value int64) Option { return Int(KeyPassageTokens, value) }

// OptionInfo tells what an option is. Of the ranges and defaults, those of its type count.
type OptionInfo struct {
	Key                Key
	Name, Doc          string
	Type               string // "int", "float" or "str"
	Repeatable         bool   // each setting adds a value
	MinInt, MaxInt     int64  // ends included
	DefaultInt         int64
	MinFloat, MaxFloat float64
	DefaultFloat       float64
	DefaultStr         string
	Choices            []string // none: any text
}

// Options lists all options of the library that is loaded.
func Options() ([]OptionInfo, error) {
	var all []OptionInfo
	for index := C.size_t(0); index < C.reckon_option_count(); index++ {
		info := C.reckon_option_info{struct_size: C.sizeof_reckon_option_info}
		var failure *C.reckon_error
		if err := take(C.reckon_option_get_info(index, &info, &failure), failure); err != nil {
			return nil, err
		}
		one := OptionInfo{Key: Key(info.option), Name: C.GoString(info.name), Doc: C.GoString(info.doc), Repeatable: info.repeatable != 0,
			MinInt: int64(info.min_i64), MaxInt: int64(info.max_i64), DefaultInt: int64(info.default_i64),
			MinFloat: float64(info.min_f64), MaxFloat: float64(info.max_f64), DefaultFloat: float64(info.default_f64)}
		switch info._type {
		case C.RECKON_TYPE_I64:
			one.Type = "int"
		case C.RECKON_TYPE_F64:
			one.Type = "float"
		default:
			one.Type = "str"
			one.DefaultStr = C.GoString(info.default_str)
			one.Choices = strings.Fields(C.GoString(info.choices))
		}
		all = append(all, one)
	}
	return all, nil
}

// collect makes the library's options, to be freed with reckon_options_free.
func collect(options []Option) (*C.reckon_options, error) {
	var raw *C.reckon_options
	var failure *C.reckon_error
	if err := take(C.reckon_options_new(&raw, &failure), failure); err != nil {
		return nil, err
	}
	for _, option := range options {
		var status C.reckon_status
		switch {
		case option.special == logitBias:
			status = C.reckon_options_add_logit_bias(raw, C.reckon_token(option.i), C.float(option.bias), &failure)
		case option.special != 0:
			continue
		case option.kind == C.RECKON_TYPE_I64:
			status = C.reckon_options_set_i64(raw, C.reckon_option(option.key), C.int64_t(option.i), &failure)
		case option.kind == C.RECKON_TYPE_F64:
			status = C.reckon_options_set_f64(raw, C.reckon_option(option.key), C.double(option.f), &failure)
		default:
			status = C.reckon_options_set_str(raw, C.reckon_option(option.key), pointer(option.s), C.size_t(len(option.s)), &failure)
		}
		if err := take(status, failure); err != nil {
			C.reckon_options_free(raw)
			return nil, err
		}
	}
	return raw, nil
}

func has(options []Option, what special) *Option {
	for i := range options {
		if options[i].special == what {
			return &options[i]
		}
	}
	return nil
}
