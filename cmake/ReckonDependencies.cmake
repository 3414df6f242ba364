# Every dependency is looked for on the system first; only what is missing is built from a pinned source release.
# The floor is what Debian 12 ships. reckon_need() explains what to install when neither way works.
include(FetchContent)
find_package(Threads REQUIRED)

set(RECKON_FETCHED "" CACHE INTERNAL "Dependencies built from pinned sources")

# reckon_need(NAME VERSION TARGET DEBIAN_PACKAGE): fails with a sentence a newcomer can act on.
function(reckon_need name version target package)
  if(NOT TARGET ${target})
    message(FATAL_ERROR
      "Reckon needs ${name} ${version} or newer and did not find it.\n"
      "  Debian/Ubuntu: apt-get install ${package}\n"
      "  vcpkg:         the manifest vcpkg.json at the top of this repository lists it\n"
      "  or configure with -DRECKON_FETCH_DEPENDENCIES=ON to build the pinned release from source.")
  endif()
endfunction()

# reckon_fetch(NAME URL TAG): a macro, because FetchContent_MakeAvailable must run in the caller's scope.
macro(reckon_fetch name url tag)
  if(RECKON_FETCH_DEPENDENCIES)
    message(STATUS "Reckon: ${name} is not installed; building ${tag} from source")
    FetchContent_Declare(${name} GIT_REPOSITORY ${url} GIT_TAG ${tag} GIT_SHALLOW ON)
    FetchContent_MakeAvailable(${name})
    set(RECKON_FETCHED "${RECKON_FETCHED};${name}" CACHE INTERNAL "")
  endif()
endmacro()

# abseil
find_package(absl CONFIG QUIET)
if(NOT TARGET absl::status)
  set(ABSL_PROPAGATE_CXX_STD ON)
  set(ABSL_ENABLE_INSTALL ON)
  reckon_fetch(abseil https://github.com/abseil/abseil-cpp 20220623.1)
endif()
reckon_need(abseil 20220623 absl::status libabsl-dev)

# Eigen (headers only)
find_package(Eigen3 3.4 CONFIG QUIET)
if(NOT TARGET Eigen3::Eigen)
  reckon_fetch(eigen https://gitlab.com/libeigen/eigen 3.4.0)
endif()
reckon_need(Eigen 3.4 Eigen3::Eigen libeigen3-dev)

# simdjson: reads config.json, tokenizer.json and safetensors headers
find_package(simdjson 3.0 CONFIG QUIET)
if(NOT TARGET simdjson::simdjson)
  reckon_fetch(simdjson https://github.com/simdjson/simdjson v3.0.1)
endif()
reckon_need(simdjson 3.0 simdjson::simdjson libsimdjson-dev)

# utf8proc: Unicode normalization and categories
find_package(utf8proc 2.8 QUIET)
if(NOT TARGET utf8proc::utf8proc)
  reckon_fetch(utf8proc https://github.com/JuliaStrings/utf8proc v2.8.0)
  if(TARGET utf8proc)
    add_library(utf8proc::utf8proc ALIAS utf8proc)
  endif()
endif()
reckon_need(utf8proc 2.8 utf8proc::utf8proc libutf8proc-dev)

# sentencepiece
find_package(sentencepiece 0.1.97 QUIET)
if(NOT TARGET sentencepiece::sentencepiece)
  set(SPM_ENABLE_SHARED OFF CACHE BOOL "" FORCE)
  reckon_fetch(sentencepiece https://github.com/google/sentencepiece v0.1.97)
  if(TARGET sentencepiece-static)
    add_library(sentencepiece::sentencepiece ALIAS sentencepiece-static)
  endif()
endif()
reckon_need(sentencepiece 0.1.97 sentencepiece::sentencepiece libsentencepiece-dev)

# oneDNN
if(RECKON_WITH_ONEDNN)
  find_package(dnnl 2.6 CONFIG QUIET)
  if(NOT TARGET DNNL::dnnl)
    set(DNNL_CPU_RUNTIME SEQ CACHE STRING "" FORCE)
    set(DNNL_BUILD_TESTS OFF CACHE BOOL "" FORCE)
    set(DNNL_BUILD_EXAMPLES OFF CACHE BOOL "" FORCE)
    reckon_fetch(onednn https://github.com/oneapi-src/oneDNN v2.6.3)
    if(TARGET dnnl)
      add_library(DNNL::dnnl ALIAS dnnl)
    endif()
  endif()
  reckon_need(oneDNN 2.6 DNNL::dnnl libdnnl-dev)
endif()

# The programs only: never linked into the library.
if(RECKON_BUILD_EXAMPLES OR RECKON_BUILD_BENCH OR RECKON_BUILD_TESTS)
  find_package(CLI11 2.1 CONFIG QUIET)
  if(NOT TARGET CLI11::CLI11)
    reckon_fetch(cli11 https://github.com/CLIUtils/CLI11 v2.1.2)
  endif()
  reckon_need(CLI11 2.1 CLI11::CLI11 libcli11-dev)
  find_package(nlohmann_json 3.11 CONFIG QUIET)
  if(NOT TARGET nlohmann_json::nlohmann_json)
    reckon_fetch(json https://github.com/nlohmann/json v3.11.2)
  endif()
  reckon_need("nlohmann-json" 3.11 nlohmann_json::nlohmann_json nlohmann-json3-dev)
endif()
if(RECKON_BUILD_TESTS)
  find_package(GTest 1.12 CONFIG QUIET)
  if(NOT TARGET GTest::gmock)
    reckon_fetch(googletest https://github.com/google/googletest release-1.12.1)
  endif()
  reckon_need(GoogleTest 1.12 GTest::gmock "libgtest-dev libgmock-dev")
endif()
if(RECKON_BUILD_BENCH)
  find_package(benchmark 1.7 CONFIG QUIET)
  if(NOT TARGET benchmark::benchmark)
    set(BENCHMARK_ENABLE_TESTING OFF CACHE BOOL "" FORCE)
    reckon_fetch(googlebenchmark https://github.com/google/benchmark v1.7.1)
  endif()
  reckon_need("Google Benchmark" 1.7 benchmark::benchmark libbenchmark-dev)
endif()
