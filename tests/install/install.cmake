# Installs into a folder, then moves the folder: what the other tests use must not remember where it was installed to.
include(${CMAKE_CURRENT_LIST_DIR}/common.cmake)
file(REMOVE_RECURSE ${PREFIX})
run(${CMAKE_COMMAND} --install ${BINARY_DIR} --config ${CONFIG} --prefix ${WORK_DIR}/first)
file(RENAME ${WORK_DIR}/first ${PREFIX})

foreach(file include/reckon/reckon.h ${LIBDIR}/libreckon.a ${LIBDIR}/cmake/reckon/reckonConfig.cmake
             ${LIBDIR}/pkgconfig/reckon.pc ${LIBDIR}/pkgconfig/reckon-c-static.pc include/reckon_c.h
             include/reckon_c_chat.h share/reckon/examples/hello.c bin/reckon bin/reckon-bench share/reckon/examples/hello.cc
             share/reckon/models/tiny-r1/model.safetensors share/reckon/models/tiny-r1/README.md share/doc/reckon/LICENSE
             share/doc/reckon/copyright share/man/man1/reckon-chat.1 share/bash-completion/completions/reckon)
  if(NOT EXISTS ${PREFIX}/${file})
    message(FATAL_ERROR "not installed: ${file}")
  endif()
endforeach()
file(GLOB_RECURSE installed ${PREFIX}/${LIBDIR}/cmake/*.cmake ${PREFIX}/${LIBDIR}/pkgconfig/*.pc)
foreach(file ${installed})
  file(READ ${file} text)
  foreach(folder ${SOURCE_DIR} ${BINARY_DIR} ${WORK_DIR})
    string(FIND "${text}" "${folder}" at)
    if(NOT at EQUAL -1)
      message(FATAL_ERROR "${file} mentions ${folder}")
    endif()
  endforeach()
endforeach()
run(${PREFIX}/bin/reckon --version)
