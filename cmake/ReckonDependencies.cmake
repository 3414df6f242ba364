# Every dependency is taken, in this order: from the host project (its target exists already), from the system
# (find_package), or from a pinned source release (FetchContent, unless RECKON_FETCH_DEPENDENCIES is off).
# The oldest accepted versions are what Debian 12 ships.
include(FetchContent)
find_package(Threads REQUIRED)

set(RECKON_FETCHED "" CACHE INTERNAL "Dependencies built from pinned sources")

# reckon_dependency(NAME MODE MODULE|CONFIG PACKAGE p VERSION v TARGET t DEBIAN packages URL git-url TAG tag
#                   [FETCHED_TARGET t2] [BELOW v])
# Makes TARGET exist, or stops with a sentence that a newcomer can act on. FETCHED_TARGET is what the sources call it.
# Versions are compared here, because the version files of several packages refuse every newer minor version.
function(reckon_dependency name)
  cmake_parse_arguments(ARG "" "MODE;PACKAGE;VERSION;BELOW;TARGET;DEBIAN;URL;TAG;FETCHED_TARGET" "" ${ARGN})
  if(TARGET ${ARG_TARGET})
    return()
  endif()
  set(how "  Debian/Ubuntu: apt-get install ${ARG_DEBIAN}\n"
          "  Fedora, macOS: the package lists are in cmake/setup.sh\n"
          "  vcpkg:         vcpkg.json at the top of this repository lists it\n")
  find_package(${ARG_PACKAGE} ${ARG_MODE} QUIET)
  set(found "${${ARG_PACKAGE}_VERSION}")
  if(TARGET ${ARG_TARGET})
    if(found MATCHES "^[0-9]" AND found VERSION_LESS ARG_VERSION)
      message(FATAL_ERROR "Reckon needs ${name} ${ARG_VERSION} or newer, but found ${found} (${${ARG_PACKAGE}_DIR}).\n" ${how}
        "  or hide the old one with -DCMAKE_DISABLE_FIND_PACKAGE_${ARG_PACKAGE}=ON to build ${name} ${ARG_TAG} from source.")
    endif()
    if(ARG_BELOW AND found VERSION_GREATER_EQUAL ARG_BELOW)
      message(FATAL_ERROR "Reckon works with ${name} from ${ARG_VERSION} on and below ${ARG_BELOW}, but found ${found}.\n"
        "  Hide it with -DCMAKE_DISABLE_FIND_PACKAGE_${ARG_PACKAGE}=ON to build ${name} ${ARG_TAG} from source.")
    endif()
    return()
  endif()
  if(NOT RECKON_FETCH_DEPENDENCIES)
    message(FATAL_ERROR "Reckon needs ${name} ${ARG_VERSION} or newer and did not find it.\n" ${how}
      "  or configure with -DRECKON_FETCH_DEPENDENCIES=ON to build ${name} ${ARG_TAG} from source (needs git and the network).")
  endif()
  message(STATUS "Reckon: ${name} is not installed; building ${ARG_TAG} from source. To use the system's instead:\n" ${how})
  string(TOLOWER "${ARG_PACKAGE}" key)
  FetchContent_Declare(reckon_${key} GIT_REPOSITORY ${ARG_URL} GIT_TAG ${ARG_TAG} GIT_SHALLOW ON)
  FetchContent_MakeAvailable(reckon_${key})
  if(ARG_FETCHED_TARGET AND NOT TARGET ${ARG_TARGET})
    add_library(${ARG_TARGET} ALIAS ${ARG_FETCHED_TARGET})
  endif()
  set(RECKON_FETCHED "${RECKON_FETCHED};${name}" CACHE INTERNAL "")
  set(reckon_${key}_SOURCE_DIR ${reckon_${key}_SOURCE_DIR} PARENT_SCOPE)
endfunction()

# Settings for sources that are built here; they have no effect on installed packages. Dependencies become static
# libraries, and their own tests and tools are left out where they have a switch for it.
set(ABSL_PROPAGATE_CXX_STD ON)
set(CMAKE_POSITION_INDEPENDENT_CODE_saved ${CMAKE_POSITION_INDEPENDENT_CODE})
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_POLICY_DEFAULT_CMP0077 NEW)
set(SIMDJSON_DEVELOPER_MODE OFF)
set(SPM_ENABLE_SHARED OFF)
set(CLI11_BUILD_TESTS OFF)
set(CLI11_BUILD_EXAMPLES OFF)
set(JSON_BuildTests OFF)
set(BENCHMARK_ENABLE_TESTING OFF)
set(INSTALL_GTEST OFF)

reckon_dependency(abseil MODE CONFIG PACKAGE absl VERSION 20220623 TARGET absl::status DEBIAN libabsl-dev
                  URL https://github.com/abseil/abseil-cpp TAG 20220623.1)
# Reads config.json, tokenizer.json and the headers of safetensors files.
reckon_dependency(simdjson MODE CONFIG PACKAGE simdjson VERSION 3.0 TARGET simdjson::simdjson DEBIAN libsimdjson-dev
                  URL https://github.com/simdjson/simdjson TAG v3.0.1)
# Unicode normalization and categories.
reckon_dependency(utf8proc MODE MODULE PACKAGE utf8proc VERSION 2.8 TARGET utf8proc::utf8proc DEBIAN libutf8proc-dev
                  URL https://github.com/JuliaStrings/utf8proc TAG v2.8.0 FETCHED_TARGET utf8proc)
# Reads tokenizer.model.
reckon_dependency(sentencepiece MODE MODULE PACKAGE sentencepiece VERSION 0.1.97 TARGET sentencepiece::sentencepiece
                  DEBIAN libsentencepiece-dev URL https://github.com/google/sentencepiece TAG v0.1.97
                  FETCHED_TARGET sentencepiece-static)
if(reckon_sentencepiece_SOURCE_DIR)
  target_include_directories(sentencepiece-static INTERFACE $<BUILD_INTERFACE:${reckon_sentencepiece_SOURCE_DIR}/src>)
endif()
# Finds passages of documents that are attached to a chat. FTS5 is part of every distribution's build.
set(SQLITE_ENABLE_FTS5 ON)
reckon_dependency(SQLite MODE MODULE PACKAGE SQLite3 VERSION 3.31 TARGET SQLite::SQLite3 DEBIAN libsqlite3-dev
                  URL https://github.com/azadkuh/sqlite-amalgamation TAG 3.38.2 FETCHED_TARGET SQLite3)
if(reckon_sqlite3_SOURCE_DIR)
  target_include_directories(SQLite3 PUBLIC $<BUILD_INTERFACE:${reckon_sqlite3_SOURCE_DIR}>)
endif()
# Checksums of saved chats.
reckon_dependency(zlib MODE MODULE PACKAGE ZLIB VERSION 1.2.11 TARGET ZLIB::ZLIB DEBIAN zlib1g-dev
                  URL https://github.com/madler/zlib TAG v1.2.13 FETCHED_TARGET zlibstatic)
if(reckon_zlib_SOURCE_DIR)
  target_include_directories(zlibstatic INTERFACE $<BUILD_INTERFACE:${reckon_zlib_SOURCE_DIR}>
                                                  $<BUILD_INTERFACE:${FETCHCONTENT_BASE_DIR}/reckon_zlib-build>)
endif()

# For the programs, tests and benchmarks; never linked into the library.
if(RECKON_BUILD_EXAMPLES OR RECKON_BUILD_BENCH OR RECKON_BUILD_TESTS)
  reckon_dependency(CLI11 MODE CONFIG PACKAGE CLI11 VERSION 2.1 TARGET CLI11::CLI11 DEBIAN libcli11-dev
                    URL https://github.com/CLIUtils/CLI11 TAG v2.1.2)
endif()
if(RECKON_BUILD_EXAMPLES OR RECKON_BUILD_BENCH OR RECKON_BUILD_TESTS OR RECKON_BUILD_FUZZERS)
  reckon_dependency(nlohmann-json MODE CONFIG PACKAGE nlohmann_json VERSION 3.11 TARGET nlohmann_json::nlohmann_json
                    DEBIAN nlohmann-json3-dev URL https://github.com/nlohmann/json TAG v3.11.2)
endif()
if(RECKON_BUILD_EXAMPLES AND RECKON_SERVER)
  # From 0.17 on, what a connection is served with has other parameters.
  set(HTTPLIB_USE_OPENSSL_IF_AVAILABLE OFF)
  set(HTTPLIB_USE_ZLIB_IF_AVAILABLE OFF)
  set(HTTPLIB_USE_BROTLI_IF_AVAILABLE OFF)
  reckon_dependency(cpp-httplib MODE MODULE PACKAGE httplib VERSION 0.11.4 BELOW 0.17 TARGET httplib::httplib
                    DEBIAN libcpp-httplib-dev URL https://github.com/yhirose/cpp-httplib TAG v0.11.4)
endif()
# Not built from source when they are missing: TLS belongs to the system, which keeps it up to date.
if(RECKON_BUILD_EXAMPLES AND RECKON_HUB)
  find_package(CURL 7.85 QUIET)
  find_package(OpenSSL 1.1 QUIET)
  set(reckon_hub_missing "")
  if(NOT TARGET CURL::libcurl)
    list(APPEND reckon_hub_missing "libcurl 7.85 (Debian: libcurl4-openssl-dev)")
  endif()
  if(NOT TARGET OpenSSL::Crypto)
    list(APPEND reckon_hub_missing "OpenSSL 1.1 (Debian: libssl-dev)")
  endif()
  if(reckon_hub_missing)
    list(JOIN reckon_hub_missing " and " reckon_hub_missing)
    if(RECKON_HUB STREQUAL "AUTO")
      message(STATUS "Reckon: reckon pull is left out, because it needs ${reckon_hub_missing} or newer")
    else()
      message(FATAL_ERROR "reckon pull needs ${reckon_hub_missing} or newer.\n"
        "  Fedora, macOS: the package lists are in cmake/setup.sh\n"
        "  vcpkg:         vcpkg.json at the top of this repository lists it\n"
        "  or configure with -DRECKON_HUB=OFF to do without reckon pull.")
    endif()
  endif()
endif()
if(RECKON_BUILD_TESTS)
  reckon_dependency(GoogleTest MODE CONFIG PACKAGE GTest VERSION 1.12 TARGET GTest::gmock DEBIAN "libgtest-dev libgmock-dev"
                    URL https://github.com/google/googletest TAG release-1.12.1)
endif()
if(RECKON_BUILD_BENCH)
  reckon_dependency("Google Benchmark" MODE CONFIG PACKAGE benchmark VERSION 1.7 TARGET benchmark::benchmark
                    DEBIAN libbenchmark-dev URL https://github.com/google/benchmark TAG v1.7.1)
endif()

set(CMAKE_POSITION_INDEPENDENT_CODE ${CMAKE_POSITION_INDEPENDENT_CODE_saved})
unset(CMAKE_POSITION_INDEPENDENT_CODE_saved)
