// The files of the chat page that are in the program; cmake/embed_page.cmake writes the other side of this.
#ifndef RECKON_EXAMPLES_SERVER_PAGE_FILE_H_
#define RECKON_EXAMPLES_SERVER_PAGE_FILE_H_

#include <cstddef>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace reckon_server {

struct PageFile {
  absl::string_view path;     // as in a request: "/", "/app.js"
  absl::string_view sha256;   // of the contents, in hexadecimal
  size_t size = 0;            // of the contents, in bytes
  const unsigned char* gzip;  // the contents, compressed
  size_t gzip_size = 0;
};

// All of them. A program that was built without the page has one that says so, as "/".
absl::Span<const PageFile> EmbeddedPage();

// Whether that is the chat page.
bool HasChatPage();

}  // namespace reckon_server

#endif  // RECKON_EXAMPLES_SERVER_PAGE_FILE_H_
