# Finds cpp-httplib by pkg-config: Debian compiles it into a library, whose header must see the same definitions. Defines the target
# httplib::httplib.
find_package(PkgConfig QUIET)
if(PKG_CONFIG_FOUND)
  pkg_check_modules(PC_httplib QUIET IMPORTED_TARGET cpp-httplib)
endif()
set(httplib_VERSION ${PC_httplib_VERSION})
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(httplib REQUIRED_VARS PC_httplib_FOUND VERSION_VAR httplib_VERSION)
if(httplib_FOUND AND NOT TARGET httplib::httplib)
  add_library(httplib::httplib INTERFACE IMPORTED)
  target_link_libraries(httplib::httplib INTERFACE PkgConfig::PC_httplib)
endif()
