# `cpack` in the build folder makes reckon-VERSION-SYSTEM.tar.gz and, where dpkg is, Debian packages: reckon, libreckon1 and
# libreckon-dev. docs/packaging.md says how.
set(RECKON_PACKAGE_CONTACT "Reckon maintainers <reckon@example.org>" CACHE STRING "Maintainer named in the Debian packages")

set(CPACK_PACKAGE_NAME reckon)
set(CPACK_PACKAGE_VENDOR Reckon)
set(CPACK_PACKAGE_CONTACT ${RECKON_PACKAGE_CONTACT})
# CPack's own default, with which it leaves the descriptions below as they are.
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "reckon built using CMake")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR}/packages)
set(CPACK_PACKAGE_CHECKSUM SHA256)
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_GENERATOR TGZ)
find_program(RECKON_DPKG_SHLIBDEPS dpkg-shlibdeps)
mark_as_advanced(RECKON_DPKG_SHLIBDEPS)
if(RECKON_DPKG_SHLIBDEPS)
  list(APPEND CPACK_GENERATOR DEB)
endif()

# One archive of everything; one Debian package of each component.
set(CPACK_COMPONENTS_ALL program development)
if(TARGET reckon_shared)
  list(APPEND CPACK_COMPONENTS_ALL runtime)
endif()
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_ARCHIVE_COMPONENT_INSTALL OFF)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/packaging/debian_layout.cmake)
set(CPACK_RECKON_SOURCE_DIR ${PROJECT_SOURCE_DIR})
set(CPACK_RECKON_EPOCH ${RECKON_RELEASE_EPOCH})
set(CPACK_RECKON_STRIP ${CMAKE_STRIP})

set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME reckon)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_RECOMMENDS ca-certificates)  # reckon pull talks to hubs over HTTPS
set(CPACK_DEBIAN_PROGRAM_DESCRIPTION "reasoning language models on the CPU
Talks with language models of the Qwen2 family and others, such as
DeepSeek-R1-Distill-Qwen, at the terminal or as a server in the form of the
OpenAI API, on ordinary processors and without a network. Models are read as
they were published: safetensors or GGUF. A small one comes with it.")

set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME libreckon1)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA ${PROJECT_BINARY_DIR}/package/triggers)
file(WRITE ${PROJECT_BINARY_DIR}/package/triggers "activate-noawait ldconfig\n")
set(CPACK_DEBIAN_RUNTIME_DESCRIPTION "reasoning language models inside other programs - shared library
An inference engine for small reasoning language models, to be linked into
programs in C and other languages. This package has the shared library with
its C interface.")

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libreckon-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
if(TARGET reckon_shared)
  set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "libreckon1 (= ${PROJECT_VERSION}-1)")
endif()
# What the archive is linked with.
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_RECOMMENDS
    "libabsl-dev, libsentencepiece-dev, libsimdjson-dev, libsqlite3-dev, libutf8proc-dev, zlib1g-dev")
set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION "reasoning language models inside other programs - development files
An inference engine for small reasoning language models, to be linked into
programs. This package has the headers for C and C++, the static library, what
CMake and pkg-config need to find them, and examples.")

include(CPack)
