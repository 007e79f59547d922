// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Hosting.CommandLine;

namespace VhostDevice.Hosting.Kinds;

/// <summary>The program that is a family of devices: a command for each, and tools.</summary>
/// <param name="kinds">At least one.</param>
internal sealed class FamilyCommand(string name, string family, IReadOnlyList<DeviceKind> kinds, Func<IReadOnlyList<Command>> tools) : Command
{
    public override string Name => name;

    public override string Purpose => "Virtio devices for virtual machines, attached through vhost-user sockets";

    public override IReadOnlyList<string> Examples => [$"{kinds[0].Name} {kinds[0].Example}", $"{kinds[0].Name} --help"];

    public override bool RunsAlone => false;

    public override IReadOnlyList<Command> Commands
    {
        get
        {
            List<Command> commands = [];
            foreach (DeviceKind kind in kinds)
                commands.Add(new KindCommand(kind, versionName: $"{family}-{kind.Name}"));
            commands.AddRange(tools());
            return commands;
        }
    }
}
