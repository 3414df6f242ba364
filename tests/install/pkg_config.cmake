# A user's program without CMake: one compiler command with what pkg-config says.
include(${CMAKE_CURRENT_LIST_DIR}/common.cmake)
find_program(PKG_CONFIG NAMES pkg-config pkgconf REQUIRED)
set(ENV{PKG_CONFIG_PATH} ${PREFIX}/${LIBDIR}/pkgconfig)
run(${PKG_CONFIG} --cflags --libs reckon)
string(STRIP "${output}" flags)
separate_arguments(flags UNIX_COMMAND "${flags}")
run(${CXX} -std=c++20 -Wall -Wextra -Werror ${PREFIX}/share/reckon/examples/hello.cc -o ${WORK_DIR}/hello ${flags})
check_hello(${WORK_DIR}/hello ${PREFIX}/share/reckon/models/tiny-r1)
