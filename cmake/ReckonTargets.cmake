# How Reckon's own targets are made. Every flag is attached to a target: nothing here changes a host project's settings.

add_library(reckon_flags INTERFACE)
target_compile_features(reckon_flags INTERFACE cxx_std_20)
# Contraction would let the compiler fuse a*b+c in some loops and not in others, and results would depend on the compiler.
target_compile_options(reckon_flags INTERFACE
  $<$<CXX_COMPILER_ID:GNU,Clang,AppleClang>:-Wall -Wextra -Wshadow -ffp-contract=off -fvisibility=hidden>)
# GCC 12 sees overlapping copies in "text" + std::string (https://gcc.gnu.org/bugzilla/show_bug.cgi?id=105651).
target_compile_options(reckon_flags INTERFACE
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>)
if(RECKON_WARNINGS_AS_ERRORS)
  target_compile_options(reckon_flags INTERFACE -Werror)
endif()
if(RECKON_SANITIZE)
  # A report needs lines, not variables (-g1): with them the tests of one preset take gigabytes.
  target_compile_options(reckon_flags INTERFACE -fsanitize=${RECKON_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g1)
  target_link_options(reckon_flags INTERFACE -fsanitize=${RECKON_SANITIZE})
  # For ccache, where a precompiled header is used.
  target_compile_options(reckon_flags INTERFACE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
  # How much to optimize decides how long compiling takes. -O2 pays where tests wait for arithmetic: in floors marked COMPUTES.
  # The tests' own code and what uses CLI11 is told -O0: list_command.cc takes 16 s instead of 25, a long test 15 instead of 25.
  if(NOT RECKON_BUILD_FUZZERS)
    set(own $<TARGET_PROPERTY:RECKON_OPTIMIZE>)
    target_compile_options(reckon_flags INTERFACE $<IF:$<BOOL:${own}>,${own},-O1>)
  endif()
endif()

if(RECKON_BUILD_FUZZERS)
  # Coverage for libFuzzer in everything that is fuzzed; its main() only in the fuzz targets (reckon_fuzzer).
  target_compile_options(reckon_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# reckon_floor(NAME [COMPUTES] SOURCES file... [DEPENDS floor-or-package...])
# One folder of lib/. A floor is a target of its own, linked only to what stands below it, so that a dependency upwards
# does not link. The archive `reckon` is put together from the objects of all floors (lib/CMakeLists.txt).
function(reckon_floor name)
  cmake_parse_arguments(ARG "COMPUTES" "" "SOURCES;DEPENDS" ${ARGN})
  add_library(reckon_${name} STATIC ${ARG_SOURCES})
  set_target_properties(reckon_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  if(ARG_COMPUTES)
    set_target_properties(reckon_${name} PROPERTIES RECKON_OPTIMIZE -O2)
  endif()
  target_include_directories(reckon_${name} PUBLIC ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/lib)
  target_link_libraries(reckon_${name} PUBLIC ${ARG_DEPENDS} PRIVATE reckon_flags)
endfunction()

# GoogleTest's headers are 3 s of the 7 that compiling a test takes there (generate_test.cc), so all test programs share one precompiled copy. Only
# in sanitizer builds: a release build finds the headers that a test forgot to include.
function(reckon_share_test_headers name)
  get_property(first GLOBAL PROPERTY RECKON_FIRST_TEST)
  if(first)
    target_precompile_headers(${name} REUSE_FROM ${first})
  else()
    set_property(GLOBAL PROPERTY RECKON_FIRST_TEST ${name})
    target_precompile_headers(${name} PRIVATE <gmock/gmock.h> <gtest/gtest.h> <absl/status/statusor.h>)
  endif()
endfunction()

# reckon_test(NAME SOURCES file... DEPENDS target...)
# One test program; each TEST in it becomes a ctest case when it runs.
function(reckon_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(${name} PRIVATE ${ARG_DEPENDS} reckon_flags GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE RECKON_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/data"
                                             RECKON_TINY_R1="${PROJECT_SOURCE_DIR}/examples/models/tiny-r1")
  add_test(NAME ${name} COMMAND ${name})
  # Sanitizers make whole models several times slower.
  if(RECKON_SANITIZE)
    set_target_properties(${name} PROPERTIES RECKON_OPTIMIZE -O0)
    reckon_share_test_headers(${name})
    set_tests_properties(${name} PROPERTIES TIMEOUT 1200)
  else()
    set_tests_properties(${name} PROPERTIES TIMEOUT 300)
  endif()
endfunction()

# reckon_fuzzer(NAME SOURCES file... DEPENDS target...)
# A fuzz target with LLVMFuzzerTestOneInput. With RECKON_BUILD_FUZZERS it becomes bin/fuzz_NAME with libFuzzer. In every build
# of the tests it becomes a ctest that runs the inputs in tests/fuzz/corpus/NAME through it, with any compiler.
function(reckon_fuzzer name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  set(corpus ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${name})
  add_executable(fuzz_${name} ${ARG_SOURCES})
  target_include_directories(fuzz_${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(fuzz_${name} PRIVATE ${ARG_DEPENDS} reckon_flags)
  if(RECKON_BUILD_FUZZERS)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(fuzz_${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/fuzz/replay_main.cc)
    add_test(NAME fuzz_${name}_corpus COMMAND fuzz_${name} ${corpus})
    set_tests_properties(fuzz_${name}_corpus PROPERTIES TIMEOUT 300)
  endif()
endfunction()
