package reckon

/*
#include "glue.h"
*/
import "C"

import (
	"context"
	"iter"
	"runtime"
	"runtime/cgo"
	"unsafe"
)

// Sampler picks tokens: the same seed, options, logits and history give the same ones.
type Sampler struct{ object *object }

func newSampler(raw *C.reckon_sampler) *Sampler {
	sampler := &Sampler{newObject(unsafe.Pointer(raw), func(ptr unsafe.Pointer) { C.reckon_sampler_free((*C.reckon_sampler)(ptr)) })}
	runtime.SetFinalizer(sampler, (*Sampler).Close)
	return sampler
}

// NewSampler starts from what the model's authors recommend, or with a nil model from greedy; options replace that.
func NewSampler(model *Model, options ...Option) (*Sampler, error) {
	chosen, err := collect(options)
	if err != nil {
		return nil, err
	}
	defer C.reckon_options_free(chosen)
	var sampler *C.reckon_sampler
	create := func(raw *C.reckon_model) error {
		var failure *C.reckon_error
		return take(C.reckon_sampler_new(raw, chosen, &sampler, &failure), failure)
	}
	if model == nil {
		err = create(nil)
	} else {
		err = model.with(create)
	}
	if err != nil {
		return nil, err
	}
	return newSampler(sampler), nil
}

// Close gives the sampler back.
func (s *Sampler) Close() { s.object.close() }

func (s *Sampler) with(call func(*C.reckon_sampler) error) error {
	ptr, err := s.object.use()
	if err != nil {
		return err
	}
	defer s.object.done()
	return call((*C.reckon_sampler)(ptr))
}

// Clone gives a second one with the same options, history and random state: it would go on with the same tokens.
func (s *Sampler) Clone() (*Sampler, error) {
	var clone *C.reckon_sampler
	err := s.with(func(raw *C.reckon_sampler) error {
		var failure *C.reckon_error
		return take(C.reckon_sampler_clone(raw, &clone, &failure), failure)
	})
	if err != nil {
		return nil, err
	}
	return newSampler(clone), nil
}

// Accept tells the sampler about tokens of the text so far; tokens that it picked for a session it knows.
func (s *Sampler) Accept(tokens []Token) error {
	return s.with(func(raw *C.reckon_sampler) error {
		var failure *C.reckon_error
		return take(C.reckon_sampler_accept(raw, tokenPointer(tokens), C.size_t(len(tokens)), &failure), failure)
	})
}

// Rewind forgets the newest tokens of the history.
func (s *Sampler) Rewind(count int) error {
	return s.with(func(raw *C.reckon_sampler) error {
		var failure *C.reckon_error
		return take(C.reckon_sampler_rewind(raw, C.size_t(count), &failure), failure)
	})
}

// Sample picks a token from any logits; it does not add it to the history.
func (s *Sampler) Sample(logits []float32) (Token, error) {
	token := C.reckon_token(-1)
	err := s.with(func(raw *C.reckon_sampler) error {
		var failure *C.reckon_error
		first := (*C.float)(unsafe.Pointer(unsafe.SliceData(logits)))
		return take(C.reckon_sampler_sample(raw, first, C.size_t(len(logits)), &token, &failure), failure)
	})
	return Token(token), err
}

// Reset forgets the history and starts again from the seed.
func (s *Sampler) Reset() error {
	return s.with(func(raw *C.reckon_sampler) error {
		var failure *C.reckon_error
		return take(C.reckon_sampler_reset(raw, &failure), failure)
	})
}

// Session is what a model has read and written, with its cache. After an error it is as it was before the call.
type Session struct {
	object *object
	files  *files
}

func newSession(raw *C.reckon_session, kept *files) *Session {
	session := &Session{files: kept}
	session.object = newObject(unsafe.Pointer(raw), func(ptr unsafe.Pointer) {
		C.reckon_session_free((*C.reckon_session)(ptr))
		kept.release()
	})
	runtime.SetFinalizer(session, (*Session).Close)
	return session
}

// NewSession gives an empty one. Sessions of one model may run at the same time.
func NewSession(model *Model, options ...Option) (*Session, error) {
	chosen, err := collect(options)
	if err != nil {
		return nil, err
	}
	defer C.reckon_options_free(chosen)
	var session *Session
	err = model.with(func(raw *C.reckon_model) error {
		var made *C.reckon_session
		var failure *C.reckon_error
		if err := take(C.reckon_session_new(raw, chosen, &made, &failure), failure); err != nil {
			return err
		}
		session = newSession(made, model.files.retain())
		return nil
	})
	return session, err
}

// Close gives the session back.
func (s *Session) Close() { s.object.close() }

func (s *Session) with(call func(*C.reckon_session) error) error {
	ptr, err := s.object.use()
	if err != nil {
		return err
	}
	defer s.object.done()
	return call((*C.reckon_session)(ptr))
}

// within is with, for a call that a context ends.
func (s *Session) within(ctx context.Context, call func(*C.reckon_session, *C.reckon_cancel) error) error {
	return s.with(func(raw *C.reckon_session) error {
		w, err := watch(ctx)
		if err != nil {
			return err
		}
		return w.finish(call(raw, w.cancel))
	})
}

// Append reads tokens. Of the options, Progress counts.
func (s *Session) Append(ctx context.Context, tokens []Token, options ...Option) error {
	return s.with(func(raw *C.reckon_session) error {
		return withProgress(ctx, options, func(watch *C.reckon_watch) error {
			var failure *C.reckon_error
			return take(C.reckon_session_append(raw, tokenPointer(tokens), C.size_t(len(tokens)), watch, &failure), failure)
		})
	})
}

// Next lets the sampler pick the next token and adds it to the sequence.
func (s *Session) Next(ctx context.Context, sampler *Sampler) (Token, error) {
	token := C.reckon_token(-1)
	err := s.within(ctx, func(raw *C.reckon_session, cancel *C.reckon_cancel) error {
		return sampler.with(func(picks *C.reckon_sampler) error {
			var failure *C.reckon_error
			return take(C.reckon_session_next(raw, picks, cancel, &token, &failure), failure)
		})
	})
	return Token(token), err
}

// FinishReason tells why generating ended.
type FinishReason int

// The reasons.
const (
	FinishStopToken   FinishReason = C.RECKON_FINISH_STOP_TOKEN
	FinishStopString  FinishReason = C.RECKON_FINISH_STOP_STRING
	FinishMaxTokens   FinishReason = C.RECKON_FINISH_MAX_TOKENS
	FinishContextFull FinishReason = C.RECKON_FINISH_CONTEXT_FULL
	FinishStopped     FinishReason = C.RECKON_FINISH_CALLBACK_STOP // the loop was left, with KeepOnBreak
)

// Generated is what Generate gave.
type Generated struct {
	Text              string
	FinishReason      FinishReason
	Tokens            int64   // that were added to the session, the stop token included
	FirstTokenSeconds float64 // from the call to the first token
	DecodeSeconds     float64 // from the first token to the last
}

func (s *Session) generate(ctx context.Context, sampler *Sampler, options []Option, onText textCall) (Generated, error) {
	chosen, err := collect(options)
	if err != nil {
		return Generated{}, err
	}
	defer C.reckon_options_free(chosen)
	result := C.reckon_generate_result{struct_size: C.sizeof_reckon_generate_result}
	err = s.within(ctx, func(raw *C.reckon_session, cancel *C.reckon_cancel) error {
		return sampler.with(func(picks *C.reckon_sampler) error {
			user := cgo.NewHandle(onText)
			defer user.Delete()
			var failure *C.reckon_error
			return take(C.go_generate(raw, picks, chosen, cancel, C.uintptr_t(user), &result, &failure), failure)
		})
	})
	return Generated{FinishReason: FinishReason(result.finish_reason), Tokens: int64(result.tokens),
		FirstTokenSeconds: float64(result.first_token_seconds), DecodeSeconds: float64(result.decode_seconds)}, err
}

// Generate adds tokens until a stop token, a stop string or the limit, and gives their text.
func (s *Session) Generate(ctx context.Context, sampler *Sampler, options ...Option) (Generated, error) {
	var text []byte
	result, err := s.generate(ctx, sampler, options, func(piece string) action {
		text = append(text, piece...)
		return goOn
	})
	result.Text = string(text)
	return result, err
}

// Stream is Generate, piece by piece: whole characters, as soon as they are certain. Each loop over it generates anew.
// Leaving the loop cancels and takes back what was made, or with KeepOnBreak keeps it.
func (s *Session) Stream(ctx context.Context, sampler *Sampler, options ...Option) iter.Seq2[string, error] {
	return stream(ctx, has(options, keepOnBreak) != nil, func(ctx context.Context, emit func(string) action) error {
		_, err := s.generate(ctx, sampler, options, emit)
		return err
	})
}

// Logits gives the logits behind the last token, one for each of the model's vocabulary. They are the library's memory,
// not a copy: valid until the next call with the session, its Close included.
func (s *Session) Logits(ctx context.Context) ([]float32, error) {
	var logits *C.float
	var count C.size_t
	err := s.within(ctx, func(raw *C.reckon_session, cancel *C.reckon_cancel) error {
		var failure *C.reckon_error
		return take(C.reckon_session_logits(raw, cancel, &logits, &count, &failure), failure)
	})
	return unsafe.Slice((*float32)(unsafe.Pointer(logits)), int(count)), err
}

// Score gives ln P of each token after those before it; the session stays where it is. NaN for the first token of an empty
// session.
func (s *Session) Score(ctx context.Context, tokens []Token) ([]float32, error) {
	scores := make([]float32, len(tokens))
	err := s.within(ctx, func(raw *C.reckon_session, cancel *C.reckon_cancel) error {
		var failure *C.reckon_error
		first := (*C.float)(unsafe.Pointer(unsafe.SliceData(scores)))
		return take(C.reckon_session_score(raw, tokenPointer(tokens), C.size_t(len(tokens)), cancel, first, &failure), failure)
	})
	return scores, err
}

// Truncate forgets the tokens at and past length.
func (s *Session) Truncate(length int64) error {
	return s.with(func(raw *C.reckon_session) error {
		var failure *C.reckon_error
		return take(C.reckon_session_truncate(raw, C.int64_t(length), &failure), failure)
	})
}

// Fork gives a second session at the same place; the cache is shared until one of the two writes.
func (s *Session) Fork() (*Session, error) {
	var fork *Session
	err := s.with(func(raw *C.reckon_session) error {
		var made *C.reckon_session
		var failure *C.reckon_error
		if err := take(C.reckon_session_fork(raw, &made, &failure), failure); err != nil {
			return err
		}
		fork = newSession(made, s.files.retain())
		return nil
	})
	return fork, err
}

// Tokens gives the tokens so far.
func (s *Session) Tokens() (tokens []Token, err error) {
	err = s.with(func(raw *C.reckon_session) (err error) {
		tokens, err = tokensOut(256, func(buffer *C.reckon_token, capacity C.size_t, size *C.size_t, failure **C.reckon_error) C.reckon_status {
			return C.reckon_session_tokens(raw, buffer, capacity, size, failure)
		})
		return err
	})
	return tokens, err
}

// SessionInfo has the numbers of a session.
type SessionInfo struct {
	Length, MaxContext int64 // in tokens
	MemoryBytes        int64 // cache blocks and scratch; shared blocks count in full
}

// Info tells the session's numbers.
func (s *Session) Info() (SessionInfo, error) {
	info := C.reckon_session_info{struct_size: C.sizeof_reckon_session_info}
	err := s.with(func(raw *C.reckon_session) error {
		var failure *C.reckon_error
		return take(C.reckon_session_get_info(raw, &info, &failure), failure)
	})
	return SessionInfo{int64(info.length), int64(info.max_context), int64(info.memory_bytes)}, err
}
