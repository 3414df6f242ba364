#!/bin/sh
# sh tests/run.sh [--preset release|dev|asan-ubsan|tsan] [--targets "NAME..."] [CTEST-ARGUMENTS...]
# Installs what is missing, builds, and runs every test. The default preset is release; the others build in build-PRESET/.
# --targets builds these programs only; name the tests that they are in with -R then.
# Further arguments go to ctest, for example: sh tests/run.sh -R tokenizer --repeat until-fail:10
set -eu
top=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
. "$top/cmake/setup.sh"

preset=release
targets=all
while :; do
  case ${1:-} in
    --preset) preset=${2:?--preset needs a name}; shift 2 ;;
    --preset=*) preset=${1#--preset=}; shift ;;
    --targets) targets=${2:?--targets needs names}; shift 2 ;;
    --targets=*) targets=${1#--targets=}; shift ;;
    *) break ;;
  esac
done
start=$(setup_now)

setup_packages build test
cd "$top"
setup_say "configuring the $preset preset"
set -- --preset "$preset" --parallel "$(setup_jobs)" "$@"
cmake --preset "$preset" -DRECKON_BUILD_TESTS=ON -DRECKON_BUILD_BENCH=ON -DRECKON_BUILD_EXAMPLES=ON $(setup_launcher) >&2
setup_say "building"
# The names are plain: word splitting is wanted.
# shellcheck disable=SC2086
cmake --build --preset "$preset" --parallel "$(setup_jobs)" --target $targets >&2
setup_say "built after $(($(setup_now) - start)) s; testing"
status=0
ctest "$@" || status=$?
setup_say "tests/run.sh took $(($(setup_now) - start)) s"
exit "$status"
