/*
 * A libreckon.so.1 that stands in front of the real one and notes which functions are called: the suites of the
 * bindings run with it, and coverage.py names what none of their tests reached. Test equipment; it ends the process
 * when it is set up wrong.
 *
 *   RECKON_REAL_LIBRARY   the path of the real library
 *   RECKON_CALLS          the file to note calls in: one byte for each line of capi/abi/symbols.txt, 1 once it was
 * called. All processes of a suite share it, and a process that is killed or ends without exit() loses nothing.
 */
#define _GNU_SOURCE /* NOLINT(bugprone-reserved-identifier): what glibc asks for */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "recorder_functions.h" /* RECORDER_FUNCTIONS(F): F(index, name) for each function; made from symbols.txt */

#define NAME(index, name) #name,
static const char* const names[] = {RECORDER_FUNCTIONS(NAME)};
enum { COUNT = sizeof names / sizeof *names };

/* The assembly below reads both, so they have names for the linker. */
__attribute__((visibility("hidden"))) void* recorder_real[COUNT];
__attribute__((visibility("hidden"))) unsigned char* recorder_calls;

/* Notes the call and goes on in the real function. Arguments and stack stay as they are, so the types do not matter. */
#if defined(__x86_64__)
#define FORWARD(index, name)                                            \
  __asm__(".text\n.globl " #name "\n.type " #name ", @function\n" #name \
          ":\n"                                                         \
          "  movq recorder_calls(%rip), %r11\n"                         \
          "  movb $1, " #index                                          \
          "(%r11)\n"                                                    \
          "  jmp *recorder_real+8*" #index "(%rip)\n");
#elif defined(__aarch64__)
#define FORWARD(index, name)                                            \
  __asm__(".text\n.globl " #name "\n.type " #name ", %function\n" #name \
          ":\n"                                                         \
          "  adrp x16, recorder_calls\n"                                \
          "  ldr x16, [x16, :lo12:recorder_calls]\n"                    \
          "  mov w17, #1\n"                                             \
          "  strb w17, [x16, #" #index                                  \
          "]\n"                                                         \
          "  adrp x16, recorder_real\n"                                 \
          "  add x16, x16, :lo12:recorder_real\n"                       \
          "  ldr x16, [x16, #8*" #index                                 \
          "]\n"                                                         \
          "  br x16\n");
#else
#error "recorder.c knows x86-64 and AArch64 only"
#endif
RECORDER_FUNCTIONS(FORWARD)

static void fail(const char* what, const char* detail) {
  fprintf(stderr, "recorder: %s: %s\n", what, detail != NULL ? detail : "?");
  abort();
}

static const char* setting(const char* name) {
  const char* const value = getenv(name);
  if (value == NULL || *value == '\0') fail("not set", name);
  return value;
}

__attribute__((constructor)) static void set_up(void) {
  const char* const path = setting("RECKON_REAL_LIBRARY");
  const char* const calls = setting("RECKON_CALLS");
  /* DEEPBIND: what the real library calls of itself does not come by here. */
  void* const library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
  const int file = open(calls, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (library == NULL) fail("cannot load", dlerror());
  for (int i = 0; i < COUNT; ++i) {
    recorder_real[i] = dlsym(library, names[i]);
    if (recorder_real[i] == NULL) fail(path, names[i]);
  }
  if (file < 0 || ftruncate(file, COUNT) != 0) fail("cannot write", calls);
  recorder_calls = mmap(NULL, COUNT, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (recorder_calls == MAP_FAILED) fail("cannot map", calls);
  close(file);
}
