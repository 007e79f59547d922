// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.CommandLine;

namespace VhostDevice.Program.CommandLine;

/// <summary>Builds the command line for the name that the program was called by.</summary>
internal static class CommandTree
{
    internal const string ProgramName = "vhost-device";

    /// <summary>
    /// Called as vhost-device: one command per device. Called through a link named vhost-device-DEVICE: that device's
    /// options at once.
    /// </summary>
    /// <remarks>
    /// The root is a plain Command: the library's RootCommand brings directives, which make words in brackets special,
    /// and takes its name from the file.
    /// </remarks>
    /// <param name="args">When they begin with a device's name, nothing of the others is made: what a daemon never uses
    /// would be in its memory for as long as it runs.</param>
    internal static Command Build(string calledBy, IReadOnlyList<string> args, IReadOnlyList<DeviceEntry> devices, Func<IEnumerable<Command>> tools)
    {
        if (ByLink(calledBy, devices) is { } entry)
        {
            Command single = new(calledBy, entry.Description);
            entry.Configure(single);
            single.Options.Add(VersionAction.Option(calledBy));
            single.Options.Add(CommandHelp.Option(entry.Usage, entry.Example));
            return single;
        }

        Command root = new(calledBy, "Virtio devices for virtual machines, attached through vhost-user sockets");
        DeviceEntry? chosen = args.Count > 0 ? devices.FirstOrDefault(d => d.Name == args[0]) : null;
        foreach (DeviceEntry device in chosen is null ? devices : [chosen])
        {
            Command command = new(device.Name, device.Description);
            device.Configure(command);
            command.Options.Add(VersionAction.Option($"{ProgramName}-{device.Name}"));
            command.Options.Add(CommandHelp.Option(device.Usage, device.Example));
            root.Subcommands.Add(command);
        }

        foreach (Command tool in chosen is null ? tools() : [])
        {
            tool.Options.Add(VersionAction.Option(ProgramName));
            root.Subcommands.Add(tool);
        }

        root.Options.Add(VersionAction.Option(ProgramName));
        root.Options.Add(CommandHelp.Option("COMMAND [options]", "rng --socket-path /run/vm/rng", "rng --help"));
        return root;
    }

    /// <summary>Parses a command line; what it says may still be wrong.</summary>
    internal static ParseResult Parse(Command root, IReadOnlyList<string> args) =>
        root.Parse(Spelling.Normalize(root, args), new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });

    /// <summary>A blank and the name of the command that a command line is about, and so on; empty when it has none.</summary>
    internal static string Named(Command root, IReadOnlyList<string> args) =>
        root.Subcommands.FirstOrDefault(c => args.Count > 0 && c.Name == args[0]) is { } command
            ? " " + command.Name + Named(command, [.. args.Skip(1)])
            : "";

    /// <summary>The device that a command line is about, if it names one.</summary>
    internal static DeviceEntry? Selected(string calledBy, IReadOnlyList<string> args, IReadOnlyList<DeviceEntry> devices) =>
        ByLink(calledBy, devices) ?? devices.FirstOrDefault(d => args.Contains(d.Name));

    private static DeviceEntry? ByLink(string calledBy, IReadOnlyList<DeviceEntry> devices) =>
        devices.FirstOrDefault(d => calledBy == $"{ProgramName}-{d.Name}");
}
