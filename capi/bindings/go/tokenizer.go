package reckon

/*
#include "glue.h"
*/
import "C"

import (
	"runtime"
	"unsafe"
)

// Tokenizer is a model's tokenizer with its chat template. It does not keep the weights alive.
type Tokenizer struct{ object *object }

// Encode tells how text is encoded.
type Encode uint32

// Flags for encoding.
const (
	AddSpecial   Encode = C.RECKON_ENCODE_ADD_SPECIAL   // put BOS (and what else the model expects) around the text, once
	ParseSpecial Encode = C.RECKON_ENCODE_PARSE_SPECIAL // recognise special tokens in the text; not for text from outside
)

func newTokenizer(raw *C.reckon_tokenizer) *Tokenizer {
	tokenizer := &Tokenizer{newObject(unsafe.Pointer(raw), func(ptr unsafe.Pointer) {
		C.reckon_tokenizer_release((*C.reckon_tokenizer)(ptr))
	})}
	runtime.SetFinalizer(tokenizer, (*Tokenizer).Close)
	return tokenizer
}

// Tokenizer gives the model's tokenizer.
func (m *Model) Tokenizer() (*Tokenizer, error) {
	var tokenizer *C.reckon_tokenizer
	err := m.with(func(raw *C.reckon_model) error {
		var failure *C.reckon_error
		return take(C.reckon_model_tokenizer(raw, &tokenizer, &failure), failure)
	})
	if err != nil {
		return nil, err
	}
	return newTokenizer(tokenizer), nil
}

// Close gives the tokenizer back.
func (t *Tokenizer) Close() { t.object.close() }

func (t *Tokenizer) with(call func(*C.reckon_tokenizer) error) error {
	ptr, err := t.object.use()
	if err != nil {
		return err
	}
	defer t.object.done()
	return call((*C.reckon_tokenizer)(ptr))
}

// Clone gives the same tokenizer once more, to be closed by itself.
func (t *Tokenizer) Clone() (*Tokenizer, error) {
	var clone *Tokenizer
	err := t.with(func(raw *C.reckon_tokenizer) error {
		clone = newTokenizer(C.reckon_tokenizer_retain(raw))
		return nil
	})
	return clone, err
}

// TokenizerInfo has the numbers of a tokenizer; special tokens that it does not have are -1.
type TokenizerInfo struct {
	BOS, EOS, PAD Token
	VocabSize     int64 // tokens are below it
}

// Info tells the tokenizer's numbers.
func (t *Tokenizer) Info() (TokenizerInfo, error) {
	info := C.reckon_tokenizer_info{struct_size: C.sizeof_reckon_tokenizer_info}
	err := t.with(func(raw *C.reckon_tokenizer) error {
		var failure *C.reckon_error
		return take(C.reckon_tokenizer_get_info(raw, &info, &failure), failure)
	})
	return TokenizerInfo{Token(info.bos), Token(info.eos), Token(info.pad), int64(info.vocab_size)}, err
}

// Encode makes tokens of text. Time is linear; more than 64 MiB are refused.
func (t *Tokenizer) Encode(text string, flags Encode) (tokens []Token, err error) {
	err = t.with(func(raw *C.reckon_tokenizer) (err error) {
		tokens, err = tokensOut(len(text)/2+16, func(buffer *C.reckon_token, capacity C.size_t, size *C.size_t, failure **C.reckon_error) C.reckon_status {
			return C.reckon_tokenizer_encode(raw, pointer(text), C.size_t(len(text)), C.reckon_encode_flags(flags), buffer, capacity, size, failure)
		})
		return err
	})
	return tokens, err
}

func (t *Tokenizer) text(call func(raw *C.reckon_tokenizer, buffer *C.char, capacity C.size_t, size *C.size_t, failure **C.reckon_error) C.reckon_status) (text string, err error) {
	err = t.with(func(raw *C.reckon_tokenizer) (err error) {
		text, err = stringOut(func(buffer *C.char, capacity C.size_t, size *C.size_t, failure **C.reckon_error) C.reckon_status {
			return call(raw, buffer, capacity, size, failure)
		})
		return err
	})
	return text, err
}

// Decode makes text of tokens; bytes that are not UTF-8 become U+FFFD.
func (t *Tokenizer) Decode(tokens []Token, skipSpecial bool) (string, error) {
	return t.text(func(raw *C.reckon_tokenizer, buffer *C.char, capacity C.size_t, size *C.size_t, failure **C.reckon_error) C.reckon_status {
		return C.reckon_tokenizer_decode(raw, tokenPointer(tokens), C.size_t(len(tokens)), cBool(skipSpecial), buffer, capacity, size, failure)
	})
}

// TokenBytes gives the bytes that one token stands for; they need not be whole characters.
func (t *Tokenizer) TokenBytes(token Token) ([]byte, error) {
	text, err := t.text(func(raw *C.reckon_tokenizer, buffer *C.char, capacity C.size_t, size *C.size_t, failure **C.reckon_error) C.reckon_status {
		return C.reckon_tokenizer_token_bytes(raw, C.reckon_token(token), buffer, capacity, size, failure)
	})
	return []byte(text), err
}

// TokenID gives the token written exactly like this, such as "<think>".
func (t *Tokenizer) TokenID(text string) (Token, error) {
	token := C.reckon_token(-1)
	err := t.with(func(raw *C.reckon_tokenizer) error {
		var failure *C.reckon_error
		return take(C.reckon_tokenizer_token_id(raw, pointer(text), C.size_t(len(text)), &token, &failure), failure)
	})
	return Token(token), err
}

// ApplyChatTemplate renders a conversation, a JSON array of {"role", "content"} objects, to be encoded with ParseSpecial.
func (t *Tokenizer) ApplyChatTemplate(messagesJSON string, options ...Option) (string, error) {
	chosen, err := collect(options)
	if err != nil {
		return "", err
	}
	defer C.reckon_options_free(chosen)
	return t.text(func(raw *C.reckon_tokenizer, buffer *C.char, capacity C.size_t, size *C.size_t, failure **C.reckon_error) C.reckon_status {
		return C.reckon_tokenizer_apply_chat_template(raw, pointer(messagesJSON), C.size_t(len(messagesJSON)), chosen, buffer, capacity, size, failure)
	})
}

// Decoder makes text of tokens one at a time: never part of a character, never later than it is whole.
type Decoder struct{ object *object }

// NewDecoder gives a decoder at the beginning of a text.
func (t *Tokenizer) NewDecoder(skipSpecial bool) (*Decoder, error) {
	var stream *C.reckon_stream
	err := t.with(func(raw *C.reckon_tokenizer) error {
		var failure *C.reckon_error
		return take(C.reckon_stream_new(raw, cBool(skipSpecial), &stream, &failure), failure)
	})
	if err != nil {
		return nil, err
	}
	decoder := &Decoder{newObject(unsafe.Pointer(stream), func(ptr unsafe.Pointer) { C.reckon_stream_free((*C.reckon_stream)(ptr)) })}
	runtime.SetFinalizer(decoder, (*Decoder).Close)
	return decoder, nil
}

// Close gives the decoder back.
func (d *Decoder) Close() { d.object.close() }

func (d *Decoder) text(call func(raw *C.reckon_stream, text **C.char, size *C.size_t, failure **C.reckon_error) C.reckon_status) (string, error) {
	ptr, err := d.object.use()
	if err != nil {
		return "", err
	}
	defer d.object.done()
	var text *C.char
	var size C.size_t
	var failure *C.reckon_error
	if err := take(call((*C.reckon_stream)(ptr), &text, &size, &failure), failure); err != nil {
		return "", err
	}
	return goString(text, C.uint64_t(size)), nil
}

// Push gives the text that this token completes, possibly none.
func (d *Decoder) Push(token Token) (string, error) {
	return d.text(func(raw *C.reckon_stream, text **C.char, size *C.size_t, failure **C.reckon_error) C.reckon_status {
		return C.reckon_stream_push(raw, C.reckon_token(token), text, size, failure)
	})
}

// Flush gives what is left at the end: U+FFFD for an incomplete character.
func (d *Decoder) Flush() (string, error) {
	return d.text(func(raw *C.reckon_stream, text **C.char, size *C.size_t, failure **C.reckon_error) C.reckon_status {
		return C.reckon_stream_flush(raw, text, size, failure)
	})
}
