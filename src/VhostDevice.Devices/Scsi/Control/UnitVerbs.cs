// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scsi.Images;
using VhostDevice.Hosting;
using VhostDevice.Hosting.CommandLine;
using VhostDevice.Hosting.Kinds;

namespace VhostDevice.Devices.Scsi.Control;

/// <summary>What <see cref="UnitCommands"/> carries out, as commands: <c>vhost-device scsi list</c> and its like.</summary>
internal static class UnitVerbs
{
    private static readonly Positional s_unit = new("UNIT", "The unit's number, TARGET or TARGET:LUN, as 'scsi list' prints it");

    internal static IReadOnlyList<ControlVerb> All =>
    [
        new("list", "Print the units of a running daemon"),
        new(
            "add",
            "Give a running daemon another image, and tell the guest",
            new Positional("IMAGE", ImageText.Help + ". Without target= and lun= it is unit 0 of the first target that is free"))
        {
            Example = "/images/b.img",
            Complete = MakeAbsolute,
        },
        new("remove", "Take a unit away from a running daemon, and tell the guest", s_unit) { Example = "5:0" },
        new("resize", "Look at the size of a unit's image again, and tell the guest", s_unit) { Example = "5:0" },
    ];

    // The daemon has another working folder than whoever asks.
    private static string MakeAbsolute(string image) =>
        ImagePaths.MakeAbsolute(image, Environment.CurrentDirectory, out string problem) ?? throw new StartupException(problem, isUsage: true);
}
