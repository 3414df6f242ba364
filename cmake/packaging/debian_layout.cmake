# Run by cpack between installing and packing. Debian wants some things of `cmake --install` in other places, and some compressed.
if(NOT CPACK_GENERATOR STREQUAL "DEB")
  return()
endif()
cmake_policy(VERSION 3.25)
set(ENV{SOURCE_DATE_EPOCH} ${CPACK_RECKON_EPOCH})
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)

# run(COMMAND...): stops if it fails.
function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

foreach(component IN LISTS CPACK_COMPONENTS_ALL)
  string(TOUPPER ${component} upper)
  set(package ${CPACK_DEBIAN_${upper}_PACKAGE_NAME})
  set(root ${CPACK_TEMPORARY_DIRECTORY}/${component}${CPACK_PACKAGING_INSTALL_PREFIX})

  # share/doc/PACKAGE: the copyright file, which names the licence, the licences of the chat page's parts, and the changelogs.
  set(documents ${root}/share/doc/${package})
  file(GLOB notices ${root}/share/doc/*/third-party-notices.txt)
  if(notices)
    file(RENAME ${notices} ${root}/third-party-notices.txt)
  endif()
  file(REMOVE_RECURSE ${root}/share/doc)
  file(COPY ${CPACK_RECKON_SOURCE_DIR}/cmake/packaging/copyright DESTINATION ${documents})
  if(notices)
    file(RENAME ${root}/third-party-notices.txt ${documents}/third-party-notices.txt)
  endif()
  configure_file(${CPACK_RECKON_SOURCE_DIR}/CHANGELOG.md ${documents}/changelog COPYONLY)
  file(WRITE ${documents}/changelog.Debian
    "reckon (${CPACK_PACKAGE_VERSION}-1) unstable; urgency=medium\n\n"
    "  * New release; changelog.gz says what is new.\n\n"
    " -- ${CPACK_PACKAGE_CONTACT}  ${date}\n")
  run(gzip -9n ${documents}/changelog ${documents}/changelog.Debian)

  file(GLOB pages ${root}/share/man/man*/*.[1-9])
  if(pages)
    run(gzip -9n ${pages})
  endif()
  if(EXISTS ${root}/share/zsh/site-functions)
    file(RENAME ${root}/share/zsh/site-functions ${root}/share/zsh/vendor-completions)
  endif()
  file(GLOB archives ${root}/lib/*.a ${root}/lib/*/*.a)
  if(archives)
    run(${CPACK_RECKON_STRIP} --strip-debug --enable-deterministic-archives ${archives})
  endif()
  # Whatever the umask of whoever builds it.
  run(chmod -R u+rwX,go=rX ${root})
endforeach()
