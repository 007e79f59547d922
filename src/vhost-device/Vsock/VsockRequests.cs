// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.CommandLine;
using VhostDevice.Devices.Vsock.Settings;
using VhostDevice.Hosting.Control;
using VhostDevice.Program.CommandLine;

namespace VhostDevice.Program.Vsock;

/// <summary><c>vhost-device vsock add</c>, <c>remove</c> and <c>list</c>: what is asked of a daemon that runs.</summary>
internal static class VsockRequests
{
    internal static IEnumerable<Command> Create() =>
    [
        Request("add", "Give a running daemon another guest", $"KEY=VALUE[,...] with {string.Join(", ", VsockSettings.Keys)}", "SETTINGS", " guest-cid=9,socket=/run/b.sock,uds-path=/run/b"),
        Request("remove", "Remove a guest from a running daemon, and end its connections", "The guest's CID", "CID", " 9"),
        Request("list", "Print the guests of a running daemon", "", null, ""),
    ];

    private static Command Request(string name, string description, string argumentDescription, string? argumentName, string example)
    {
        Option<string> socket = new(ControlSocket.Option)
        {
            Description = "The --control-socket of the daemon",
            HelpName = "PATH",
            Required = true,
        };
        Command command = new(name, description) { socket };
        Argument<string>? argument = null;
        if (argumentName is not null)
        {
            argument = new Argument<string>(argumentName) { Description = argumentDescription };
            command.Arguments.Add(argument);
        }

        command.Options.Add(VersionAction.Option(CommandTree.ProgramName));
        command.Options.Add(CommandHelp.Option(null, $"{ControlSocket.Option} /run/vsock.ctl{example}"));
        command.SetAction(result =>
        {
            string path = result.GetValue(socket)!;
            return ControlClient.Ask(
                "vsock daemon",
                path,
                argument is null ? name : $"{name} {ClientPaths.Absolute(result.GetValue(argument)!, "socket", "uds-path")}",
                stay: false,
                result.InvocationConfiguration.Output.WriteLine);
        });
        return command;
    }
}
