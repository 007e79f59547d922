// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text.Json;

namespace VhostDevice.Program.Tests.Support;

/// <summary>The published native binary and the links beside it.</summary>
internal static class ProgramFile
{
    private const string Variable = "VHOST_DEVICE_BIN";

    private static readonly Lazy<string[]> s_devices = new(
        () => VhostDevice.Program.Tests.Support.Command.Program("describe", "--format", "names").Success());
    private static readonly Lazy<string[]> s_devicesOfGuests = new(FindDevicesOfGuests);

    /// <summary>Stands in tests' data for the commands, as messages list them: the devices, and the tools.</summary>
    internal const string Commands = "(the commands)";

    /// <summary>The devices that the program has.</summary>
    internal static string[] Devices => s_devices.Value;

    /// <summary>Those of which virtio has a type. No guest has a driver for the others, and nobody installs them.</summary>
    internal static string[] DevicesOfGuests => s_devicesOfGuests.Value;

    /// <summary>A text with the commands in the place of <see cref="Commands"/>.</summary>
    internal static string WithCommands(string text) =>
        text.Replace(Commands, string.Join(", ", [.. Devices, "board", "probe", "describe"]), StringComparison.Ordinal);

    /// <summary>The folder that holds the solution, found upwards from the test's executable.</summary>
    internal static string Repository { get; } = FindRepository();

    /// <summary>The multi-call program.</summary>
    internal static string Path { get; } = Find();

    /// <summary>What a build for this machine is called: linux-x64, for example.</summary>
    internal static string RuntimeIdentifier { get; } = "linux-"
        + System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();

    /// <summary>The link by which the program is the rng device.</summary>
    internal static string RngLink { get; } = Path + "-rng";

    private static string[] FindDevicesOfGuests()
    {
        using JsonDocument json = JsonDocument.Parse(string.Join('\n', VhostDevice.Program.Tests.Support.Command.Program("describe").Success()));
        return
        [
            .. json.RootElement.EnumerateArray()
                .Where(d => d.GetProperty("virtioId").GetUInt32() != 0)
                .Select(d => d.GetProperty("name").GetString()!),
        ];
    }

    private static string Find()
    {
        string path = System.IO.Path.GetFullPath(
            Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named
                ? named
                : System.IO.Path.Combine(Repository, "out", "vhost-device"));
        return File.Exists(path) && File.Exists(path + "-rng")
            ? path
            : throw new InvalidOperationException($"There is no {path} with its link -rng: run ./build first, or name the binary in {Variable}.");
    }

    private static string FindRepository()
    {
        for (DirectoryInfo? d = new(AppContext.BaseDirectory); d is not null; d = d.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(d.FullName, "vhost-device.slnx")))
                return d.FullName;
        }

        throw new InvalidOperationException("The tests run from a build inside the repository; vhost-device.slnx was not found above them.");
    }
}
