# A user's project with find_package(reckon). It and hello.cc come from the installed files and this folder only.
include(${CMAKE_CURRENT_LIST_DIR}/common.cmake)
file(COPY ${CMAKE_CURRENT_LIST_DIR}/package/CMakeLists.txt ${PREFIX}/share/reckon/examples/hello.cc DESTINATION ${WORK_DIR}/source)
run(${CMAKE_COMMAND} -S ${WORK_DIR}/source -B ${WORK_DIR}/build ${configure_arguments} -DCMAKE_PREFIX_PATH=${PREFIX})
run(${CMAKE_COMMAND} --build ${WORK_DIR}/build --config ${CONFIG})
check_hello(${WORK_DIR}/build/hello ${PREFIX}/share/reckon/models/tiny-r1)
