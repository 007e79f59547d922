// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.CommandLine;
using VhostDevice.Devices.Vsock.Settings;
using VhostDevice.Program.CommandLine;
using VhostDevice.Program.Hosting;

namespace VhostDevice.Program.Vsock;

/// <summary><c>vhost-device vsock add</c>, <c>remove</c> and <c>list</c>: what is asked of a daemon that runs.</summary>
internal static class VsockRequests
{
    internal static IEnumerable<Command> Create() =>
    [
        Request("add", "Add a guest to a daemon that runs", $"KEY=VALUE[,...] with {string.Join(", ", VsockSettings.Keys)}", "SETTINGS"),
        Request("remove", "Remove a guest from a daemon that runs; its connections end", "The guest's CID", "CID"),
        Request("list", "Print the guests of a daemon that runs", "", null),
    ];

    private static Command Request(string name, string description, string argumentDescription, string? argumentName)
    {
        Option<string> socket = new(ControlSocket.Option)
        {
            Description = "Where the daemon listens for such requests",
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
