// Package reckon runs small reasoning language models inside your program, on the CPU. It links libreckon, the C library,
// by pkg-config (reckon-c).
//
//	model, err := reckon.Open(ctx, "DeepSeek-R1-Distill-Qwen-1.5B")
//	chat, err := reckon.NewChat(model, reckon.System("Be brief."))
//	for piece, err := range chat.Ask(ctx, "Is 143 a prime number?") {
//		if err != nil { ... }
//		if piece.Kind == reckon.PieceAnswer { fmt.Print(piece.Text) }
//	}
//
// Models, tokenizers and their clones may be used by any number of goroutines. A session, chat, sampler or decoder is for
// one at a time: a second call returns an Error with FailedPrecondition. Cancelling a context ends a call, also while it
// loads a model or reads a prompt; the session or chat is then as it was before. Breaking out of a stream does the same.
//
// Objects have a Close method; one that was forgotten is closed when it is garbage. They may be closed in any order and
// while they are in use: they go when the call has ended. Use after Close returns ErrClosed.
package reckon

/*
#cgo pkg-config: reckon-c
#include "glue.h"
*/
import "C"

import (
	"errors"
	"sync"
	"unsafe"
)

// Token is a token's number in the vocabulary.
type Token = int32

// ErrClosed is what a call with a closed object returns.
var ErrClosed = errors.New("reckon: the object is closed")

// ABIVersion tells the ABI version of the library that is loaded.
func ABIVersion() int { return int(C.reckon_abi_version()) }

// Version tells the release of the library that is loaded, such as "0.1.0".
func Version() string { return C.GoString(C.reckon_version_string()) }

// DescribeCPU tells what the library would compute with here, as "avx512_bf16, 8 threads".
func DescribeCPU() (string, error) {
	return stringOut(func(buffer *C.char, capacity C.size_t, size *C.size_t, err **C.reckon_error) C.reckon_status {
		return C.reckon_cpu_describe(buffer, capacity, size, err)
	})
}

// An object of the library. It is freed when it is closed and no call uses it any more.
type object struct {
	mu     sync.Mutex
	ptr    unsafe.Pointer
	users  int
	closed bool
	free   func(unsafe.Pointer)
}

func newObject(ptr unsafe.Pointer, free func(unsafe.Pointer)) *object {
	return &object{ptr: ptr, free: free}
}

// use gives the pointer for a call, which ends with done.
func (o *object) use() (unsafe.Pointer, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return nil, ErrClosed
	}
	o.users++
	return o.ptr, nil
}

func (o *object) done() {
	o.mu.Lock()
	o.users--
	last := o.closed && o.users == 0
	o.mu.Unlock()
	if last {
		o.free(o.ptr)
	}
}

func (o *object) close() {
	o.mu.Lock()
	last := !o.closed && o.users == 0
	o.closed = true
	o.mu.Unlock()
	if last {
		o.free(o.ptr)
	}
}

// pointer of a string's bytes, for the time of a call.
func pointer(text string) *C.char {
	return (*C.char)(unsafe.Pointer(unsafe.StringData(text)))
}

func tokenPointer(tokens []Token) *C.reckon_token {
	return (*C.reckon_token)(unsafe.Pointer(unsafe.SliceData(tokens)))
}

func goString(text *C.char, size C.uint64_t) string {
	return string(unsafe.Slice((*byte)(unsafe.Pointer(text)), int(size)))
}

// arrayOut makes a call that fills an array, with room for guess elements first and for all of them if they are more.
func arrayOut[T any](guess, nul int, call func(buffer *T, capacity C.size_t, size *C.size_t, err **C.reckon_error) C.reckon_status) ([]T, error) {
	buffer := make([]T, guess+nul)
	for {
		var size C.size_t
		var failure *C.reckon_error
		status := call(unsafe.SliceData(buffer), C.size_t(len(buffer)), &size, &failure)
		err := take(status, failure)
		if err == nil && int(size)+nul <= len(buffer) {
			return buffer[:size], nil
		}
		// What had no room says its size; without more to ask for, it is another failure.
		if err != nil && int(size)+nul <= len(buffer) {
			return nil, err
		}
		buffer = make([]T, int(size)+nul)
	}
}

func stringOut(call func(buffer *C.char, capacity C.size_t, size *C.size_t, err **C.reckon_error) C.reckon_status) (string, error) {
	bytes, err := arrayOut(1024, 1, func(buffer *byte, capacity C.size_t, size *C.size_t, failure **C.reckon_error) C.reckon_status {
		return call((*C.char)(unsafe.Pointer(buffer)), capacity, size, failure)
	})
	return string(bytes), err
}

func tokensOut(guess int, call func(buffer *C.reckon_token, capacity C.size_t, size *C.size_t, err **C.reckon_error) C.reckon_status) ([]Token, error) {
	return arrayOut(guess, 0, func(buffer *Token, capacity C.size_t, size *C.size_t, failure **C.reckon_error) C.reckon_status {
		return call((*C.reckon_token)(unsafe.Pointer(buffer)), capacity, size, failure)
	})
}

func cBool(value bool) C.int32_t {
	if value {
		return 1
	}
	return 0
}
