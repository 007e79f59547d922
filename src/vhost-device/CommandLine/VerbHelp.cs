// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.CommandLine;
using System.CommandLine.Invocation;

namespace VhostDevice.Program.CommandLine;

/// <summary>
/// --help of a request to a running daemon: what it does, a usage and an example to copy, and its own words. The library's
/// shows the device's arguments among them.
/// </summary>
/// <param name="example">The words behind the command's name.</param>
internal sealed class VerbHelp(string example) : SynchronousCommandLineAction
{
    private const int Width = 80;
    private const int Indent = 2;

    public override bool ClearsParseErrors => true;

    /// <summary>The option for such a command.</summary>
    internal static Option<bool> Option(string example) => new("--help", "-h")
    {
        Description = "Print this help",
        Arity = ArgumentArity.Zero,
        Action = new VerbHelp(example),
    };

    public override int Invoke(ParseResult parseResult)
    {
        TextWriter output = parseResult.InvocationConfiguration.Output;
        Command command = parseResult.CommandResult.Command;
        string name = Name(command);
        string usage = string.Join(' ', [.. command.Options.Where(static o => o.Required).Select(Usage), .. command.Arguments.Select(static a => a.Name)]);
        output.WriteLine($"{command.Description}\n\nUsage:\n  {name} {usage}\n\nExample:\n  {name} {example}\n");
        (string, string?)[] rows = [.. command.Arguments.Select(static a => (a.Name, a.Description)), .. command.Options.Select(static o => (Usage(o), o.Description))];
        int column = Indent + rows.Max(static r => r.Item1.Length) + Indent;
        foreach ((string word, string? text) in rows)
            Write(output, word, text ?? "", column);
        return 0;
    }

    private static string Usage(Option option) => option.HelpName is null ? $"{option.Name}" : $"{option.Name} {option.HelpName}";

    private static string Name(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{Name(parent)} {command.Name}" : command.Name;

    // Words at the left, the text beside them in lines of its own.
    private static void Write(TextWriter output, string word, string text, int column)
    {
        string line = new string(' ', Indent) + word.PadRight(column - Indent);
        foreach (string each in text.Split(' '))
        {
            if (line.Length + each.Length > Width && line.Length > column)
            {
                output.WriteLine(line.TrimEnd());
                line = new string(' ', column);
            }

            line += each + " ";
        }

        output.WriteLine(line.TrimEnd());
    }
}
