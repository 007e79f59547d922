// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.CommandLine;
using System.CommandLine.Invocation;

namespace VhostDevice.Program.CommandLine;

/// <summary>
/// --help of a command: what it is for, a usage and an example to copy, and a line for each of its words. Not the library's:
/// that shows a device's arguments among those of its requests, and writes words in angle brackets, which a shell takes for
/// redirections.
/// </summary>
/// <param name="usage">The words behind the command's name; null: what the command requires.</param>
/// <param name="examples">The words behind the command's name in each.</param>
internal sealed class CommandHelp(string? usage, params string[] examples) : SynchronousCommandLineAction
{
    private const string MoreOptions = "[options]";

    public override bool ClearsParseErrors => true;

    /// <summary>The option for such a command.</summary>
    internal static Option<bool> Option(string? usage, params string[] examples) => new("--help", "-h")
    {
        Description = "Print this help",
        Arity = ArgumentArity.Zero,
        Action = new CommandHelp(usage, examples),
    };

    public override int Invoke(ParseResult parseResult)
    {
        TextWriter output = parseResult.InvocationConfiguration.Output;
        Command command = parseResult.CommandResult.Command;
        string name = Name(command);
        output.WriteLine($"{command.Description}\n\nUsage:\n  {With(name, usage ?? Usage(command))}");
        output.WriteLine(examples.Length == 1 ? "\nExample:" : "\nExamples:");
        foreach (string example in examples)
            output.WriteLine($"  {With(name, example)}");
        HelpTable.Write(output, "Commands", [.. command.Subcommands.Select(static c => (Words(c), c.Description))]);
        HelpTable.Write(output, "Arguments", [.. command.Arguments.Select(static a => (Word(a), a.Description))]);
        HelpTable.Write(output, "Options", [.. command.Options.OrderBy(static o => o.Action is CommandHelp).Select(static o => (Names(o), WithDefault(o)))]);
        return 0;
    }

    private static string With(string name, string words) => words.Length == 0 ? name : $"{name} {words}";

    private static string Usage(Command command)
    {
        List<string> words = [.. command.Options.Where(static o => o.Required).Select(static o => $"{o.Name} {o.HelpName}")];
        words.AddRange(command.Arguments.Select(Word));
        // Help and version, which every command has, are not worth a word.
        if (command.Options.Any(static o => !o.Required && o.Action is null))
            words.Add(MoreOptions);
        return string.Join(' ', words);
    }

    // In the list of commands; the words that a request takes, not those of a device.
    private static string Words(Command command) => string.Join(' ', [command.Name, .. command.Arguments.Select(Word)]);

    private static string Word(Argument argument)
    {
        string word = argument.Arity.MaximumNumberOfValues > 1 ? argument.Name + "..." : argument.Name;
        return argument.Arity.MinimumNumberOfValues == 0 ? $"[{word}]" : word;
    }

    // The short name first.
    private static string Names(Option option)
    {
        string names = string.Join(", ", [.. option.Aliases.Where(IsShort), option.Name, .. option.Aliases.Where(static a => !IsShort(a))]);
        return option.Arity.MaximumNumberOfValues == 0 ? names : $"{names} {option.HelpName}";
    }

    private static bool IsShort(string alias) => alias.Length == 2;

    private static string WithDefault(Option option) =>
        option.HasDefaultValue && option.Arity.MaximumNumberOfValues > 0 && option.GetDefaultValue() is { } value
            ? $"{option.Description} [default: {value}]"
            : option.Description ?? "";

    private static string Name(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{Name(parent)} {command.Name}" : command.Name;
}
