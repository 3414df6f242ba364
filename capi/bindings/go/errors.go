package reckon

/*
#include "glue.h"
*/
import "C"

import "context"

// Code tells what kind of failure it is; the numbers are those of gRPC.
type Code int

// The codes.
const (
	Cancelled          Code = 1
	Unknown            Code = 2
	InvalidArgument    Code = 3 // a parameter, a damaged file, a contradiction in a configuration
	DeadlineExceeded   Code = 4
	NotFound           Code = 5
	AlreadyExists      Code = 6
	PermissionDenied   Code = 7
	ResourceExhausted  Code = 8 // memory, a memory limit, the context is full
	FailedPrecondition Code = 9 // the session is empty or in use; the model has no tokenizer
	Aborted            Code = 10
	OutOfRange         Code = 11
	Unimplemented      Code = 12 // a format, type or architecture that is known and not supported
	Internal           Code = 13 // a bug in Reckon; please report it
	Unavailable        Code = 14
	DataLoss           Code = 15
	Unauthenticated    Code = 16
)

// Detail is something that an error tells programs.
type Detail int

// The details.
const (
	NeededBytes        Detail = 1 // of ResourceExhausted: what would have been needed
	LimitBytes         Detail = 2 // of ResourceExhausted: the limit that stood against it
	MaxContextThatFits Detail = 3 // of ResourceExhausted: in tokens
	TokenIndex         Detail = 4 // of InvalidArgument: which token is not in the vocabulary
)

// Error is a failure of the library: what failed, where, and what to do. If a context ended the call, it wraps its cause.
type Error struct {
	Code    Code
	Message string
	Details map[Detail]int64
	cause   error
}

func (e *Error) Error() string { return "reckon: " + e.Message }

// Unwrap gives the cause of the context that ended the call, so that errors.Is finds context.Canceled.
func (e *Error) Unwrap() error { return e.cause }

// take makes an error of what a call returned, and gives the library's back.
func take(status C.reckon_status, failure *C.reckon_error) error {
	if status == C.RECKON_OK {
		return nil
	}
	defer C.reckon_error_free(failure)
	err := &Error{Code: Code(status), Message: C.GoString(C.reckon_error_message(failure)), Details: map[Detail]int64{}}
	if failure != nil {
		err.Code = Code(C.reckon_error_code(failure))
	}
	for detail := NeededBytes; detail <= TokenIndex; detail++ {
		var value C.int64_t
		if C.reckon_error_detail_i64(failure, C.reckon_detail(detail), &value) == C.RECKON_OK {
			err.Details[detail] = int64(value)
		}
	}
	return err
}

// Cancel objects that no call uses.
var idle = make(chan *C.reckon_cancel, 16)

// A watcher lets a context end a call.
type watcher struct {
	ctx    context.Context
	cancel *C.reckon_cancel // nil if the context never ends
	stop   func() bool
	ran    chan struct{}
}

// watch makes the cancel object of a call, which ends with finish.
func watch(ctx context.Context) (*watcher, error) {
	w := &watcher{ctx: ctx}
	if ctx.Done() == nil {
		return w, nil
	}
	select {
	case w.cancel = <-idle:
	default:
		var failure *C.reckon_error
		if err := take(C.reckon_cancel_new(&w.cancel, &failure), failure); err != nil {
			return nil, err
		}
	}
	theirs := C.reckon_cancel_retain(w.cancel)
	w.ran = make(chan struct{})
	w.stop = context.AfterFunc(ctx, func() {
		C.reckon_cancel_trigger(theirs)
		close(w.ran)
	})
	return w, nil
}

// finish adds the context's cause to the error of a cancelled call.
func (w *watcher) finish(err error) error {
	if w.cancel == nil {
		return err
	}
	if !w.stop() {
		<-w.ran
	}
	triggered := C.reckon_cancel_is_triggered(w.cancel) != 0
	if failure, ok := err.(*Error); ok && triggered && failure.Code == Cancelled {
		failure.cause = context.Cause(w.ctx)
	}
	C.reckon_cancel_release(w.cancel) // the watcher's reference
	if triggered {
		C.reckon_cancel_reset(w.cancel)
	}
	select {
	case idle <- w.cancel:
	default:
		C.reckon_cancel_release(w.cancel)
	}
	return err
}
