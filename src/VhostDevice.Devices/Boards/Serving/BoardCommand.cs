// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Files;
using VhostDevice.Hosting.CommandLine;
using VhostDevice.Hosting.Control;
using VhostDevice.Hosting.Kinds;

namespace VhostDevice.Devices.Boards.Serving;

/// <summary><c>vhost-device board</c>: serves a simulated board, and drives one that is served.</summary>
public sealed class BoardCommand : Command
{
    /// <summary>Where the socket is, unless an option says.</summary>
    private const string Variable = "VHOST_DEVICE_BOARD";

    private const string DefaultName = "vhost-device-board.sock";

    public override string Name => "board";

    public override string Purpose => "Serve a simulated board, or look at one and change it while it is served";

    public override IReadOnlyList<string> Examples => ["serve --socket-path /run/vm/board", "set temp0 temperature 42.5"];

    public override bool RunsAlone => false;

    public override IReadOnlyList<Command> Commands
    {
        get
        {
            TextSetting socket = new(ControlSocket.Option, null, "PATH", "Where the board listens", DefaultPath)
            {
                Unset = $"environment's {Variable}, or {DefaultPath}",
            };
            List<Command> commands = [new KindCommand(new BoardKind(), "serve")];
            foreach (ControlVerb verb in BoardVerbs.All)
                commands.Add(new VerbCommand("board", verb, socket, hint: $" or {Variable}"));
            foreach (PortKind kind in BoardCatalogue.BuiltIn.Ports)
                commands.AddRange(kind.Clients(socket, $" or {Variable}"));
            commands.Add(new ExampleCommand());
            return commands;
        }
    }

    private static string DefaultPath =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? named
        : Path.Combine(Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } own ? own : "/tmp", DefaultName);

    private sealed class ExampleCommand : Command
    {
        public override string Name => "example";

        public override string Purpose => "Print the file of the built-in board, as a start for your own";

        public override IReadOnlyList<string> Examples => ["> board.yaml"];

        public override int Run(Values values)
        {
            StandardOutput.Write(BoardFile.DemoText);
            return 0;
        }
    }
}
