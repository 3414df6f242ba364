# A user's project in C with find_package(reckon), once with each flavour of the C ABI. It comes from the installed files and this
# folder only. The shared flavour gets along without any package that Reckon itself was built with.
include(${CMAKE_CURRENT_LIST_DIR}/common.cmake)
file(COPY ${CMAKE_CURRENT_LIST_DIR}/package_c/CMakeLists.txt ${PREFIX}/share/reckon/examples/hello.c DESTINATION ${WORK_DIR}/source)
foreach(flavour shared static)
  set(extra -DFLAVOUR=${flavour})
  if(flavour STREQUAL shared)
    foreach(package absl simdjson utf8proc sentencepiece Threads)
      list(APPEND extra -DCMAKE_DISABLE_FIND_PACKAGE_${package}=ON)
    endforeach()
  endif()
  run(${CMAKE_COMMAND} -S ${WORK_DIR}/source -B ${WORK_DIR}/${flavour} ${configure_arguments} -DCMAKE_C_COMPILER=${CC}
      -DCMAKE_PREFIX_PATH=${PREFIX} ${extra})
  run(${CMAKE_COMMAND} --build ${WORK_DIR}/${flavour} --config ${CONFIG})
  check_hello(${WORK_DIR}/${flavour}/hello ${PREFIX}/share/reckon/models/tiny-r1)
endforeach()
