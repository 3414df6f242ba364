// Reads what the user types, line by line.
#ifndef RECKON_EXAMPLES_CLI_LINE_READER_H_
#define RECKON_EXAMPLES_CLI_LINE_READER_H_

#include <memory>
#include <string>

namespace reckon_cli {

enum class LineEnd {
  kLine,       // a line was read
  kEndOfFile,  // Ctrl-D, or the pipe is empty
  kInterrupt,  // Ctrl-C
};

// With libedit (if it was there at build time) a terminal has line editing and history; else lines come as they are.
class LineReader {
 public:
  LineReader();
  ~LineReader();
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  // Shows the prompt on a terminal only. The line comes without its end, a carriage return included.
  LineEnd Read(const char* prompt, std::string* line);

 private:
  class Editor;
  LineEnd ReadPlain(std::string* line);

  std::unique_ptr<Editor> editor_;  // null without libedit or without a terminal
  std::string buffer_;              // read and not yet given
};

}  // namespace reckon_cli

#endif  // RECKON_EXAMPLES_CLI_LINE_READER_H_
