#!/bin/sh
# sh examples/quickstart.sh [QUESTION]
# From a fresh checkout to an answer: installs what is missing, builds the release, and asks the small reasoning model in
# examples/models/tiny-r1. What is already there is not done again. Works from any folder. Only the answer goes to stdout.
set -eu
top=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
. "$top/cmake/setup.sh"

question=${1:-鸡兔同笼，头共35个，脚共94只，问鸡兔各几只？}
start=$(setup_now)

setup_packages build
cd "$top"
if [ ! -f build/build.ninja ]; then
  setup_say "configuring in $top/build"
  # The chat page comes along if it is ready made, as in a release archive. Making it takes Node.js, the network and a minute.
  page=OFF
  if [ -f examples/server/page/dist/index.html ]; then page=AUTO; fi
  cmake --preset release -DRECKON_BUILD_TESTS=OFF -DRECKON_BUILD_BENCH=OFF -DRECKON_PAGE=$page $(setup_launcher) >&2
fi
setup_say "building (the first time takes a few minutes)"
cmake --build build --target bin/reckon --parallel "$(setup_jobs)" >&2
setup_say "ready after $(($(setup_now) - start)) s; asking examples/models/tiny-r1: $question"

build/bin/reckon run -m examples/models/tiny-r1 --greedy -p "$question"
setup_say "done in $(($(setup_now) - start)) s. Go on with: build/bin/reckon chat [-m FOLDER_OR_GGUF]"
