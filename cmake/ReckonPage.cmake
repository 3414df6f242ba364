# The chat page of `reckon serve`: made from examples/server/page by Node.js, or taken as a release archive brings it, and put into
# the program. Everything happens in the build tree.
set(RECKON_PAGE AUTO CACHE STRING "The chat page in reckon serve: ON, OFF, or AUTO (if it is there or can be made)")
set_property(CACHE RECKON_PAGE PROPERTY STRINGS AUTO ON OFF)
set(RECKON_PAGE_NODE 18)  # the oldest Node.js that makes the page

# reckon_find_node(RESULT): true if there are a Node.js and an npm that can make the page; they are then RECKON_NODE and RECKON_NPM.
function(reckon_find_node result)
  set(${result} FALSE PARENT_SCOPE)
  find_program(RECKON_NODE NAMES node nodejs)
  find_program(RECKON_NPM NAMES npm npm.cmd)
  mark_as_advanced(RECKON_NODE RECKON_NPM)
  if(RECKON_NODE AND RECKON_NPM)
    execute_process(COMMAND ${RECKON_NODE} --version OUTPUT_VARIABLE version ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
    string(REGEX REPLACE "^v" "" version "${version}")
    if(version VERSION_GREATER_EQUAL RECKON_PAGE_NODE)
      set(${result} TRUE PARENT_SCOPE)
    endif()
  endif()
endfunction()

# What the page is made from. Named one by one: node_modules and dist may lie beside them, where people work on the page.
function(reckon_page_sources result folder)
  set(patterns package.json package-lock.json .npmrc index.html *.ts *.mjs *.json)
  list(TRANSFORM patterns PREPEND ${folder}/)
  file(GLOB files RELATIVE ${folder} CONFIGURE_DEPENDS ${patterns})
  foreach(part src public scripts test)
    file(GLOB_RECURSE more RELATIVE ${folder} CONFIGURE_DEPENDS ${folder}/${part}/*)
    list(APPEND files ${more})
  endforeach()
  list(REMOVE_DUPLICATES files)
  list(SORT files)
  set(${result} ${files} PARENT_SCOPE)
endfunction()

# reckon_add_page(TARGET SOURCE FALLBACK): TARGET gets the page of the folder SOURCE, or else the files of FALLBACK. Where Node.js makes
# it, that happens in page/source of the build folder, a copy that `npm test` can run in: the global property RECKON_PAGE_SOURCE.
function(reckon_add_page target source fallback)
  set(work ${CMAKE_CURRENT_BINARY_DIR}/page)
  set(output ${work}/page_data.cc)
  set(scripts ${CMAKE_CURRENT_FUNCTION_LIST_DIR})
  reckon_page_sources(names ${source})
  set(inputs ${names})
  list(TRANSFORM inputs PREPEND ${source}/)
  set(folder ${fallback})
  set(has_page false)
  set(built FALSE)
  set(node FALSE)
  if(RECKON_PAGE)
    set(shipped FALSE)
    if(EXISTS ${source}/dist/index.html)
      # A release archive says which sources its page was made from; one that a developer left behind does not, or says another.
      execute_process(COMMAND ${CMAKE_COMMAND} "-DFOLDER=${source}" "-DNAMES=${names}" -P ${scripts}/page_stamp.cmake
                      OUTPUT_VARIABLE stamp)
      set(stamped "")
      if(EXISTS ${source}/dist/.sources)
        file(STRINGS ${source}/dist/.sources stamped LIMIT_COUNT 1)
      endif()
      string(STRIP "${stamp}" stamp)
      if(stamp STREQUAL stamped)
        set(shipped TRUE)
      endif()
    endif()
    if(NOT shipped AND EXISTS ${source}/package.json)
      reckon_find_node(node)
    endif()
    if(shipped OR (EXISTS ${source}/dist/index.html AND NOT node))
      set(folder ${source}/dist)
      set(has_page true)
      message(STATUS "Reckon: the chat page is that of ${folder}")
    elseif(node)
      set(built TRUE)
      message(STATUS "Reckon: the chat page is made with ${RECKON_NPM}")
    elseif(RECKON_PAGE STREQUAL "AUTO")
      message(STATUS "Reckon: no chat page in reckon serve, because there is no Node.js ${RECKON_PAGE_NODE} or newer with npm "
                     "(Debian: nodejs npm). Release archives have it ready made.")
    else()
      message(FATAL_ERROR "Reckon: RECKON_PAGE=${RECKON_PAGE} needs Node.js ${RECKON_PAGE_NODE} or newer and npm (Debian: nodejs npm), or a "
                          "release archive, which has the chat page ready made in examples/server/page/dist. "
                          "-DRECKON_PAGE=AUTO does without.")
    endif()
  endif()
  if(built)
    add_custom_command(OUTPUT ${output}
      COMMAND ${CMAKE_COMMAND} -DSOURCE=${source} "-DNAMES=${names}" -DFALLBACK=${fallback} -DWORK=${work} -DOUTPUT=${output}
              -DNPM=${RECKON_NPM} -DMODE=${RECKON_PAGE} -P ${scripts}/build_page.cmake
      DEPENDS ${inputs} ${scripts}/build_page.cmake ${scripts}/embed_page.cmake ${scripts}/page_stamp.cmake
      COMMENT "Making the chat page" VERBATIM)
  else()
    file(GLOB_RECURSE files CONFIGURE_DEPENDS ${folder}/*)
    add_custom_command(OUTPUT ${output}
      COMMAND ${CMAKE_COMMAND} -DFOLDER=${folder} -DOUTPUT=${output} -DHAS_PAGE=${has_page} -P ${scripts}/embed_page.cmake
      DEPENDS ${files} ${scripts}/embed_page.cmake
      COMMENT "Embedding ${folder}" VERBATIM)
  endif()
  target_sources(${target} PRIVATE ${output})
  if(built AND PROJECT_IS_TOP_LEVEL)
    add_custom_target(source_archive
      COMMAND ${CMAKE_COMMAND} -DSOURCE=${PROJECT_SOURCE_DIR} -DDIST=${work}/source/dist -DNAME=${PROJECT_NAME}-${PROJECT_VERSION}
              -DWORK=${PROJECT_BINARY_DIR}/archive -P ${scripts}/source_archive.cmake
      DEPENDS ${output} VERBATIM)
  endif()
  if(built)
    set_property(GLOBAL PROPERTY RECKON_PAGE_SOURCE ${work}/source)
  endif()
endfunction()
