# run(COMMAND...): runs a command, stops the test with its output if it fails, leaves its output in `output`.
macro(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "failed (${result}): ${ARGN}\n${output}")
  endif()
endmacro()

# check_hello(PROGRAM MODEL): the program answers the question about chickens and rabbits: 23 and 12.
function(check_hello program model)
  run(${program} ${model} "鸡兔同笼，头共35个，脚共94只，问鸡兔各几只？")
  if(NOT output MATCHES "鸡有23只，兔有12只")
    message(FATAL_ERROR "${program} did not answer 23 chickens and 12 rabbits, but:\n${output}")
  endif()
endfunction()

# configure_arguments: what a nested project must have in common with this build.
set(configure_arguments -G ${GENERATOR} -DCMAKE_CXX_COMPILER=${CXX} -DCMAKE_BUILD_TYPE=${CONFIG})
if(LAUNCHER)
  list(APPEND configure_arguments -DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER})
endif()

file(REMOVE_RECURSE ${WORK_DIR})
file(MAKE_DIRECTORY ${WORK_DIR})
