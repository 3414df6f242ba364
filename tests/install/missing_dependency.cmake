# A missing library is named, with the command that installs it; so is one that is too old.
include(${CMAKE_CURRENT_LIST_DIR}/common.cmake)

# expect(TEXT ARGUMENTS...): configuring with ARGUMENTS fails, and the message has TEXT in it.
function(expect text)
  file(REMOVE_RECURSE ${WORK_DIR}/build)
  execute_process(COMMAND ${CMAKE_COMMAND} -S ${SOURCE_DIR} -B ${WORK_DIR}/build ${configure_arguments} -DRECKON_FETCH_DEPENDENCIES=OFF ${ARGN}
                  RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  string(REGEX REPLACE "[ \n]+" " " output "${output}")
  if(result EQUAL 0)
    message(FATAL_ERROR "configured although it should not: ${ARGN}")
  endif()
  string(FIND "${output}" "${text}" at)
  if(at EQUAL -1)
    message(FATAL_ERROR "the message for ${ARGN} does not say '${text}', but:\n${output}")
  endif()
endfunction()

foreach(case "absl=libabsl-dev" "simdjson=libsimdjson-dev" "utf8proc=libutf8proc-dev" "sentencepiece=libsentencepiece-dev"
             "ZLIB=zlib1g-dev" "SQLite3=libsqlite3-dev" "GTest=libgtest-dev" "benchmark=libbenchmark-dev" "CLI11=libcli11-dev")
  string(REPLACE "=" ";" case ${case})
  list(GET case 0 package)
  list(GET case 1 debian)
  expect("apt-get install ${debian}" -DCMAKE_DISABLE_FIND_PACKAGE_${package}=ON)
endforeach()

file(WRITE ${WORK_DIR}/old/abslConfig.cmake "add_library(absl::status INTERFACE IMPORTED)\n")
file(WRITE ${WORK_DIR}/old/abslConfigVersion.cmake "set(PACKAGE_VERSION 20210324)\nset(PACKAGE_VERSION_COMPATIBLE TRUE)\n")
expect("Reckon needs abseil 20220623 or newer, but found 20210324" -Dabsl_DIR=${WORK_DIR}/old)
