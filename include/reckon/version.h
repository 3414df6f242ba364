#ifndef RECKON_VERSION_H_
#define RECKON_VERSION_H_

// Semantic versioning of the C++ API, source compatibility only. The C ABI has a version of its own.
#define RECKON_VERSION_MAJOR 0
#define RECKON_VERSION_MINOR 1
#define RECKON_VERSION_PATCH 0
#define RECKON_VERSION_STRING "0.1.0"

#endif  // RECKON_VERSION_H_
