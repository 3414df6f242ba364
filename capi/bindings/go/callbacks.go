package reckon

/*
#include "glue.h"
*/
import "C"

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
	"runtime/cgo"
	"unsafe"
)

// A guard keeps a panic of a callback from going through the library: it goes on when the call has returned.
type guard struct{ panicked any }

func (g *guard) run(call func()) bool {
	if g.panicked != nil {
		return false
	}
	defer func() {
		if value := recover(); value != nil {
			g.panicked = value
		}
	}()
	call()
	return g.panicked == nil
}

func (g *guard) finish() {
	if g.panicked != nil {
		panic(g.panicked)
	}
}

type progressCall struct {
	guard
	call func(done, total int64)
}

//export reckonGoProgress
func reckonGoProgress(user C.uintptr_t, done, total C.int64_t) {
	call := cgo.Handle(user).Value().(*progressCall)
	call.run(func() { call.call(int64(done), int64(total)) })
}

// withProgress makes a call that a context ends and a Progress option watches.
func withProgress(ctx context.Context, options []Option, call func(*C.reckon_watch) error) error {
	w, err := watch(ctx)
	if err != nil {
		return err
	}
	progressed := &progressCall{}
	var user cgo.Handle
	if option := has(options, progress); option != nil {
		progressed.call = option.progress
		user = cgo.NewHandle(progressed)
		defer user.Delete()
	}
	watched := C.go_watch(w.cancel, C.uintptr_t(user))
	err = w.finish(call(&watched))
	progressed.finish()
	return err
}

//export reckonGoRead
func reckonGoRead(user C.uintptr_t, offset C.uint64_t, buffer unsafe.Pointer, size C.size_t) (status C.reckon_status) {
	reader := cgo.Handle(user).Value().(io.ReaderAt)
	defer func() {
		if recover() != nil {
			status = C.RECKON_UNKNOWN
		}
	}()
	count, err := reader.ReadAt(unsafe.Slice((*byte)(buffer), int(size)), int64(offset))
	switch {
	case count == int(size):
		return C.RECKON_OK
	case errors.Is(err, fs.ErrNotExist):
		return C.RECKON_NOT_FOUND
	case errors.Is(err, fs.ErrPermission):
		return C.RECKON_PERMISSION_DENIED
	case errors.Is(err, io.EOF):
		return C.RECKON_OUT_OF_RANGE
	}
	return C.RECKON_DATA_LOSS
}

// What a callback answers.
type action C.reckon_action

const (
	goOn   action = C.RECKON_CONTINUE
	stop   action = C.RECKON_STOP
	cancel action = C.RECKON_CANCEL
)

type textCall func(text string) action

//export reckonGoText
func reckonGoText(user C.uintptr_t, text *C.char, size C.size_t) C.reckon_action {
	return C.reckon_action(cgo.Handle(user).Value().(textCall)(goString(text, C.uint64_t(size))))
}

type eventCall func(event *C.reckon_chat_event) action

//export reckonGoEvent
func reckonGoEvent(user C.uintptr_t, event *C.reckon_chat_event) C.reckon_action {
	return C.reckon_action(cgo.Handle(user).Value().(eventCall)(event))
}

type passageCall func(passage Passage)

//export reckonGoPassage
func reckonGoPassage(user C.uintptr_t, passage *C.reckon_passage) C.reckon_action {
	cgo.Handle(user).Value().(passageCall)(passageOf(passage))
	return C.RECKON_CONTINUE
}

// stream runs a call on a goroutine of its own, at most 16 pieces ahead of the loop. Leaving the loop, by break, return,
// panic or runtime.Goexit, ends the call and waits for it.
func stream[P any](ctx context.Context, keep bool, run func(ctx context.Context, emit func(P) action) error) iter.Seq2[P, error] {
	return func(yield func(P, error) bool) {
		ctx, end := context.WithCancel(ctx)
		pieces := make(chan P, 16)
		left := make(chan struct{})
		result := make(chan error, 1)
		go func() {
			defer close(pieces)
			result <- run(ctx, func(piece P) action {
				select {
				case <-left:
					return stop
				default:
				}
				select {
				case pieces <- piece:
					return goOn
				case <-left:
					return stop
				case <-ctx.Done():
					return cancel
				}
			})
		}()
		defer func() {
			if keep {
				close(left)
			} else {
				end()
			}
			for range pieces {
			}
			end()
		}()
		for piece := range pieces {
			if !yield(piece, nil) {
				return
			}
		}
		if err := <-result; err != nil {
			var none P
			yield(none, err)
		}
	}
}
