#include "apps/cli/completion_script.h"

#include <algorithm>
#include <vector>

#include "base/error.h"

namespace kani::cli {
namespace {

struct Word {
  std::string text;         // "--voice", "list"
  std::string description;  // one line
  bool takes_value = false;
};

/// One (sub)command and what may follow it.
struct Command {
  std::string path;  // "voices mix", "" for the program itself
  std::vector<Word> subcommands;
  std::vector<Word> options;
};

void Collect(const CLI::App& app, const std::string& path, std::vector<Command>& commands) {
  Command command{.path = path};
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional() && option->get_lnames().empty()) continue;
    const bool takes_value = option->get_items_expected_max() > 0;
    for (const std::string& name : option->get_lnames()) {
      command.options.push_back({"--" + name, option->get_description(), takes_value});
    }
    for (const std::string& name : option->get_snames()) {
      command.options.push_back({"-" + name, option->get_description(), takes_value});
    }
  }
  const auto subcommands = app.get_subcommands([](const CLI::App*) { return true; });
  for (const CLI::App* sub : subcommands) {
    command.subcommands.push_back({sub->get_name(), sub->get_description()});
  }
  commands.push_back(std::move(command));
  for (const CLI::App* sub : subcommands) {
    Collect(*sub, path.empty() ? sub->get_name() : path + " " + sub->get_name(), commands);
  }
}

std::string Join(const std::vector<Word>& words) {
  std::string joined;
  for (const Word& word : words) joined += (joined.empty() ? "" : " ") + word.text;
  return joined;
}

/// Single-quoted for POSIX shells.
std::string ShellQuoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

/// Walks the words typed so far to the command they name; shared by bash and zsh.
std::string FindCommandCode(const std::vector<Command>& commands) {
  std::string code =
      "  local path='' word\n  for word in \"${before[@]}\"; do\n"
      "    case \"$path/$word\" in\n";
  for (const Command& command : commands) {
    for (const Word& sub : command.subcommands) {
      const std::string next = command.path.empty() ? sub.text : command.path + " " + sub.text;
      code += StrCat("      ", ShellQuoted(command.path + "/" + sub.text),
                     ") path=", ShellQuoted(next), " ;;\n");
    }
  }
  return code + "    esac\n  done\n";
}

std::string Bash(const std::vector<Command>& commands) {
  std::string script =
      "# bash completion for kani: put this into ~/.local/share/bash-completion/completions/kani\n"
      "_kani() {\n"
      "  local current=\"${COMP_WORDS[COMP_CWORD]}\" words=''\n"
      "  local before=(\"${COMP_WORDS[@]:1:COMP_CWORD-1}\")\n";
  script += FindCommandCode(commands) + "  case \"$path\" in\n";
  for (const Command& command : commands) {
    script += StrCat("    ", ShellQuoted(command.path),
                     ")\n      words=", ShellQuoted(Join(command.subcommands)),
                     "\n      [[ $current == -* ]] && words=", ShellQuoted(Join(command.options)),
                     " ;;\n");
  }
  return script +
         "  esac\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
         "  [[ ${#COMPREPLY[@]} -gt 0 ]] || COMPREPLY=($(compgen -f -- \"$current\"))\n"
         "}\n"
         "complete -o filenames -F _kani kani\n";
}

/// Words with their descriptions as the elements of a zsh array for _describe.
std::string ZshArray(const std::vector<Word>& words) {
  std::string array;
  for (const Word& word : words) {
    std::string text = word.text;
    for (size_t at = 0; (at = text.find(':', at)) != std::string::npos; at += 2) {
      text.insert(at, "\\");
    }
    array += StrCat(" ", ShellQuoted(text + ":" + word.description));
  }
  return array;
}

std::string Zsh(const std::vector<Command>& commands) {
  std::string script =
      "#compdef kani\n"
      "# zsh completion for kani: put this into a folder of $fpath as _kani\n"
      "_kani() {\n"
      "  local -a subcommands options before\n"
      "  before=(\"${(@)words[2,CURRENT-1]}\")\n";
  // `path` is tied to $PATH in zsh.
  std::string walk = FindCommandCode(commands);
  for (size_t at = 0; (at = walk.find("path", at)) != std::string::npos; at += 7) {
    walk.replace(at, 4, "command");
  }
  script += walk + "  case \"$command\" in\n";
  for (const Command& command : commands) {
    script += StrCat("    ", ShellQuoted(command.path), ")\n      subcommands=(",
                     ZshArray(command.subcommands), " )\n      options=(",
                     ZshArray(command.options), " ) ;;\n");
  }
  return script +
         "  esac\n"
         "  if [[ $words[CURRENT] == -* ]]; then\n"
         "    _describe option options\n"
         "  elif (( ${#subcommands} )); then\n"
         "    _describe command subcommands\n"
         "  else\n"
         "    _files\n"
         "  fi\n"
         "}\n"
         "_kani \"$@\"\n";
}

/// Condition under which a command's words are offered.
std::string FishCondition(const Command& command) {
  if (command.path.empty()) return "__fish_use_subcommand";
  std::string condition;
  size_t begin = 0;
  while (begin < command.path.size()) {
    const size_t end = std::min(command.path.find(' ', begin), command.path.size());
    condition += StrCat(condition.empty() ? "" : "; and ", "__fish_seen_subcommand_from ",
                        command.path.substr(begin, end - begin));
    begin = end + 1;
  }
  if (!command.subcommands.empty()) {
    condition += "; and not __fish_seen_subcommand_from " + Join(command.subcommands);
  }
  return condition;
}

std::string Fish(const std::vector<Command>& commands) {
  std::string script =
      "# fish completion for kani: put this into ~/.config/fish/completions/kani.fish\n";
  for (const Command& command : commands) {
    const std::string head = StrCat("complete -c kani -n ", ShellQuoted(FishCondition(command)));
    for (const Word& sub : command.subcommands) {
      script += StrCat(head, " -f -a ", sub.text, " -d ", ShellQuoted(sub.description), "\n");
    }
    for (const Word& option : command.options) {
      const bool is_long = option.text.starts_with("--");
      script +=
          StrCat(head, is_long ? " -l " : " -s ", option.text.substr(is_long ? 2 : 1),
                 option.takes_value ? " -r" : "", " -d ", ShellQuoted(option.description), "\n");
    }
  }
  return script;
}

}  // namespace

std::string CompletionScript(const CLI::App& app, std::string_view shell) {
  std::vector<Command> commands;
  Collect(app, "", commands);
  if (shell == "bash") return Bash(commands);
  if (shell == "zsh") return Zsh(commands);
  if (shell == "fish") return Fish(commands);
  Fail(ErrorCode::kInvalidArgument, Quoted(shell), ": expected bash, zsh or fish");
}

}  // namespace kani::cli
