#include "cli/line_reader.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>

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

// Own reading instead of getline(): it has to watch for Ctrl-C as well.
LineEnd LineReader::ReadPlain(std::string* line) {
  std::array<pollfd, 2> files = {pollfd{STDIN_FILENO, POLLIN, 0}, pollfd{Interrupt::descriptor(), POLLIN, 0}};
  for (;;) {
    if (const size_t end = buffer_.find('\n'); end != std::string::npos) {
      *line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return LineEnd::kLine;
    }
    const int ready = poll(files.data(), files.size(), -1);
    if (ready < 0 && errno != EINTR) return LineEnd::kEndOfFile;
    if (Interrupt::pressed() > 0) {
      buffer_.clear();
      return LineEnd::kInterrupt;
    }
    if (ready < 0 || files[0].revents == 0) continue;
    std::array<char, 4096> chunk;
    const ssize_t count = read(STDIN_FILENO, chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count > 0) {
      buffer_.append(chunk.data(), static_cast<size_t>(count));
    } else {
      line->swap(buffer_);  // a last line without an end
      buffer_.clear();
      return line->empty() ? LineEnd::kEndOfFile : LineEnd::kLine;
    }
  }
}

LineReader::LineReader() {
#ifdef RECKON_HAVE_LIBEDIT
  if (StdinIsTerminal() && StdoutIsTerminal()) editor_ = std::make_unique<Editor>();
#endif
}

LineReader::~LineReader() = default;

LineEnd LineReader::Read(const char* prompt, std::string* line) {
  Interrupt::Reset(InterruptMode::kStop);
  line->clear();
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
