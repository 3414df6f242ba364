# cmake -DFOLDER=DIR -DOUTPUT=FILE.cc -DHAS_PAGE=true|false -P embed_page.cmake
# Writes the files of a folder into a C++ source, compressed, as examples/server/page_file.h declares them. Needs CMake alone.
get_filename_component(work ${OUTPUT} DIRECTORY)
file(GLOB_RECURSE names LIST_DIRECTORIES false RELATIVE ${FOLDER} ${FOLDER}/*)
list(FILTER names EXCLUDE REGEX "(^|/)\\.")
list(SORT names)

set(arrays "")
set(rows "")
set(index 0)
foreach(name IN LISTS names)
  # Compressed under its own name: FORMAT raw takes one file.
  file(ARCHIVE_CREATE OUTPUT ${work}/embed.gz PATHS ${FOLDER}/${name} FORMAT raw COMPRESSION GZip COMPRESSION_LEVEL 9)
  file(READ ${work}/embed.gz bytes HEX)
  file(SIZE ${work}/embed.gz gzip_size)
  file(REMOVE ${work}/embed.gz)
  # Bytes 4 to 7 of the head are the time (RFC 1952); without it the same page makes the same program.
  string(SUBSTRING ${bytes} 0 8 head)
  string(SUBSTRING ${bytes} 16 -1 bytes)
  string(PREPEND bytes "${head}00000000")
  string(REGEX REPLACE "(................................................................)" "\\1\n" bytes ${bytes})
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes ${bytes})
  file(SHA256 ${FOLDER}/${name} sha256)
  file(SIZE ${FOLDER}/${name} size)
  string(REGEX REPLACE "^index\\.html$" "" path ${name})
  string(APPEND arrays "constexpr unsigned char kFile${index}[] = {  // ${name}\n${bytes}\n};\n")
  string(APPEND rows "    {\"/${path}\", \"${sha256}\", ${size}, kFile${index}, ${gzip_size}},\n")
  math(EXPR index "${index} + 1")
endforeach()

file(WRITE ${OUTPUT} "// Written by cmake/embed_page.cmake.
#include \"server/page_file.h\"

namespace reckon_server {
namespace {

${arrays}
constexpr PageFile kFiles[] = {
${rows}};

}  // namespace

absl::Span<const PageFile> EmbeddedPage() { return kFiles; }

bool HasChatPage() { return ${HAS_PAGE}; }

}  // namespace reckon_server
")
