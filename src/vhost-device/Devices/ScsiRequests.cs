// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.CommandLine;
using VhostDevice.Program.CommandLine;
using VhostDevice.Program.Hosting;

namespace VhostDevice.Program.Devices;

/// <summary>What is asked of a daemon that is running: <c>vhost-device scsi list</c> and its like.</summary>
internal static class ScsiRequests
{
    internal static Command List() => Request("list", "Print the units of a running daemon", null);

    internal static Command Add() => Request("add", "Give a running daemon another image; the guest is told", "IMAGE");

    internal static Command Remove() => Request("remove", "Take a unit away: TARGET or TARGET:LUN; the guest is told", "UNIT");

    internal static Command Resize() => Request("resize", "Look at an image's size again: TARGET or TARGET:LUN; the guest is told", "UNIT");

    private static Command Request(string name, string description, string? word)
    {
        Option<string> socket = new(ControlSocket.Option)
        {
            Description = "Where the daemon listens",
            HelpName = "PATH",
            Required = true,
        };
        Command command = new(name, description) { socket };
        Argument<string>? argument = word is null ? null : new Argument<string>(word);
        if (argument is not null)
            command.Arguments.Add(argument);
        command.Options.Add(VersionAction.Option(CommandTree.ProgramName));
        command.SetAction(result => ControlClient.Ask(
            "scsi daemon",
            result.GetValue(socket)!,
            argument is null ? name : $"{name} {result.GetValue(argument)}",
            stay: false,
            result.InvocationConfiguration.Output.WriteLine));
        return command;
    }
}
