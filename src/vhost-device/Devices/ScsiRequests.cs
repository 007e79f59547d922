// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.CommandLine;
using System.Text;
using VhostDevice.Devices.Scsi.Images;
using VhostDevice.Hosting;
using VhostDevice.Hosting.Control;
using VhostDevice.Program.CommandLine;

namespace VhostDevice.Program.Devices;

/// <summary>What is asked of a daemon that is running: <c>vhost-device scsi list</c> and its like.</summary>
internal static class ScsiRequests
{
    private const string Unit = "The unit's number, TARGET or TARGET:LUN, as 'scsi list' prints it";

    internal static Command List() => Request("list", "Print the units of a running daemon", null, "", "");

    internal static Command Add() => Request(
        "add",
        "Give a running daemon another image, and tell the guest",
        "IMAGE",
        ScsiEntry.ImageHelp + ". Without target= and lun= it is unit 0 of the first target that is free",
        " /images/b.img");

    internal static Command Remove() => Request("remove", "Take a unit away from a running daemon, and tell the guest", "UNIT", Unit, " 5:0");

    internal static Command Resize() => Request("resize", "Look at the size of a unit's image again, and tell the guest", "UNIT", Unit, " 5:0");

    private static Command Request(string name, string description, string? word, string wordDescription, string example)
    {
        Option<string> socket = new(ControlSocket.Option)
        {
            Description = "The --control-socket of the daemon",
            HelpName = "PATH",
            Required = true,
        };
        Command command = new(name, description) { socket };
        Argument<string>? argument = word is null ? null : new Argument<string>(word) { Description = wordDescription };
        if (argument is not null)
            command.Arguments.Add(argument);
        command.Options.Add(VersionAction.Option(CommandTree.ProgramName));
        command.Options.Add(CommandHelp.Option(null, $"{ControlSocket.Option} /run/vm/scsi.ctl{example}"));
        command.SetAction(result => ControlClient.Ask(
            "scsi daemon",
            result.GetValue(socket)!,
            argument is null ? name : $"{name} {Words(name, result.GetValue(argument)!)}",
            stay: false,
            result.InvocationConfiguration.Output.WriteLine));
        return command;
    }

    // The daemon has another working folder than whoever asks.
    private static string Words(string name, string text)
    {
        string problem = "";
        string? words = name == "add" ? ImagePaths.MakeAbsolute(text, Environment.CurrentDirectory, out problem) : text;
        if (words is null)
            throw new StartupException(problem, isUsage: true);
        return Encoding.UTF8.GetByteCount(words) + name.Length + 1 <= LineClient.MaxLine
            ? words
            : throw new StartupException($"the image's text is too long: {LineClient.MaxLine - name.Length - 1} bytes at the most, with whole paths", isUsage: true);
    }
}
