#include "cli/document_files.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "cli/terminal.h"
#include "cli/text_input.h"

extern char** environ;

namespace reckon_cli {
namespace {

namespace fs = std::filesystem;

bool IsDocument(const fs::path& path) {
  const std::string extension = absl::AsciiStrToLower(path.extension().string());
  return extension == ".txt" || extension == ".md" || extension == ".html" || extension == ".htm" ||
         extension == ".pdf";
}

// What pdftotext says; it is started without a shell, so names are only names.
absl::StatusOr<std::string> PdfToText(const std::string& path) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return absl::InternalError("cannot make a pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  std::string program = "pdftotext";
  std::string quiet = "-q";
  std::string encoding = "-enc";
  std::string utf8 = "UTF-8";
  std::string file = fs::absolute(path).string();
  std::string output = "-";
  char* arguments[] = {program.data(), quiet.data(), encoding.data(), utf8.data(), file.data(), output.data(), nullptr};
  pid_t child = -1;
  const int failed = posix_spawnp(&child, program.c_str(), &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  std::string text;
  if (failed == 0) {
    char buffer[1 << 16];
    for (ssize_t got = 0; (got = read(ends[0], buffer, sizeof(buffer))) > 0;) {
      text.append(buffer, static_cast<size_t>(got));
    }
  }
  close(ends[0]);
  if (failed != 0) return absl::NotFoundError("pdftotext is not installed (Debian: poppler-utils)");
  int status = 0;
  waitpid(child, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return absl::InvalidArgumentError("pdftotext cannot read it");
  return absl::StrReplaceAll(text, {{"\f", "\n\n"}});
}

absl::StatusOr<std::string> DocumentText(const std::string& path) {
  const std::string extension = absl::AsciiStrToLower(fs::path(path).extension().string());
  if (extension == ".pdf") return PdfToText(path);
  absl::StatusOr<std::string> text = ReadAll(path);
  if (text.ok() && absl::StartsWith(extension, ".htm")) return HtmlToText(*text);
  return text;
}

std::vector<std::string> DocumentsBelow(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  if (fs::is_regular_file(folder, error)) files.push_back(folder);
  for (fs::recursive_directory_iterator it(folder, fs::directory_options::skip_permission_denied, error), end;
       !error && it != end; it.increment(error)) {
    if (it->is_regular_file(error) && IsDocument(it->path())) files.push_back(it->path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

std::string HtmlToText(absl::string_view html) {
  std::string text;
  size_t at = 0;
  while (at < html.size()) {
    const size_t open = std::min(html.find('<', at), html.size());
    text.append(html.data() + at, open - at);
    if (open == html.size()) break;
    const size_t close = html.find('>', open);
    if (close == absl::string_view::npos) break;
    const std::string tag = absl::AsciiStrToLower(html.substr(open + 1, close - open - 1));
    const std::string name = tag.substr(0, tag.find_first_of(" \t\r\n/", 1));
    at = close + 1;
    if (absl::StartsWith(tag, "!--")) {
      const size_t end = html.find("-->", open);
      at = end == absl::string_view::npos ? html.size() : end + 3;
    } else if (name == "script" || name == "style") {
      const std::string rest = absl::AsciiStrToLower(html.substr(at));
      const size_t end = rest.find(absl::StrCat("</", name));
      at = end == std::string::npos ? html.size() : at + end;
    } else if (name.size() == 2 && name[0] == 'h' && absl::ascii_isdigit(name[1])) {
      text += "\n\n# ";
    } else if (name == "br" || name == "li" || name == "tr") {
      text += "\n";
    } else if (name == "p" || name == "div" || absl::StartsWith(name, "/h") || name == "/p" || name == "/div") {
      text += "\n\n";
    }
  }
  return absl::StrReplaceAll(text, {{"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&nbsp;", " "}, {"&amp;", "&"}});
}

absl::StatusOr<int> AttachFolder(const std::string& folder, reckon::Chat& chat) {
  int attached = 0;
  for (const std::string& file : DocumentsBelow(folder)) {
    absl::StatusOr<std::string> text = DocumentText(file);
    const absl::Status status = text.ok() ? chat.Attach(fs::path(file).filename().string(), *text) : text.status();
    attached += status.ok() ? 1 : 0;
    if (!status.ok()) PrintError(absl::StrCat("reckon: ", file, " is left out: ", status.message(), "\n"));
  }
  if (attached > 0) return attached;
  return absl::NotFoundError(absl::StrCat("no document that can be read in ", folder, " (.txt, .md, .html, .pdf)"));
}

}  // namespace reckon_cli
