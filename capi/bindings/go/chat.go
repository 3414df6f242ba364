package reckon

/*
#include <stdlib.h>
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

// Chat is a conversation with a reasoning model. After an error it is as it was before the call. Chats of one model may run
// at the same time.
type Chat struct {
	object *object
	files  *files
}

func newChat(raw *C.reckon_chat, kept *files) *Chat {
	chat := &Chat{files: kept}
	chat.object = newObject(unsafe.Pointer(raw), func(ptr unsafe.Pointer) {
		C.reckon_chat_free((*C.reckon_chat)(ptr))
		kept.release()
	})
	runtime.SetFinalizer(chat, (*Chat).Close)
	return chat
}

// NewChat takes the options of sessions, samplers, generating, tools and chats.
func NewChat(model *Model, options ...Option) (*Chat, error) {
	chosen, err := collect(options)
	if err != nil {
		return nil, err
	}
	defer C.reckon_options_free(chosen)
	var chat *Chat
	err = model.with(func(raw *C.reckon_model) error {
		var made *C.reckon_chat
		var failure *C.reckon_error
		if err := take(C.reckon_chat_new(raw, chosen, &made, &failure), failure); err != nil {
			return err
		}
		chat = newChat(made, model.files.retain())
		return nil
	})
	return chat, err
}

// Close gives the chat back.
func (c *Chat) Close() { c.object.close() }

func (c *Chat) with(call func(chat *C.reckon_chat, failure **C.reckon_error) C.reckon_status) error {
	ptr, err := c.object.use()
	if err != nil {
		return err
	}
	defer c.object.done()
	var failure *C.reckon_error
	return take(call((*C.reckon_chat)(ptr), &failure), failure)
}

// Fork gives a second chat at the same place: for branches, and for many chats that begin with the same system message.
func (c *Chat) Fork() (*Chat, error) {
	var fork *C.reckon_chat
	err := c.with(func(raw *C.reckon_chat, failure **C.reckon_error) C.reckon_status {
		return C.reckon_chat_fork(raw, &fork, failure)
	})
	if err != nil {
		return nil, err
	}
	return newChat(fork, c.files.retain()), nil
}

// PieceKind tells what a piece is.
type PieceKind int

// The kinds of pieces; callers skip those that they do not know.
const (
	PieceContext      PieceKind = C.RECKON_CHAT_CONTEXT // Turn: messages are left out or summed up, or passages are shown
	PiecePrefill      PieceKind = C.RECKON_CHAT_PREFILL // Done of Total tokens of the prompt have been read
	PieceReasoning    PieceKind = C.RECKON_CHAT_REASONING
	PieceAnswer       PieceKind = C.RECKON_CHAT_ANSWER
	PieceToolCall     PieceKind = C.RECKON_CHAT_TOOL_CALL // Text is a JSON object {"name": ..., "arguments": ...}
	PieceIntervention PieceKind = C.RECKON_CHAT_INTERVENTION
	PieceDone         PieceKind = C.RECKON_CHAT_DONE // Turn: the last piece
)

// Piece is something that happens during a turn.
type Piece struct {
	Kind         PieceKind
	Text         string // whole characters
	Done         int64  // of PiecePrefill tokens read, otherwise tokens generated so far
	Total        int64
	Intervention Intervention
	Turn         *Turn
}

// takeTurn makes a turn; onPiece gets everything but the end.
func (c *Chat) takeTurn(ctx context.Context, ask C.int, text string, onPiece func(Piece) action) (*Turn, error) {
	w, err := watch(ctx)
	if err != nil {
		return nil, err
	}
	var unread error
	user := cgo.NewHandle(eventCall(func(event *C.reckon_chat_event) action {
		piece := Piece{Kind: PieceKind(event.kind), Done: int64(event.done), Total: int64(event.total), Intervention: Intervention(event.intervention)}
		if piece.Kind == PieceDone {
			return goOn
		}
		if event.text != nil {
			piece.Text = goString(event.text, event.text_size)
		}
		if event.turn != nil {
			if piece.Turn, unread = turnOf(event.turn); unread != nil {
				return cancel
			}
		}
		return onPiece(piece)
	}))
	defer user.Delete()
	var turn *C.reckon_turn
	err = w.finish(c.with(func(raw *C.reckon_chat, failure **C.reckon_error) C.reckon_status {
		return C.go_take_turn(raw, ask, pointer(text), C.size_t(len(text)), w.cancel, C.uintptr_t(user), &turn, failure)
	}))
	if unread != nil {
		return nil, unread
	}
	if err != nil {
		return nil, err
	}
	defer C.reckon_turn_free(turn)
	return turnOf(turn)
}

func (c *Chat) stream(ctx context.Context, ask C.int, text string, options []Option) iter.Seq2[Piece, error] {
	return stream(ctx, has(options, keepOnBreak) != nil, func(ctx context.Context, emit func(Piece) action) error {
		turn, err := c.takeTurn(ctx, ask, text, emit)
		if err == nil {
			emit(Piece{Kind: PieceDone, Done: turn.GeneratedTokens, Turn: turn})
		}
		return err
	})
}

func ignore(Piece) action { return goOn }

// Send adds a user's message and answers it.
func (c *Chat) Send(ctx context.Context, text string) (*Turn, error) {
	return c.takeTurn(ctx, C.GO_SEND, text, ignore)
}

// Ask is Send, piece by piece; the last one is of kind PieceDone. Each loop over it asks anew. Leaving the loop cancels and
// takes the chat back to before the turn, or with KeepOnBreak keeps what was made.
func (c *Chat) Ask(ctx context.Context, text string, options ...Option) iter.Seq2[Piece, error] {
	return c.stream(ctx, C.GO_SEND, text, options)
}

// Answer answers the conversation as it stands: after Append of a user's or a tool's message.
func (c *Chat) Answer(ctx context.Context) (*Turn, error) {
	return c.takeTurn(ctx, C.GO_ANSWER, "", ignore)
}

// StreamAnswer is Answer, piece by piece, as Ask.
func (c *Chat) StreamAnswer(ctx context.Context, options ...Option) iter.Seq2[Piece, error] {
	return c.stream(ctx, C.GO_ANSWER, "", options)
}

// Regenerate replaces the last answer by another one.
func (c *Chat) Regenerate(ctx context.Context) (*Turn, error) {
	return c.takeTurn(ctx, C.GO_REGENERATE, "", ignore)
}

// StreamRegenerate is Regenerate, piece by piece, as Ask.
func (c *Chat) StreamRegenerate(ctx context.Context, options ...Option) iter.Seq2[Piece, error] {
	return c.stream(ctx, C.GO_REGENERATE, "", options)
}

// Prepare reads what is known of the next prompt, for idle moments. What was read stays, also when it is cancelled.
func (c *Chat) Prepare(ctx context.Context) error {
	w, err := watch(ctx)
	if err != nil {
		return err
	}
	return w.finish(c.with(func(raw *C.reckon_chat, failure **C.reckon_error) C.reckon_status {
		return C.reckon_chat_prepare(raw, w.cancel, failure)
	}))
}

// SetOptions sets the options of thinking and of generating from the next turn on, all of them: the others are the defaults.
func (c *Chat) SetOptions(options ...Option) error {
	chosen, err := collect(options)
	if err != nil {
		return err
	}
	defer C.reckon_options_free(chosen)
	return c.with(func(raw *C.reckon_chat, failure **C.reckon_error) C.reckon_status {
		return C.reckon_chat_set_options(raw, chosen, failure)
	})
}

// Message is a message, as templates see it.
type Message struct {
	Role          string // "system", "user", "assistant" or "tool"
	Content       string
	NoContent     bool   // as in an answer that only calls tools
	Reasoning     string // for templates that take it apart from the content
	ToolCallsJSON string // an array as in OpenAI's API; empty: none
	ExtraJSON     string // other members, as a JSON object; empty: none
}

// withMessage makes a call with a message whose strings are C's.
func (c *Chat) withMessage(message Message, call func(*C.reckon_chat, *C.reckon_message, **C.reckon_error) C.reckon_status) error {
	raw := C.reckon_message{struct_size: C.sizeof_reckon_message}
	set := func(to **C.char, size *C.uint64_t, text string) {
		*to, *size = C.CString(text), C.uint64_t(len(text))
	}
	set(&raw.role, &raw.role_size, message.Role)
	defer C.free(unsafe.Pointer(raw.role))
	if !message.NoContent {
		set(&raw.content, &raw.content_size, message.Content)
		defer C.free(unsafe.Pointer(raw.content))
	}
	set(&raw.reasoning, &raw.reasoning_size, message.Reasoning)
	defer C.free(unsafe.Pointer(raw.reasoning))
	set(&raw.tool_calls_json, &raw.tool_calls_json_size, message.ToolCallsJSON)
	defer C.free(unsafe.Pointer(raw.tool_calls_json))
	set(&raw.extra_json, &raw.extra_json_size, message.ExtraJSON)
	defer C.free(unsafe.Pointer(raw.extra_json))
	return c.with(func(chat *C.reckon_chat, failure **C.reckon_error) C.reckon_status { return call(chat, &raw, failure) })
}

// Message gives a message, the system message among them.
func (c *Chat) Message(index int) (Message, error) {
	var message Message
	err := c.with(func(raw *C.reckon_chat, failure **C.reckon_error) C.reckon_status {
		out := C.reckon_message{struct_size: C.sizeof_reckon_message}
		status := C.reckon_chat_get_message(raw, C.size_t(index), &out, failure)
		if status == C.RECKON_OK {
			message = Message{goString(out.role, out.role_size), goString(out.content, out.content_size), out.content == nil,
				goString(out.reasoning, out.reasoning_size), goString(out.tool_calls_json, out.tool_calls_json_size),
				goString(out.extra_json, out.extra_json_size)}
		}
		return status
	})
	return message, err
}

// Messages gives all messages.
func (c *Chat) Messages() ([]Message, error) {
	info, err := c.Info()
	if err != nil {
		return nil, err
	}
	messages := make([]Message, info.Messages)
	for i := range messages {
		if messages[i], err = c.Message(i); err != nil {
			return nil, err
		}
	}
	return messages, nil
}

// Append adds a message without answering.
func (c *Chat) Append(message Message) error {
	return c.withMessage(message, func(raw *C.reckon_chat, message *C.reckon_message, failure **C.reckon_error) C.reckon_status {
		return C.reckon_chat_append(raw, message, failure)
	})
}

// Edit replaces a message.
func (c *Chat) Edit(index int, message Message) error {
	return c.withMessage(message, func(raw *C.reckon_chat, message *C.reckon_message, failure **C.reckon_error) C.reckon_status {
		return C.reckon_chat_edit(raw, C.size_t(index), message, failure)
	})
}

// Truncate forgets all messages from count on.
func (c *Chat) Truncate(count int) error {
	return c.with(func(raw *C.reckon_chat, failure **C.reckon_error) C.reckon_status {
		return C.reckon_chat_truncate(raw, C.size_t(count), failure)
	})
}

// SetSystem sets the system message from the next turn on; empty: none.
func (c *Chat) SetSystem(text string) error {
	return c.with(func(raw *C.reckon_chat, failure **C.reckon_error) C.reckon_status {
		return C.reckon_chat_set_system(raw, pointer(text), C.size_t(len(text)), failure)
	})
}

// Pin keeps a message, and the turn that it belongs to, from being left out.
func (c *Chat) Pin(index int, pinned bool) error {
	return c.with(func(raw *C.reckon_chat, failure **C.reckon_error) C.reckon_status {
		return C.reckon_chat_pin(raw, C.size_t(index), cBool(pinned), failure)
	})
}

func (c *Chat) text(call func(raw *C.reckon_chat, buffer *C.char, capacity C.size_t, size *C.size_t, failure **C.reckon_error) C.reckon_status) (string, error) {
	ptr, err := c.object.use()
	if err != nil {
		return "", err
	}
	defer c.object.done()
	return stringOut(func(buffer *C.char, capacity C.size_t, size *C.size_t, failure **C.reckon_error) C.reckon_status {
		return call((*C.reckon_chat)(ptr), buffer, capacity, size, failure)
	})
}

// Summary gives the summary of what is not seen any more; empty: there is none.
func (c *Chat) Summary() (string, error) {
	return c.text(func(raw *C.reckon_chat, buffer *C.char, capacity C.size_t, size *C.size_t, failure **C.reckon_error) C.reckon_status {
		return C.reckon_chat_get_summary(raw, buffer, capacity, size, failure)
	})
}

// Prompt gives the prompt that the next answer would begin from, all messages included.
func (c *Chat) Prompt(addGenerationPrompt bool) (string, error) {
	return c.text(func(raw *C.reckon_chat, buffer *C.char, capacity C.size_t, size *C.size_t, failure **C.reckon_error) C.reckon_status {
		return C.reckon_chat_prompt(raw, cBool(addGenerationPrompt), buffer, capacity, size, failure)
	})
}

// ChatInfo has the numbers of a chat.
type ChatInfo struct {
	Messages                  int64 // the system message among them
	ContextTokens, MaxContext int64 // in the cache now, and at most
	MemoryBytes               int64 // cache blocks (shared ones count in full), scratch, documents with their index
}

// Info tells the chat's numbers.
func (c *Chat) Info() (ChatInfo, error) {
	info := C.reckon_chat_info{struct_size: C.sizeof_reckon_chat_info}
	err := c.with(func(raw *C.reckon_chat, failure **C.reckon_error) C.reckon_status {
		return C.reckon_chat_get_info(raw, &info, failure)
	})
	return ChatInfo{int64(info.messages), int64(info.context_tokens), int64(info.max_context), int64(info.memory_bytes)}, err
}

// Attach adds a document, plain text or Markdown, to look things up in. Forks share documents; Save does not keep them.
func (c *Chat) Attach(name, text string) error {
	return c.with(func(raw *C.reckon_chat, failure **C.reckon_error) C.reckon_status {
		return C.reckon_chat_attach(raw, pointer(name), C.size_t(len(name)), pointer(text), C.size_t(len(text)), failure)
	})
}

// Find gives the passages that this question would be given, in the documents' order.
func (c *Chat) Find(question string) ([]Passage, error) {
	var passages []Passage
	user := cgo.NewHandle(passageCall(func(passage Passage) { passages = append(passages, passage) }))
	defer user.Delete()
	err := c.with(func(raw *C.reckon_chat, failure **C.reckon_error) C.reckon_status {
		return C.go_find(raw, pointer(question), C.size_t(len(question)), C.uintptr_t(user), failure)
	})
	return passages, err
}

// Save writes messages, pins, summary and cache to a file that is whole at every moment.
func (c *Chat) Save(path string) error {
	return c.with(func(raw *C.reckon_chat, failure **C.reckon_error) C.reckon_status {
		return C.reckon_chat_save(raw, pointer(path), C.size_t(len(path)), failure)
	})
}

// Restore puts a saved conversation in the place of this one; options stay.
func (c *Chat) Restore(path string) error {
	return c.with(func(raw *C.reckon_chat, failure **C.reckon_error) C.reckon_status {
		return C.reckon_chat_restore(raw, pointer(path), C.size_t(len(path)), failure)
	})
}
