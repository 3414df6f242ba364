#include "server/page_reply.h"

#include <zlib.h>

#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace reckon_server {
namespace {

// A model's words are a stranger's: even if they became markup, they could run no script, load nothing from elsewhere,
// and send nothing away. Trusted Types makes the page's own code pass through its sanitizer wherever it writes markup.
constexpr char kPolicy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src "
    "'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types dompurify";

constexpr char kPermissions[] =
    "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), fullscreen=(), geolocation=(), "
    "gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), picture-in-picture=(), "
    "publickey-credentials-get=(), "
    "screen-wake-lock=(), usb=(), xr-spatial-tracking=(), clipboard-read=(), clipboard-write=(self)";

// The contents as they were before they were compressed; empty if they are damaged.
std::string Decompress(const PageFile& file) {
  std::string contents(file.size, '\0');
  z_stream stream{};
  constexpr int kGzip = 16 + MAX_WBITS;
  if (inflateInit2(&stream, kGzip) != Z_OK) return "";
  stream.next_in = const_cast<unsigned char*>(file.gzip);
  stream.avail_in = static_cast<uInt>(file.gzip_size);
  stream.next_out = reinterpret_cast<unsigned char*>(contents.data());
  stream.avail_out = static_cast<uInt>(contents.size());
  const int result = inflate(&stream, Z_FINISH);
  const bool whole = result == Z_STREAM_END && stream.avail_out == 0;
  inflateEnd(&stream);
  return whole ? contents : "";
}

// Whether a list of entity tags, as in If-None-Match, has the tag. Weak ones compare equal.
bool HasTag(absl::string_view list, absl::string_view tag) {
  for (absl::string_view given : absl::StrSplit(list, ',')) {
    given = absl::StripAsciiWhitespace(given);
    absl::ConsumePrefix(&given, "W/");
    if (given == "*" || given == tag) return true;
  }
  return false;
}

}  // namespace

const PageFile* FindPageFile(absl::Span<const PageFile> files, const RequestHead& head) {
  if (head.method != "GET" && head.method != "HEAD") return nullptr;
  for (const PageFile& file : files) {
    if (file.path == head.path) return &file;
  }
  return nullptr;
}

absl::string_view MediaType(absl::string_view path) {
  constexpr std::pair<absl::string_view, absl::string_view> kTypes[] = {
      {"/", "text/html; charset=utf-8"},
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".txt", "text/plain; charset=utf-8"},
      {".json", "application/json"},
      {".webmanifest", "application/manifest+json"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".ico", "image/vnd.microsoft.icon"},
      {".woff2", "font/woff2"},
  };
  for (const auto& [end, type] : kTypes) {
    if (absl::EndsWith(path, end)) return type;
  }
  return "application/octet-stream";
}

bool AcceptsGzip(absl::string_view accept_encoding) {
  bool any = false;
  for (const absl::string_view element : absl::StrSplit(accept_encoding, ',')) {
    const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(element, absl::MaxSplits(';', 1));
    const absl::string_view coding = absl::StripAsciiWhitespace(parts.first);
    absl::string_view weight = absl::StripAsciiWhitespace(parts.second);
    double quality = 1;
    if (absl::ConsumePrefix(&weight, "q=") && !absl::SimpleAtod(weight, &quality)) quality = 0;
    if (absl::EqualsIgnoreCase(coding, "gzip") || absl::EqualsIgnoreCase(coding, "x-gzip")) return quality > 0;
    if (coding == "*") any = quality > 0;
  }
  return any;
}

void ReplyWithPageFile(const PageFile& file, const RequestHead& head, httplib::Response& response) {
  response.set_header("Content-Security-Policy", kPolicy);
  response.set_header("Cross-Origin-Opener-Policy", "same-origin");
  response.set_header("Cross-Origin-Resource-Policy", "same-origin");
  response.set_header("Permissions-Policy", kPermissions);
  response.set_header("Referrer-Policy", "no-referrer");
  response.set_header("Vary", "Accept-Encoding");
  // Kept by the browser, but asked for each time: the names stay the same when the contents change.
  response.set_header("Cache-Control", "no-cache");
  const bool gzip = AcceptsGzip(head.Get("accept-encoding"));
  const std::string tag = absl::StrCat("\"", file.sha256.substr(0, 32), gzip ? "-gzip" : "", "\"");
  response.set_header("ETag", tag);
  if (HasTag(head.Get("if-none-match"), tag)) {
    response.status = 304;
    return;
  }
  response.status = 200;
  std::string contents;
  if (gzip) {
    response.set_header("Content-Encoding", "gzip");
    contents.assign(reinterpret_cast<const char*>(file.gzip), file.gzip_size);
  } else {
    contents = Decompress(file);
    if (contents.size() != file.size) response.status = 500;
  }
  response.set_content(contents, std::string(MediaType(file.path)));
}

}  // namespace reckon_server
