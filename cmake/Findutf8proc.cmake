# Finds utf8proc, which Debian ships without a CMake package. Defines the target utf8proc::utf8proc.
# Installed with Reckon, because programs that link the static library need it too.
find_package(PkgConfig QUIET)
if(PKG_CONFIG_FOUND)
  pkg_check_modules(PC_utf8proc QUIET libutf8proc)
endif()
find_path(utf8proc_INCLUDE_DIR utf8proc.h HINTS ${PC_utf8proc_INCLUDE_DIRS})
find_library(utf8proc_LIBRARY utf8proc HINTS ${PC_utf8proc_LIBRARY_DIRS})
# The header is asked, not pkg-config: Debian's .pc file carries the version of the shared object.
if(utf8proc_INCLUDE_DIR)
  file(STRINGS ${utf8proc_INCLUDE_DIR}/utf8proc.h utf8proc_defines REGEX "define UTF8PROC_VERSION_(MAJOR|MINOR|PATCH) [0-9]+")
  string(REGEX REPLACE "[^;]* ([0-9]+)[^;]*" "\\1" utf8proc_VERSION "${utf8proc_defines}")
  list(JOIN utf8proc_VERSION "." utf8proc_VERSION)
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(utf8proc REQUIRED_VARS utf8proc_LIBRARY utf8proc_INCLUDE_DIR VERSION_VAR utf8proc_VERSION)
if(utf8proc_FOUND AND NOT TARGET utf8proc::utf8proc)
  add_library(utf8proc::utf8proc UNKNOWN IMPORTED)
  set_target_properties(utf8proc::utf8proc PROPERTIES IMPORTED_LOCATION ${utf8proc_LIBRARY}
                                          INTERFACE_INCLUDE_DIRECTORIES ${utf8proc_INCLUDE_DIR})
endif()
mark_as_advanced(utf8proc_INCLUDE_DIR utf8proc_LIBRARY)
