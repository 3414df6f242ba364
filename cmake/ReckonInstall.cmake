# What `cmake --install` puts where. The result can be moved: neither the CMake package nor reckon.pc holds an absolute path.
# Each rule has a component, which packaging.cmake makes a package of: `program` (what a person runs), `runtime` (libreckon.so.1)
# or `development`.
include(CMakePackageConfigHelpers)

# Programs add themselves to this list where they are made.
get_property(reckon_programs GLOBAL PROPERTY RECKON_PROGRAMS)
if(reckon_programs)
  install(TARGETS ${reckon_programs} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)
endif()
get_property(manuals GLOBAL PROPERTY RECKON_MANUALS)
foreach(folder IN LISTS manuals)
  install(DIRECTORY ${folder}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR} COMPONENT program)
  install(DIRECTORY ${folder}/ DESTINATION ${CMAKE_INSTALL_DATADIR} COMPONENT program PATTERN man EXCLUDE)
endforeach()
if(RECKON_BUILD_EXAMPLES AND RECKON_SERVER AND CMAKE_SYSTEM_NAME STREQUAL "Linux")
  install(FILES ${PROJECT_SOURCE_DIR}/cmake/packaging/reckon.service DESTINATION lib/systemd/user COMPONENT program)
endif()

set(reckon_cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/reckon)
set(reckon_data_dir ${CMAKE_INSTALL_DATADIR}/reckon)
get_property(reckon_packages GLOBAL PROPERTY RECKON_PACKAGES)
if(IS_ABSOLUTE ${CMAKE_INSTALL_LIBDIR} OR IS_ABSOLUTE ${CMAKE_INSTALL_INCLUDEDIR})
  set(RECKON_PC_PREFIX ${CMAKE_INSTALL_PREFIX})
  set(RECKON_PC_LIBDIR ${CMAKE_INSTALL_FULL_LIBDIR})
  set(RECKON_PC_INCLUDEDIR ${CMAKE_INSTALL_FULL_INCLUDEDIR})
else()
  file(RELATIVE_PATH up /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
  string(REGEX REPLACE "/$" "" up ${up})
  set(RECKON_PC_PREFIX "\${pcfiledir}/${up}")
  set(RECKON_PC_LIBDIR "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
  set(RECKON_PC_INCLUDEDIR "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()

# reckon_install_pc(NAME): NAME.pc from cmake/NAME.pc.in.
function(reckon_install_pc name)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/${name}.pc.in ${PROJECT_BINARY_DIR}/package/${name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/package/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
          COMPONENT development)
endfunction()

# The C ABI. The shared library needs no package that its users would have to find.
install(FILES ${PROJECT_SOURCE_DIR}/capi/reckon_c.h ${PROJECT_SOURCE_DIR}/capi/reckon_c_chat.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        COMPONENT development)
foreach(component IN ITEMS program runtime development)  # where the program alone is installed, this belongs to it
  install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/CHANGELOG.md ${PROJECT_SOURCE_DIR}/cmake/packaging/copyright
          DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT ${component})
endforeach()
# What the chat page contains; it is made, or shipped, only with the page (ReckonPage.cmake).
get_property(page_source GLOBAL PROPERTY RECKON_PAGE_SOURCE)
if(NOT page_source)
  set(page_source ${PROJECT_SOURCE_DIR}/examples/server/page)
endif()
if(RECKON_PAGE AND TARGET reckon_server)
  install(FILES ${page_source}/dist/third-party-notices.txt DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT program OPTIONAL)
endif()
if(TARGET reckon_shared)
  get_target_property(RECKON_C_VERSION reckon_shared VERSION)
  get_target_property(soversion reckon_shared SOVERSION)
  set(RECKON_C_SONAME libreckon.so.${soversion})
  install(TARGETS reckon_shared LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime NAMELINK_COMPONENT development)
  reckon_install_pc(reckon-c)
endif()

# CMake package
set(RECKON_FIND_DEPENDENCIES "")
foreach(dependency "absl:CONFIG" "simdjson:CONFIG" "utf8proc:MODULE" "sentencepiece:MODULE" "ZLIB:MODULE" "SQLite3:MODULE")
  string(REPLACE ":" ";" dependency ${dependency})
  list(GET dependency 0 package)
  list(GET dependency 1 mode)
  string(TOLOWER "${reckon_packages}" lower)
  string(TOLOWER "${package}" name)
  if(lower MATCHES "(^|;)(${name}|[a-z]+)::${name}(;|$)" OR lower MATCHES "(^|;)${name}::")
    string(APPEND RECKON_FIND_DEPENDENCIES "  find_dependency(${package} ${mode})\n")
  endif()
endforeach()
set(reckon_include_dir ${CMAKE_INSTALL_INCLUDEDIR})
set(reckon_library_dir ${CMAKE_INSTALL_LIBDIR})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/reckonConfig.cmake.in ${PROJECT_BINARY_DIR}/package/reckonConfig.cmake
  INSTALL_DESTINATION ${reckon_cmake_dir} PATH_VARS reckon_data_dir reckon_include_dir reckon_library_dir)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/reckonConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/package/reckonConfig.cmake ${PROJECT_BINARY_DIR}/package/reckonConfigVersion.cmake
        DESTINATION ${reckon_cmake_dir} COMPONENT development)

# The built-in model and examples to copy.
if(RECKON_BUILD_EXAMPLES)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/examples/models/tiny-r1 DESTINATION ${reckon_data_dir}/models COMPONENT program
          PATTERN "__pycache__" EXCLUDE)
  file(GLOB examples CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/examples/*.cc ${PROJECT_SOURCE_DIR}/examples/*.c)
  install(FILES ${examples} DESTINATION ${reckon_data_dir}/examples COMPONENT development)
endif()

if(RECKON_FETCHED)
  # A package may only refer to what its users can find, and these were never installed. The shared library has them inside.
  message(STATUS "Reckon: only the programs and the shared C library have install rules, because these were built from source here: "
                 "${RECKON_FETCHED}. Install them first for the static library.")
  return()
endif()

# The archive, with the C++ headers, and what programs need to find its dependencies.
install(TARGETS reckon reckon_c_static EXPORT reckonTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
        COMPONENT development)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/reckon DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development FILES_MATCHING PATTERN "*.h")
install(FILES ${PROJECT_SOURCE_DIR}/cmake/Findutf8proc.cmake ${PROJECT_SOURCE_DIR}/cmake/Findsentencepiece.cmake
        DESTINATION ${reckon_cmake_dir} COMPONENT development)
install(EXPORT reckonTargets NAMESPACE reckon:: DESTINATION ${reckon_cmake_dir} COMPONENT development)

# pkg-config for the archive: what it needs is public, so that `pkg-config --libs reckon` links without --static.
# Packages that bring a .pc file are required by name, the others are linked by name.
set(RECKON_PC_REQUIRES "")
set(RECKON_PC_LIBS "")
foreach(package IN LISTS reckon_packages)
  if(package MATCHES "^absl::(.*)")
    list(APPEND RECKON_PC_REQUIRES absl_${CMAKE_MATCH_1})
  elseif(package STREQUAL "simdjson::simdjson")
    list(APPEND RECKON_PC_REQUIRES simdjson)
  elseif(package STREQUAL "utf8proc::utf8proc")
    list(APPEND RECKON_PC_REQUIRES libutf8proc)
  elseif(package STREQUAL "sentencepiece::sentencepiece")
    list(APPEND RECKON_PC_LIBS -lsentencepiece)  # its .pc file also links the trainer
  elseif(package STREQUAL "SQLite::SQLite3")
    list(APPEND RECKON_PC_REQUIRES sqlite3)
  elseif(package STREQUAL "ZLIB::ZLIB")
    list(APPEND RECKON_PC_REQUIRES zlib)
  elseif(package STREQUAL "Threads::Threads")
    list(APPEND RECKON_PC_LIBS -pthread)
  else()
    message(FATAL_ERROR "cmake/ReckonInstall.cmake does not know how reckon.pc should ask for ${package}")
  endif()
endforeach()
list(JOIN RECKON_PC_REQUIRES ", " RECKON_PC_REQUIRES)
list(JOIN RECKON_PC_LIBS " " RECKON_PC_LIBS)
# Beside the shared library, -lreckon would mean that one.
set(RECKON_PC_ARCHIVE -lreckon)
if(TARGET reckon_shared)
  set(RECKON_PC_ARCHIVE -l:libreckon.a)
endif()
reckon_install_pc(reckon)

# The same for C programs, whose compiler does not know the C++ library.
set(RECKON_PC_CXX_LIBS ${CMAKE_CXX_IMPLICIT_LINK_LIBRARIES})
list(FILTER RECKON_PC_CXX_LIBS INCLUDE REGEX "^(stdc\\+\\+|c\\+\\+|m)$")
list(REMOVE_DUPLICATES RECKON_PC_CXX_LIBS)
list(TRANSFORM RECKON_PC_CXX_LIBS PREPEND -l)
list(JOIN RECKON_PC_CXX_LIBS " " RECKON_PC_CXX_LIBS)
reckon_install_pc(reckon-c-static)
