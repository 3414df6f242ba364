/* Calls with callbacks into Go. `user` is a cgo.Handle. */
#ifndef RECKON_GO_GLUE_H_
#define RECKON_GO_GLUE_H_

#include "reckon_c_chat.h"

enum go_ask { GO_SEND, GO_ANSWER, GO_REGENERATE };

/* progress_user 0: none. */
reckon_watch go_watch(const reckon_cancel* cancel, uintptr_t progress_user);
void go_set_reader(reckon_file* file, uintptr_t user);
reckon_status go_generate(reckon_session* session, reckon_sampler* sampler, const reckon_options* options,
                          const reckon_cancel* cancel, uintptr_t user, reckon_generate_result* result,
                          reckon_error** error);
reckon_status go_take_turn(reckon_chat* chat, int ask, const char* text, size_t size, const reckon_cancel* cancel,
                           uintptr_t user, reckon_turn** turn, reckon_error** error);
reckon_status go_find(reckon_chat* chat, const char* text, size_t size, uintptr_t user, reckon_error** error);

#endif /* RECKON_GO_GLUE_H_ */
