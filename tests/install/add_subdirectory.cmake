# A user's project that has this repository in a subfolder.
include(${CMAKE_CURRENT_LIST_DIR}/common.cmake)
run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR}/subdirectory -B ${WORK_DIR}/build ${configure_arguments}
    -DRECKON_SOURCE_DIR=${SOURCE_DIR})
run(${CMAKE_COMMAND} --build ${WORK_DIR}/build --config ${CONFIG} --parallel)
check_hello(${WORK_DIR}/build/hello ${SOURCE_DIR}/examples/models/tiny-r1)
