// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;

namespace VhostDevice.Manual;

/// <summary>What shells need to complete command lines: words, options, and their values.</summary>
/// <param name="commands">All commands of the program.</param>
public sealed class Completions(IReadOnlyList<CommandNode> commands)
{
    private const string Program = "vhost-device";

    // Every command has these.
    private static readonly OptionNode[] s_always =
    [
        new() { Name = "--help", Alias = "-h", Help = "Print help" },
        new() { Name = "--version", Alias = "-V", Help = "Print the version" },
    ];

    /// <summary>For bash, with or without the package bash-completion.</summary>
    public string Bash()
    {
        StringBuilder text = new("# bash completion for vhost-device; generated\n_vhost_device() {\n");
        text.Append("  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} name=${COMP_WORDS[0]##*/} path= words= i\n");
        text.Append("  [[ $name != vhost-device-* ]] || path=${name#vhost-device-}\n");
        text.Append("  for ((i = 1; i < COMP_CWORD; i++)); do\n    case \"$path ${COMP_WORDS[i]}\" in\n");
        foreach ((string path, _) in Paths())
            text.Append($"      {Quote(path.Contains(' ', StringComparison.Ordinal) ? path : " " + path)}) path={Quote(path)} ;;\n");
        text.Append("    esac\n  done\n  COMPREPLY=()\n  case \"$path $prev\" in\n");
        foreach ((string path, CommandNode command) in Paths())
        {
            foreach (OptionNode option in command.Options.Where(o => o.Value is not null))
            {
                string patterns = string.Join(" | ", Names(option).Select(n => Quote($"{path} {n}")));
                text.Append($"    {patterns}) {BashValues(option)}; return ;;\n");
            }
        }

        text.Append("  esac\n  case $path in\n");
        text.Append($"    '') words={Quote(string.Join(' ', commands.Select(c => c.Name).Concat(s_always.SelectMany(Names))))} ;;\n");
        foreach ((string path, CommandNode command) in Paths())
        {
            IEnumerable<string> words = command.Commands.Select(c => c.Name).Concat(Options(command).SelectMany(Names));
            text.Append($"    {Quote(path)}) words={Quote(string.Join(' ', words))} ;;\n");
        }

        text.Append("  esac\n  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n");
        text.Append("  [[ $cur == -* || -z $path ]] || mapfile -t -O \"${#COMPREPLY[@]}\" COMPREPLY < <(compgen -f -- \"$cur\")\n}\n");
        text.Append("complete -o filenames -F _vhost_device vhost-device");
        foreach (CommandNode device in Devices())
            text.Append($" {Program}-{device.Name}");
        return text.Append('\n').ToString();
    }

    /// <summary>For zsh: a function in a folder of fpath.</summary>
    public string Zsh()
    {
        StringBuilder text = new($"#compdef vhost-device {string.Join(' ', Devices().Select(d => $"{Program}-{d.Name}"))}\n# generated\n");
        text.Append("local context state state_descr line path=${service#vhost-device}\ntypeset -A opt_args\npath=${path#-}\n");
        text.Append("if [[ -z $path ]]; then\n  if ((CURRENT == 2)); then\n    local -a words_known=(\n");
        Describe(text, commands);
        text.Append("    )\n    _describe command words_known\n    return\n  fi\n  path=$words[2]\n  shift words\n  ((CURRENT--))\nfi\n");
        text.Append("case $path in\n");
        foreach (CommandNode command in commands.Where(c => c.Commands.Count > 0))
        {
            text.Append($"  {command.Name})\n    if ((CURRENT == 2)) && [[ $words[2] != -* ]]; then\n      local -a words_known=(\n");
            Describe(text, command.Commands);
            text.Append("      )\n      _describe command words_known\n    fi\n    case $words[2] in\n");
            foreach (CommandNode below in command.Commands)
                text.Append($"      {below.Name}) path={Quote($"{command.Name} {below.Name}")}; shift words; ((CURRENT--)) ;;\n");
            text.Append("    esac\n    ;;\n");
        }

        text.Append("esac\ncase $path in\n");
        foreach ((string path, CommandNode command) in Paths())
        {
            text.Append($"  {Quote(path)})\n    _arguments");
            foreach (OptionNode option in Options(command))
                text.Append(" \\\n      ").Append(ZshOption(option));
            if (command.Arguments.Count > 0)
                text.Append(" \\\n      ").Append(Quote("*:" + ZshText(command.Arguments[^1].Name) + ":_files"));
            text.Append("\n    ;;\n");
        }

        return text.Append("esac\n").ToString();
    }

    /// <summary>For fish.</summary>
    public string Fish()
    {
        StringBuilder text = new("# fish completions for vhost-device; generated\ncomplete -c vhost-device -f\n");
        foreach (CommandNode command in commands)
        {
            text.Append($"complete -c vhost-device -n __fish_use_subcommand -a {command.Name} -d {FishText(command.Purpose)}\n");
            foreach (CommandNode below in command.Commands)
            {
                string siblings = string.Join(' ', command.Commands.Select(c => c.Name));
                string within = $"__fish_seen_subcommand_from {command.Name}; and";
                text.Append($"complete -c vhost-device -n '{within} not __fish_seen_subcommand_from {siblings}'");
                text.Append($" -a {below.Name} -d {FishText(below.Purpose)}\n");
                foreach (OptionNode option in Options(below))
                    FishOption(text, "vhost-device", $"{within} __fish_seen_subcommand_from {below.Name}", option);
            }

            foreach (OptionNode option in Options(command))
                FishOption(text, "vhost-device", $"__fish_seen_subcommand_from {command.Name}", option);
        }

        foreach (CommandNode device in Devices())
        {
            foreach (OptionNode option in Options(device))
                FishOption(text, $"{Program}-{device.Name}", null, option);
        }

        return text.ToString();
    }

    private static IEnumerable<OptionNode> Options(CommandNode command) => command.Options.Concat(s_always);

    private static IEnumerable<string> Names(OptionNode option) => option.Alias is null ? [option.Name] : [option.Name, option.Alias];

    private static bool IsFile(OptionNode option) =>
        new[] { "PATH", "FILE", "NODE", "IMAGE", "FOLDER", "SOCKET" }.Any(w => option.Value!.Contains(w, StringComparison.Ordinal));

    private static string BashValues(OptionNode option) =>
        option.Choices.Count > 0 ? $"mapfile -t COMPREPLY < <(compgen -W {Quote(string.Join(' ', option.Choices))} -- \"$cur\")"
        : option.Value == "GROUP" ? "mapfile -t COMPREPLY < <(compgen -g -- \"$cur\")"
        : IsFile(option) ? "mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")"
        : ":";

    private static string ZshOption(OptionNode option)
    {
        string help = $"[{ZshText(option.Help)}]";
        string value = option.Value is null ? "" : $":{ZshText(option.Value)}:" + (
            option.Choices.Count > 0 ? $"({string.Join(' ', option.Choices)})"
            : option.Value == "GROUP" ? "_groups"
            : IsFile(option) ? "_files"
            : " ");
        string repeats = option.Repeats ? "*" : "";
        return option.Alias is null
            ? Quote($"{repeats}{option.Name}{help}{value}")
            : $"{Quote($"{repeats}({option.Alias} {option.Name})")}{{{option.Alias},{option.Name}}}{Quote(help + value)}";
    }

    private static void FishOption(StringBuilder text, string program, string? condition, OptionNode option)
    {
        text.Append($"complete -c {program}");
        if (condition is not null)
            text.Append($" -n '{condition}'");
        foreach (string name in Names(option))
            text.Append(name.StartsWith("--", StringComparison.Ordinal) ? $" -l {name[2..]}" : $" -s {name[1..]}");
        if (option.Value is not null)
        {
            text.Append(" -r");
            text.Append(option.Choices.Count > 0 ? $" -f -a {Quote(string.Join(' ', option.Choices))}"
                : option.Value == "GROUP" ? " -f -a '(__fish_complete_groups)'"
                : IsFile(option) ? " -F"
                : " -f");
        }

        text.Append($" -d {FishText(option.Help)}\n");
    }

    private static void Describe(StringBuilder text, IReadOnlyList<CommandNode> described)
    {
        foreach (CommandNode command in described)
            text.Append($"      {Quote($"{command.Name}:{command.Purpose.Replace(":", "\\:", StringComparison.Ordinal)}")}\n");
    }

    private static string ZshText(string text) => text
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("[", "\\[", StringComparison.Ordinal)
        .Replace("]", "\\]", StringComparison.Ordinal)
        .Replace(":", "\\:", StringComparison.Ordinal);

    private static string FishText(string text) =>
        "'" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal) + "'";

    private static string Quote(string text) => "'" + text.Replace("'", "'\\''", StringComparison.Ordinal) + "'";

    private IEnumerable<CommandNode> Devices() => commands.Where(c => c.VirtioId is not null);

    /// <summary>Commands with the words that name them.</summary>
    private IEnumerable<(string Path, CommandNode Command)> Paths()
    {
        foreach (CommandNode command in commands)
        {
            yield return (command.Name, command);
            foreach (CommandNode below in command.Commands)
                yield return ($"{command.Name} {below.Name}", below);
        }
    }
}
