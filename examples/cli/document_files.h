// Documents in a folder, as text.
#ifndef RECKON_EXAMPLES_CLI_DOCUMENT_FILES_H_
#define RECKON_EXAMPLES_CLI_DOCUMENT_FILES_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "reckon/chat.h"

namespace reckon_cli {

// Attaches every .txt, .md, .html, .htm and .pdf file below a folder (or one such file), in the order of their names.
// PDF needs poppler's pdftotext on the PATH. Files that cannot be read, or have no text, are named on standard error
// and left out. Returns how many were attached. Errors: NOT_FOUND (no such folder, nothing in it that can be read).
absl::StatusOr<int> AttachFolder(const std::string& folder, reckon::Chat& chat);

// What of an HTML page is read: no marks, scripts or styles; headings become lines that begin with '#'.
std::string HtmlToText(absl::string_view html);

}  // namespace reckon_cli

#endif  // RECKON_EXAMPLES_CLI_DOCUMENT_FILES_H_
