# Man pages and completions, written by the programs themselves as soon as they are linked.

# When this version was made, for what carries a date: 2026-11-25.
set(RECKON_RELEASE_EPOCH 1795564800)
if(DEFINED ENV{SOURCE_DATE_EPOCH})
  set(RECKON_RELEASE_EPOCH $ENV{SOURCE_DATE_EPOCH})
endif()

# reckon_write_manual(TARGET ARGUMENT...)
# Calls the program with the arguments and a folder, which cmake --install will put below share/. A program for another machine is
# called with its emulator, or not at all: then it is installed without.
function(reckon_write_manual target)
  if(RECKON_SANITIZE OR RECKON_BUILD_FUZZERS OR (CMAKE_CROSSCOMPILING AND NOT CMAKE_CROSSCOMPILING_EMULATOR))
    return()
  endif()
  set(folder ${PROJECT_BINARY_DIR}/manual/${target})
  add_custom_command(TARGET ${target} POST_BUILD
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${folder}
    COMMAND ${CMAKE_COMMAND} -E env SOURCE_DATE_EPOCH=${RECKON_RELEASE_EPOCH}
            ${CMAKE_CROSSCOMPILING_EMULATOR} $<TARGET_FILE:${target}> ${ARGN} ${folder}
    VERBATIM)
  set_property(GLOBAL APPEND PROPERTY RECKON_MANUALS ${folder})
endfunction()
