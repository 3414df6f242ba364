# Makes the chat page with npm in WORK/source, a copy of SOURCE, and writes it to OUTPUT for the compiler (embed_page.cmake).
#   cmake -DSOURCE=DIR "-DNAMES=a;b" -DFALLBACK=DIR -DWORK=DIR -DOUTPUT=FILE.cc -DNPM=npm -DMODE=AUTO|ON -P build_page.cmake
# With AUTO a failure, such as a missing network, leaves the program without the page instead of ending the build.
set(copy ${WORK}/source)

# The copy has exactly these files; what npm put there stays.
file(GLOB old LIST_DIRECTORIES true ${copy}/* ${copy}/.npmrc)
list(FILTER old EXCLUDE REGEX "/node_modules$")
if(old)
  file(REMOVE_RECURSE ${old})
endif()
foreach(name IN LISTS NAMES)
  get_filename_component(folder ${copy}/${name} DIRECTORY)
  file(COPY ${SOURCE}/${name} DESTINATION ${folder})
endforeach()

# run(WHAT COMMAND...): npm in the copy; sets `failed` to what went wrong.
set(failed "")
function(run what)
  execute_process(COMMAND ${CMAKE_COMMAND} -E env CI=true NO_UPDATE_NOTIFIER=1 ${NPM} ${ARGN} WORKING_DIRECTORY ${copy} TIMEOUT 900
                  RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  file(WRITE ${WORK}/${what}.log "${output}")
  if(NOT result STREQUAL "0")
    list(JOIN ARGN " " words)
    set(failed "npm ${words} failed (${result}); its output is in ${WORK}/${what}.log" PARENT_SCOPE)
  endif()
endfunction()

# The packages are fetched again only when the lock file is another one. They need no scripts of their own to be run.
file(SHA256 ${copy}/package-lock.json lock)
set(installed "")
if(EXISTS ${copy}/node_modules/.reckon-lock)
  file(READ ${copy}/node_modules/.reckon-lock installed)
endif()
if(NOT installed STREQUAL lock)
  run(install ci --ignore-scripts --no-audit --no-fund --fetch-retries=2 --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=10000)
  if(NOT failed)
    file(WRITE ${copy}/node_modules/.reckon-lock ${lock})
  endif()
endif()
if(NOT failed)
  run(build run build)
endif()
if(NOT failed AND NOT EXISTS ${copy}/dist/index.html)
  set(failed "npm run build made no dist/index.html")
endif()

if(NOT failed)
  execute_process(COMMAND ${CMAKE_COMMAND} "-DFOLDER=${copy}" "-DNAMES=${NAMES}" -P ${CMAKE_CURRENT_LIST_DIR}/page_stamp.cmake
                  OUTPUT_FILE ${copy}/dist/.sources)
  set(FOLDER ${copy}/dist)
  set(HAS_PAGE true)
elseif(MODE STREQUAL "AUTO")
  message(WARNING "the chat page could not be made, so reckon serve will be without it: ${failed}. To try again, remove ${OUTPUT}.")
  set(FOLDER ${FALLBACK})
  set(HAS_PAGE false)
else()
  message(FATAL_ERROR "the chat page could not be made: ${failed}. -DRECKON_PAGE=AUTO does without it.")
endif()
include(${CMAKE_CURRENT_LIST_DIR}/embed_page.cmake)
