# Shared by examples/quickstart.sh, tests/run.sh and .ci/run: finds out what is missing and installs it. POSIX sh, sourced, not run.
# Whoever sources it has set `top` to the top of the checkout.
#
#   setup_packages PURPOSE...   installs the missing system packages for the purposes: build, test, check, bindings, package, page
#   setup_jobs                  prints how many compilers to run at once
#   setup_launcher              prints the CMake argument that makes use of ccache, if it is installed
#   setup_say TEXT...           prints a line that says what happens
#   setup_now                   prints seconds since 1970

# An empty environment must do: a plain PATH, no locale, no HOME.
PATH=${PATH:-/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin}
export PATH
unset CDPATH
# ccache passes by what uses a precompiled header, unless it may trust that the header says the same without being read.
export CCACHE_SLOPPINESS=${CCACHE_SLOPPINESS:-pch_defines,time_macros}

setup_say() { printf '%s\n' "reckon: $*" >&2; }
setup_now() { date +%s; }

# Compiling one file takes up to about 1 GB, so memory limits the number as well as the processors do.
setup_jobs() {
  setup_cpus=$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
  setup_memory=$(awk '/^MemAvailable:/ { print int($2 / 1048576) }' /proc/meminfo 2>/dev/null)
  if [ -n "$setup_memory" ] && [ "$setup_memory" -lt "$setup_cpus" ]; then setup_cpus=$setup_memory; fi
  [ "$setup_cpus" -ge 1 ] || setup_cpus=1
  echo "$setup_cpus"
}

setup_launcher() {
  if command -v ccache >/dev/null 2>&1; then echo -DCMAKE_CXX_COMPILER_LAUNCHER=ccache; fi
}

# The packages of each system, by purpose. CMakePresets.json asks for Ninja; pkg-config is how CMake finds two of the libraries.
setup_list() {
  case $1:$2 in
    apt:build) echo g++ cmake ninja-build pkg-config libabsl-dev libsimdjson-dev libutf8proc-dev \
                    libsentencepiece-dev libcli11-dev libcpp-httplib-dev nlohmann-json3-dev zlib1g-dev libsqlite3-dev \
                    libcurl4-openssl-dev libssl-dev ;;
    apt:test)  echo abigail-tools locales poppler-utils python3 libgtest-dev libgmock-dev libbenchmark-dev ;;
    apt:check) echo ccache clang-14 clang-format-14 clang-tidy-14 clang-tools-14 libclang-rt-14-dev g++-aarch64-linux-gnu qemu-user python3-pip ;;
    apt:bindings) echo python3-venv libgtk-3-dev xvfb xauth fonts-wqy-zenhei ;;
    apt:package) echo dpkg-dev lintian mandoc man-db groff bash zsh fish systemd debootstrap ;;
    # Node.js makes the chat page. It often comes from elsewhere, with npm inside, and then Debian's would be in its way.
    apt:page) echo python3-venv chromium fonts-wqy-zenhei; command -v npm >/dev/null 2>&1 || echo nodejs npm ;;
    dnf:build) echo gcc-c++ cmake ninja-build pkgconf-pkg-config abseil-cpp-devel simdjson-devel utf8proc-devel \
                    sentencepiece-devel cli11-devel cpp-httplib-devel json-devel zlib-devel sqlite-devel libcurl-devel openssl-devel ;;
    dnf:test)  echo libabigail poppler-utils python3 gtest-devel gmock-devel google-benchmark-devel ;;
    dnf:page) echo chromium wqy-zenhei-fonts nodejs npm ;;
    dnf:check) echo ccache clang clang-tools-extra ;;
    brew:build) echo cmake ninja pkgconf abseil simdjson utf8proc sentencepiece cli11 nlohmann-json sqlite curl openssl ;;
    brew:test)  echo poppler googletest google-benchmark ;;
    brew:check) echo ccache llvm ;;
  esac
}

setup_has() {
  case $1:$2 in
    # libcurl for GnuTLS does as well, and installing the other would remove it.
    apt:libcurl4-openssl-dev) setup_has apt libcurl4-gnutls-dev && return 0 ;;
  esac
  case $1 in
    apt) dpkg-query -W -f='${Status}\n' "$2" 2>/dev/null | grep -q '^install ok installed' ;;
    dnf) rpm -q --whatprovides "$2" >/dev/null 2>&1 ;;
    brew) brew list --versions "$2" >/dev/null 2>&1 ;;
  esac
}

# Runs a command as root: directly, or with sudo, which may ask for a password only where a person can answer.
setup_as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif ! command -v sudo >/dev/null 2>&1; then
    return 1
  elif [ -t 0 ] && [ -z "${CI:-}" ]; then
    sudo "$@"
  else
    sudo -n "$@"
  fi
}

setup_install() {
  setup_system=$1
  shift
  case $setup_system in
    apt)
      setup_as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q </dev/null &&
        setup_as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@" </dev/null ;;
    dnf) setup_as_root dnf install -y "$@" ;;
    brew) HOMEBREW_NO_AUTO_UPDATE=1 brew install "$@" ;;
  esac
}

setup_packages() {
  setup_system=
  if command -v apt-get >/dev/null 2>&1 && command -v dpkg-query >/dev/null 2>&1; then setup_system=apt
  elif command -v dnf >/dev/null 2>&1; then setup_system=dnf
  elif command -v brew >/dev/null 2>&1; then setup_system=brew
  fi
  if [ -z "$setup_system" ]; then
    setup_say "no apt, dnf or brew here, so nothing is installed; README.md lists what a build needs."
    return 0
  fi
  setup_missing=
  for setup_purpose in "$@"; do
    for setup_package in $(setup_list "$setup_system" "$setup_purpose"); do
      setup_has "$setup_system" "$setup_package" || setup_missing="$setup_missing $setup_package"
    done
  done
  [ -n "$setup_missing" ] || return 0
  setup_say "these packages are needed (to $*) and not installed:$setup_missing"
  if [ "$setup_system" = brew ] || [ "$(id -u)" -eq 0 ]; then setup_say "installing them with $setup_system."
  else setup_say "installing them with $setup_system; root (sudo) is used for this step only."
  fi
  # The list is made of plain names: word splitting is wanted.
  # shellcheck disable=SC2086
  if ! setup_install "$setup_system" $setup_missing >&2; then
    setup_say "could not install them. Please have them installed, then run this again:"
    case $setup_system in
      apt) setup_say "  apt-get install$setup_missing" ;;
      *) setup_say "  $setup_system install$setup_missing" ;;
    esac
    return 1
  fi
}
