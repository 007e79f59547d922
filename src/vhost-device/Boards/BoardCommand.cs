// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.CommandLine;
using VhostDevice.Devices.Boards.Files;
using VhostDevice.Hosting.CommandLine;
using VhostDevice.Hosting.Control;
using VhostDevice.Program.CommandLine;

namespace VhostDevice.Program.Boards;

/// <summary><c>vhost-device board</c>: serves a simulated board, and drives one that is served.</summary>
internal static class BoardCommand
{
    internal static Command Create()
    {
        Command command = new("board", "Serve a simulated board, or look at one and change it while it is served");
        command.Subcommands.Add(BoardServe.Create());
        command.Subcommands.Add(Request("list", "Print the board's parts with their parameters", "", "PART?"));
        command.Subcommands.Add(Request("get", "Print a parameter", "temp0 temperature", "PART", "PARAMETER"));
        command.Subcommands.Add(Request("set", "Set a parameter", "temp0 temperature 42.5", "PART", "PARAMETER", "VALUE..."));
        foreach (VerbForm verb in BoardCatalogue.BuiltIn.Commands)
            command.Subcommands.Add(Request(verb.Name, verb.Help, verb.Example, [.. verb.Words]));
        command.Subcommands.Add(Request("watch", "Print changes as they happen, of the whole board or of one part", "temp0", "PART?", "PARAMETER?"));
        Command example = new("example", "Print the file of the built-in board, as a start for your own");
        example.SetAction(result => result.InvocationConfiguration.Output.Write(BoardFile.DemoText));
        example.Options.Add(CommandHelp.Option(null, "> board.yaml"));
        command.Subcommands.Add(example);
        command.Options.Add(CommandHelp.Option("COMMAND [options]", "serve --socket-path /run/vm/board", "set temp0 temperature 42.5"));
        foreach (Command each in command.Subcommands)
            each.Options.Add(VersionAction.Option(CommandTree.ProgramName));
        return command;
    }

    // "?" behind a name: may be left out; "...": one or more; both: any number.
    private static Command Request(string name, string description, string sample, params string[] words)
    {
        Option<string?> socket = new(ControlSocket.Option)
        {
            Description = $"Where the board listens [default: environment's {BoardClient.Variable}, or {BoardClient.DefaultPath}]",
            HelpName = "PATH",
        };
        Command command = new(name, description) { socket };
        List<Argument<string>> arguments = [];
        foreach (string word in words)
        {
            Argument<string> argument = new(word.TrimEnd('?', '.'))
            {
                Description = About(word),
                CustomParser = parsed => string.Join(' ', parsed.Tokens.Select(t => t.Value)),
                Arity = word.EndsWith("...?", StringComparison.Ordinal) ? ArgumentArity.ZeroOrMore
                    : word.EndsWith('?') ? ArgumentArity.ZeroOrOne
                    : word.EndsWith('.') ? ArgumentArity.OneOrMore
                    : ArgumentArity.ExactlyOne,
            };
            arguments.Add(argument);
            command.Arguments.Add(argument);
        }

        command.Options.Add(CommandHelp.Option(null, sample));
        command.SetAction(result => BoardClient.Ask(
            result.GetValue(socket) ?? BoardClient.DefaultPath,
            string.Join(' ', [name, .. arguments.Select(a => result.GetValue(a)).OfType<string>()]),
            stay: name == "watch",
            name == "watch" ? StandardOutput.WriteLine : result.InvocationConfiguration.Output.WriteLine));
        return command;
    }

    private static string About(string word) => word switch
    {
        "PART" => "A part's name, as 'board list' prints it",
        "PART?" => "Only this part, as 'board list' prints it",
        "PARAMETER" => "One of the part's parameters",
        "PARAMETER?" => "Only this parameter of the part",
        "VALUE..." => "A number or a word, as 'board list' shows it",
        "MILLISECONDS?" => "For how long; without it, until 'board release'",
        "WORD...?" => "What the part named takes",
        _ => $"The {word.TrimEnd('?', '.').ToLowerInvariant()}'s name, as 'board list' prints it",
    };
}
