// Hands out the chat page, with headers that leave it no other powers than it needs.
#ifndef RECKON_EXAMPLES_SERVER_PAGE_REPLY_H_
#define RECKON_EXAMPLES_SERVER_PAGE_REPLY_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "httplib.h"
#include "server/page_file.h"
#include "server/request_head.h"

namespace reckon_server {

// The file that a request asks for, with GET or HEAD; nullptr if none. What it gives is for everyone: no API key is
// needed.
const PageFile* FindPageFile(absl::Span<const PageFile> files, const RequestHead& head);

// Answers with a file: gzip where the client accepts it; 304 where the client has it already (RFC 9110, 12.5.3
// and 13.1.2).
void ReplyWithPageFile(const PageFile& file, const RequestHead& head, httplib::Response& response);

// The media type of a file by the end of its name.
absl::string_view MediaType(absl::string_view path);

// Whether the value of an Accept-Encoding header allows gzip.
bool AcceptsGzip(absl::string_view accept_encoding);

}  // namespace reckon_server

#endif  // RECKON_EXAMPLES_SERVER_PAGE_REPLY_H_
