package reckon

/*
#include <stdlib.h>
#include "glue.h"
*/
import "C"

import (
	"context"
	"io"
	"runtime"
	"runtime/cgo"
	"sync/atomic"
	"unsafe"
)

// Model is an open model. It lives as long as it, one of its clones, or one of its sessions and chats is open.
type Model struct {
	object *object
	files  *files
}

// File is one file of a checkpoint that is encrypted, in an archive, or inside the program: Data or Reader.
type File struct {
	Name   string      // as it would be in the checkpoint's folder: "config.json", "model.gguf"
	Data   []byte      // must stay unchanged as long as the model
	Reader io.ReaderAt // is not called twice at once
	Size   int64       // of what Reader reads
}

// What a model that was opened from files needs as long as it lives. nil needs nothing.
type files struct {
	references atomic.Int64
	pins       runtime.Pinner
	handles    []cgo.Handle
}

func (f *files) retain() *files {
	if f != nil {
		f.references.Add(1)
	}
	return f
}

func (f *files) release() {
	if f == nil || f.references.Add(-1) > 0 {
		return
	}
	f.pins.Unpin()
	for _, handle := range f.handles {
		handle.Delete()
	}
}

// withFiles makes a call with files; they have one reference, which is the caller's.
func withFiles(all []File, call func(first *C.reckon_file, count C.size_t) error) (*files, error) {
	kept := &files{}
	kept.references.Store(1)
	array := (*C.reckon_file)(C.calloc(C.size_t(len(all)+1), C.sizeof_reckon_file))
	defer C.free(unsafe.Pointer(array))
	for i, raw := range unsafe.Slice(array, len(all)) {
		file := all[i]
		raw.struct_size = C.sizeof_reckon_file
		raw.name = C.CString(file.Name)
		defer C.free(unsafe.Pointer(raw.name))
		if file.Reader != nil {
			handle := cgo.NewHandle(file.Reader)
			kept.handles = append(kept.handles, handle)
			raw.size = C.uint64_t(file.Size)
			C.go_set_reader(&raw, C.uintptr_t(handle))
		} else if len(file.Data) > 0 {
			kept.pins.Pin(unsafe.SliceData(file.Data))
			raw.size = C.uint64_t(len(file.Data))
			raw.data = unsafe.Pointer(unsafe.SliceData(file.Data))
		}
		unsafe.Slice(array, len(all))[i] = raw
	}
	return kept, call(array, C.size_t(len(all)))
}

func newModel(raw *C.reckon_model, kept *files) *Model {
	model := &Model{files: kept}
	model.object = newObject(unsafe.Pointer(raw), func(ptr unsafe.Pointer) {
		C.reckon_model_release((*C.reckon_model)(ptr))
		kept.release()
	})
	runtime.SetFinalizer(model, (*Model).Close)
	return model
}

// Open opens a checkpoint: a folder as published on model hubs, a .gguf file, or a .safetensors file in its folder.
func Open(ctx context.Context, path string, options ...Option) (*Model, error) {
	raw, err := collect(options)
	if err != nil {
		return nil, err
	}
	defer C.reckon_options_free(raw)
	var model *C.reckon_model
	err = withProgress(ctx, options, func(watch *C.reckon_watch) error {
		var failure *C.reckon_error
		return take(C.reckon_model_open(pointer(path), C.size_t(len(path)), raw, watch, &model, &failure), failure)
	})
	if err != nil {
		return nil, err
	}
	return newModel(model, nil), nil
}

// OpenFiles opens a checkpoint whose files the program holds or reads.
func OpenFiles(ctx context.Context, all []File, options ...Option) (*Model, error) {
	raw, err := collect(options)
	if err != nil {
		return nil, err
	}
	defer C.reckon_options_free(raw)
	var model *C.reckon_model
	kept, err := withFiles(all, func(first *C.reckon_file, count C.size_t) error {
		return withProgress(ctx, options, func(watch *C.reckon_watch) error {
			var failure *C.reckon_error
			return take(C.reckon_model_open_files(first, count, raw, watch, &model, &failure), failure)
		})
	})
	if err != nil {
		kept.release()
		return nil, err
	}
	return newModel(model, kept), nil
}

// Close gives the model back.
func (m *Model) Close() { m.object.close() }

func (m *Model) with(call func(*C.reckon_model) error) error {
	ptr, err := m.object.use()
	if err != nil {
		return err
	}
	defer m.object.done()
	return call((*C.reckon_model)(ptr))
}

// Clone gives the same model once more, to be closed by itself.
func (m *Model) Clone() (*Model, error) {
	var clone *Model
	err := m.with(func(raw *C.reckon_model) error {
		clone = newModel(C.reckon_model_retain(raw), m.files.retain())
		return nil
	})
	return clone, err
}

// ModelInfo has the numbers of a model, named as in config.json.
type ModelInfo struct {
	TieWordEmbeddings                                      bool
	VocabSize, HiddenSize, IntermediateSize                int64
	NumHiddenLayers, NumAttentionHeads, NumKeyValueHeads   int64
	HeadDim, MaxPositionEmbeddings, Parameters             int64
	WeightBytes                                            int64 // in memory, packed
	WeightBytesPerToken                                    int64 // read from memory for each decoded token
	Name, Format, Architecture, Weights, ISA, ChatTemplate string
	EOSTokens                                              []Token // that end an answer
}

// Info tells what the model is.
func (m *Model) Info() (ModelInfo, error) {
	var result ModelInfo
	err := m.with(func(raw *C.reckon_model) error {
		info := C.reckon_model_info{struct_size: C.sizeof_reckon_model_info}
		var failure *C.reckon_error
		err := take(C.reckon_model_get_info(raw, &info, &failure), failure)
		if err != nil {
			return err
		}
		result = ModelInfo{TieWordEmbeddings: info.tie_word_embeddings != 0, VocabSize: int64(info.vocab_size),
			HiddenSize: int64(info.hidden_size), IntermediateSize: int64(info.intermediate_size),
			NumHiddenLayers: int64(info.num_hidden_layers), NumAttentionHeads: int64(info.num_attention_heads),
			NumKeyValueHeads: int64(info.num_key_value_heads), HeadDim: int64(info.head_dim),
			MaxPositionEmbeddings: int64(info.max_position_embeddings), Parameters: int64(info.parameters),
			WeightBytes: int64(info.weight_bytes), WeightBytesPerToken: int64(info.weight_bytes_per_token)}
		for key, text := range map[C.reckon_model_text_key]*string{C.RECKON_MODEL_NAME: &result.Name, C.RECKON_MODEL_FORMAT: &result.Format,
			C.RECKON_MODEL_ARCHITECTURE: &result.Architecture, C.RECKON_MODEL_WEIGHTS: &result.Weights, C.RECKON_MODEL_ISA: &result.ISA,
			C.RECKON_MODEL_CHAT_TEMPLATE: &result.ChatTemplate} {
			*text, err = stringOut(func(buffer *C.char, capacity C.size_t, size *C.size_t, failure **C.reckon_error) C.reckon_status {
				return C.reckon_model_get_text(raw, key, buffer, capacity, size, failure)
			})
			if err != nil {
				return err
			}
		}
		result.EOSTokens, err = tokensOut(8, func(buffer *C.reckon_token, capacity C.size_t, size *C.size_t, failure **C.reckon_error) C.reckon_status {
			return C.reckon_model_eos_tokens(raw, buffer, capacity, size, failure)
		})
		return err
	})
	return result, err
}

// SetThreads takes effect with the next operation, sessions at work included; below 1: as many as the process may use.
func (m *Model) SetThreads(threads int) error {
	return m.with(func(raw *C.reckon_model) error {
		var failure *C.reckon_error
		return take(C.reckon_model_set_threads(raw, C.int32_t(threads), &failure), failure)
	})
}

// MemoryPlan has bytes on the heap for one model with one session; mapped files are not counted.
type MemoryPlan struct {
	WeightBytes        int64
	KVBytesPerToken    int64
	KVBytes            int64 // at ContextTokens, in whole blocks
	ScratchBytes       int64
	LoadBytes          int64 // while opening only; not in TotalBytes
	TokenizerBytes     int64
	TotalBytes         int64
	ContextTokens      int64
	MaxContextThatFits int64 // in tokens, under the memory limit; 0: not even one
}

func planOf(call func(*C.reckon_memory_plan) error) (MemoryPlan, error) {
	plan := C.reckon_memory_plan{struct_size: C.sizeof_reckon_memory_plan}
	err := call(&plan)
	return MemoryPlan{int64(plan.weight_bytes), int64(plan.kv_bytes_per_token), int64(plan.kv_bytes), int64(plan.scratch_bytes),
		int64(plan.load_bytes), int64(plan.tokenizer_bytes), int64(plan.total_bytes), int64(plan.context_tokens),
		int64(plan.max_context_that_fits)}, err
}

// PlanMemory tells what opening a checkpoint, and a session of so many tokens, would take. It reads headers only.
func PlanMemory(path string, contextTokens int64, options ...Option) (MemoryPlan, error) {
	raw, err := collect(options)
	if err != nil {
		return MemoryPlan{}, err
	}
	defer C.reckon_options_free(raw)
	return planOf(func(plan *C.reckon_memory_plan) error {
		var failure *C.reckon_error
		return take(C.reckon_plan_memory(pointer(path), C.size_t(len(path)), raw, C.int64_t(contextTokens), plan, &failure), failure)
	})
}

// PlanMemoryFiles is PlanMemory for files that the program holds or reads.
func PlanMemoryFiles(all []File, contextTokens int64, options ...Option) (MemoryPlan, error) {
	raw, err := collect(options)
	if err != nil {
		return MemoryPlan{}, err
	}
	defer C.reckon_options_free(raw)
	return planOf(func(plan *C.reckon_memory_plan) error {
		kept, err := withFiles(all, func(first *C.reckon_file, count C.size_t) error {
			var failure *C.reckon_error
			return take(C.reckon_plan_memory_files(first, count, raw, C.int64_t(contextTokens), plan, &failure), failure)
		})
		kept.release()
		return err
	})
}

// PlanMemory tells what the model and a session of so many tokens take.
func (m *Model) PlanMemory(contextTokens int64) (MemoryPlan, error) {
	return planOf(func(plan *C.reckon_memory_plan) error {
		return m.with(func(raw *C.reckon_model) error {
			var failure *C.reckon_error
			return take(C.reckon_model_plan_memory(raw, C.int64_t(contextTokens), plan, &failure), failure)
		})
	})
}
