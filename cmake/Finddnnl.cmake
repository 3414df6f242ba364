# Finds oneDNN and defines the target DNNL::dnnl. oneDNN's own CMake package is used only for a static oneDNN, whose
# dependencies nobody else knows: where oneDNN was built with GPU support, as on Debian, that package insists on the
# development files of OpenCL, which a program on the CPU has no use for.
# Installed with Reckon, because programs that link the static library need it too.
find_path(dnnl_INCLUDE_DIR oneapi/dnnl/dnnl_version.h)
find_library(dnnl_LIBRARY dnnl)
if(dnnl_INCLUDE_DIR)
  # oneDNN 3.x keeps the numbers in dnnl_version.h too, 3.6 and later generate dnnl_version.h from them: same names.
  file(STRINGS ${dnnl_INCLUDE_DIR}/oneapi/dnnl/dnnl_version.h dnnl_defines REGEX "define DNNL_VERSION_(MAJOR|MINOR|PATCH) +[0-9]+")
  string(REGEX REPLACE "[^;]* ([0-9]+)[^;]*" "\\1" dnnl_VERSION "${dnnl_defines}")
  list(JOIN dnnl_VERSION "." dnnl_VERSION)
endif()
if(dnnl_LIBRARY MATCHES "\\.a$" AND NOT TARGET DNNL::dnnl)
  find_package(dnnl CONFIG QUIET)
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(dnnl REQUIRED_VARS dnnl_LIBRARY dnnl_INCLUDE_DIR VERSION_VAR dnnl_VERSION)
if(dnnl_FOUND AND NOT TARGET DNNL::dnnl)
  add_library(DNNL::dnnl UNKNOWN IMPORTED)
  set_target_properties(DNNL::dnnl PROPERTIES IMPORTED_LOCATION ${dnnl_LIBRARY}
                                              INTERFACE_INCLUDE_DIRECTORIES ${dnnl_INCLUDE_DIR})
endif()
mark_as_advanced(dnnl_INCLUDE_DIR dnnl_LIBRARY)
