# Finds cpp-httplib by pkg-config: Debian compiles it into a library, whose header must see the same definitions. Defines the target
# httplib::httplib.
find_package(PkgConfig QUIET)
if(PKG_CONFIG_FOUND)
  # A newer one is as good as none: its server has other parameters, so the pinned one is built.
  pkg_check_modules(PC_httplib QUIET IMPORTED_TARGET cpp-httplib<0.17)
endif()
set(httplib_VERSION ${PC_httplib_VERSION})
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(httplib REQUIRED_VARS PC_httplib_FOUND VERSION_VAR httplib_VERSION)
if(httplib_FOUND AND NOT TARGET httplib::httplib)
  add_library(httplib::httplib INTERFACE IMPORTED)
  target_link_libraries(httplib::httplib INTERFACE PkgConfig::PC_httplib)
endif()
