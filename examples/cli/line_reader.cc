#include "cli/line_reader.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "cli/interrupt.h"
#include "cli/terminal.h"

#ifdef RECKON_HAVE_LIBEDIT
#include <histedit.h>
#endif

namespace reckon_cli {

#ifdef RECKON_HAVE_LIBEDIT

class LineReader::Editor {
 public:
  Editor() : edit_(el_init("reckon", stdin, stdout, stderr)), history_(history_init()) {
    HistEvent event;
    history(history_, &event, H_SETSIZE, 200);
    history(history_, &event, H_SETUNIQUE, 1);
    el_set(edit_, EL_CLIENTDATA, this);
    el_set(edit_, EL_PROMPT, &Editor::Prompt);
    el_set(edit_, EL_EDITOR, "emacs");
    el_set(edit_, EL_SIGNAL, 0);
    el_set(edit_, EL_HIST, history, history_);
  }
  ~Editor() {
    history_end(history_);
    el_end(edit_);
  }
  Editor(const Editor&) = delete;
  Editor& operator=(const Editor&) = delete;

  LineEnd Read(const char* prompt, std::string* line) {
    prompt_ = prompt;
    int length = 0;
    errno = 0;
    const char* text = el_gets(edit_, &length);
    if (text == nullptr || length <= 0) {
      if (Interrupt::pressed() == 0) return LineEnd::kEndOfFile;
      el_reset(edit_);
      return LineEnd::kInterrupt;
    }
    line->assign(text, static_cast<size_t>(length));
    if (line->find_first_not_of(" \t\r\n") != std::string::npos) {
      HistEvent event;
      history(history_, &event, H_ENTER, text);
    }
    return LineEnd::kLine;
  }

 private:
  static char* Prompt(EditLine* edit) {
    Editor* self = nullptr;
    el_get(edit, EL_CLIENTDATA, &self);
    return const_cast<char*>(self->prompt_);  // NOLINT(google-readability-casting): libedit's signature
  }

  EditLine* edit_;
  History* history_;
  const char* prompt_ = "";
};

#else

class LineReader::Editor {
 public:
  LineEnd Read(const char*, std::string*) { return LineEnd::kEndOfFile; }
};

#endif  // RECKON_HAVE_LIBEDIT

namespace {

// getline() of the C library, because it tells an interrupted read from the end of the file.
LineEnd ReadPlain(std::string* line) {
  char* buffer = nullptr;
  size_t capacity = 0;
  errno = 0;
  const ssize_t length = getline(&buffer, &capacity, stdin);
  const bool interrupted = length < 0 && errno == EINTR;
  if (length >= 0) line->assign(buffer, static_cast<size_t>(length));
  std::free(buffer);
  if (length >= 0) return LineEnd::kLine;
  std::clearerr(stdin);
  return interrupted ? LineEnd::kInterrupt : LineEnd::kEndOfFile;
}

}  // namespace

LineReader::LineReader() {
#ifdef RECKON_HAVE_LIBEDIT
  if (StdinIsTerminal() && StdoutIsTerminal()) editor_ = std::make_unique<Editor>();
#endif
}

LineReader::~LineReader() = default;

LineEnd LineReader::Read(const char* prompt, std::string* line) {
  Interrupt::Reset(InterruptMode::kStop);
  LineEnd end = LineEnd::kEndOfFile;
  if (editor_ != nullptr) {
    end = editor_->Read(prompt, line);
  } else {
    if (StdinIsTerminal() && StdoutIsTerminal()) Print(prompt);
    end = ReadPlain(line);
  }
  while (end == LineEnd::kLine && !line->empty() && (line->back() == '\n' || line->back() == '\r')) line->pop_back();
  return end;
}

}  // namespace reckon_cli
