#include "cli/command.h"

namespace reckon_cli {

std::vector<std::unique_ptr<Command>> AllCommands() {
  std::vector<std::unique_ptr<Command>> commands;
  commands.push_back(MakeChatCommand());
  commands.push_back(MakeRunCommand());
#ifdef RECKON_HAVE_SERVER
  commands.push_back(MakeServeCommand());
#endif
  commands.push_back(MakePullCommand());
  commands.push_back(MakeListCommand());
  commands.push_back(MakeRmCommand());
  commands.push_back(MakeInspectCommand());
  commands.push_back(MakeTokenizeCommand());
  commands.push_back(MakeHelpCommand());  // the last: it looks at those before
  return commands;
}

}  // namespace reckon_cli
