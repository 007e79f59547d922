// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.CommandLine;
using System.CommandLine.Help;

namespace VhostDevice.Program.CommandLine;

/// <summary>Builds the command line for the name that the program was called by.</summary>
internal static class CommandTree
{
    internal const string ProgramName = "vhost-device";

    /// <summary>
    /// Called as vhost-device: one command per device. Called through a link named vhost-device-DEVICE: that device's
    /// options at once.
    /// </summary>
    internal static RootCommand Build(string calledBy, IReadOnlyList<DeviceEntry> devices, IReadOnlyList<Command> tools)
    {
        if (ByLink(calledBy, devices) is { } entry)
        {
            RootCommand single = new(entry.Description);
            Prepare(single, calledBy);
            entry.Configure(single);
            return single;
        }

        RootCommand root = new("Devices for virtual machines: vhost-user back-ends");
        Prepare(root, ProgramName);
        foreach (DeviceEntry device in devices)
        {
            Command command = new(device.Name, device.Description);
            command.Options.Add(VersionAction.Option($"{ProgramName}-{device.Name}"));
            device.Configure(command);
            root.Subcommands.Add(command);
        }

        foreach (Command tool in tools)
            root.Subcommands.Add(tool);
        return root;
    }

    /// <summary>The device that a command line is about, if it names one.</summary>
    internal static DeviceEntry? Selected(string calledBy, IReadOnlyList<string> args, IReadOnlyList<DeviceEntry> devices) =>
        ByLink(calledBy, devices) ?? devices.FirstOrDefault(d => args.Count > 0 && args[0] == d.Name);

    private static DeviceEntry? ByLink(string calledBy, IReadOnlyList<DeviceEntry> devices) =>
        devices.FirstOrDefault(d => calledBy == $"{ProgramName}-{d.Name}");

    // The library's own version option has no -V, and its help a few spellings that belong to other systems.
    private static void Prepare(RootCommand root, string name)
    {
        for (int i = root.Options.Count - 1; i >= 0; i--)
        {
            if (root.Options[i] is VersionOption or HelpOption)
                root.Options.RemoveAt(i);
        }

        root.Options.Add(new HelpOption("--help", "-h"));
        root.Options.Add(VersionAction.Option(name));
    }
}
