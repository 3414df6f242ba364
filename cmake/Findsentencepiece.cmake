# Finds sentencepiece, which Debian ships without a CMake package. Defines the target sentencepiece::sentencepiece.
# Installed with Reckon, because programs that link the static library need it too.
find_package(PkgConfig QUIET)
if(PKG_CONFIG_FOUND)
  pkg_check_modules(PC_sentencepiece QUIET sentencepiece)
endif()
find_path(sentencepiece_INCLUDE_DIR sentencepiece_processor.h HINTS ${PC_sentencepiece_INCLUDE_DIRS})
find_library(sentencepiece_LIBRARY sentencepiece HINTS ${PC_sentencepiece_LIBRARY_DIRS})
set(sentencepiece_VERSION ${PC_sentencepiece_VERSION})
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(sentencepiece REQUIRED_VARS sentencepiece_LIBRARY sentencepiece_INCLUDE_DIR VERSION_VAR sentencepiece_VERSION)
if(sentencepiece_FOUND AND NOT TARGET sentencepiece::sentencepiece)
  add_library(sentencepiece::sentencepiece UNKNOWN IMPORTED)
  set_target_properties(sentencepiece::sentencepiece PROPERTIES IMPORTED_LOCATION ${sentencepiece_LIBRARY}
                                          INTERFACE_INCLUDE_DIRECTORIES ${sentencepiece_INCLUDE_DIR})
endif()
mark_as_advanced(sentencepiece_INCLUDE_DIR sentencepiece_LIBRARY)
