// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Yaml;
using VhostDevice.Hosting;
using VhostDevice.Hosting.CommandLine;
using VhostDevice.Hosting.Kinds;

namespace VhostDevice.Devices.Vsock.Settings;

/// <summary>The settings that say which guests are served: those of one guest, or --vm for each, or a file.</summary>
internal static class VsockGuestSettings
{
    internal static readonly TextSetting Socket = new("--socket", "--socket-path", "PATH", "Where to listen");

    private static readonly NumberSetting s_guestCid = new(
        "--guest-cid", null, "CID", "The guest's CID", from: 0, to: ulong.MaxValue, byDefault: VsockCid.FirstGuest);

    private static readonly TextSetting s_udsPath = new(
        "--uds-path", null, "PATH",
        "Connect the guest with Unix sockets: programs connect to PATH, write 'CONNECT PORT' and read 'OK PORT'; the guest's "
        + "connections to port N of the host go to PATH_N");

    private static readonly NumberSetting s_forwardCid = new(
        "--forward-cid", null, "CID", "Connect the guest with vsock sockets instead: its connections go to the same port of this CID",
        from: 0, to: uint.MaxValue);

    private static readonly TextSetting s_forwardListen = new(
        "--forward-listen", null, "PORTS",
        "With --forward-cid: vsock ports of this machine whose connections go to the guest, with '+' between them; PORT/seqpacket "
        + "for SEQPACKET sockets");

    private static readonly NumberSetting s_bufferSize = new(
        "--tx-buffer-size", null, "BYTES",
        "Bytes that may wait for a program that does not read, for each connection; more is never kept in memory for one",
        from: 0, to: uint.MaxValue, byDefault: VsockGuest.DefaultBufferSize, NumberUnit.Bytes);

    private static readonly NumberSetting s_queueSize = new(
        "--queue-size", null, "ENTRIES", "Largest ring: a power of two up to 32768", from: 0, to: uint.MaxValue, byDefault: 1024);

    private static readonly TextSetting s_groups = new(
        "--groups", null, "NAMES", "Guests with a group in common may connect to each other; names with '+' between them", "default");

    private static readonly ListSetting s_vm = new(
        "--vm", null, "SETTINGS",
        $"One guest of several, all in this process: KEY=VALUE[,...] with {string.Join(", ", VsockSettings.Keys)}; once for each guest");

    private static readonly TextSetting s_config = new(
        "--config", null, "FILE", "A YAML file with the guests: a list 'vms', with the keys of --vm");

    internal static IReadOnlyList<Setting> All => [.. Single, s_vm, s_config];

    private static IReadOnlyList<Setting> Single =>
        [s_guestCid, s_udsPath, s_forwardCid, s_forwardListen, s_bufferSize, s_queueSize, s_groups];

    /// <summary>Whether the front-ends' sockets are those of --socket, --fd or a service manager.</summary>
    internal static bool IsSingle(Values values) => !values.Has(s_vm) && !values.Has(s_config);

    /// <exception cref="StartupException">They make no sense (exit 2), or their file cannot be read (exit 1).</exception>
    internal static IReadOnlyList<VsockSettings> Of(Values values)
    {
        if (values[s_config] is { } file)
            return Load(file);
        if (values.Has(s_vm))
            return [.. values[s_vm].Select(Parse)];
        string problem = "";
        IReadOnlyList<VsockPort> ports = [];
        if (values[s_forwardListen] is { } listen && !VsockSettings.TryPorts(listen, out ports, out problem))
            throw new StartupException($"--forward-listen: {problem}", isUsage: true);
        VsockSettings settings = new()
        {
            GuestCid = values[s_guestCid],
            Socket = values[Socket] ?? "an inherited socket",
            UdsPath = values[s_udsPath],
            ForwardCid = values.Has(s_forwardCid) ? (uint)values[s_forwardCid] : null,
            ForwardListen = ports,
            BufferSize = (uint)values[s_bufferSize],
            QueueSize = (uint)values[s_queueSize],
            Groups = VsockSettings.GroupsOf(values[s_groups]!),
        };
        problem = settings.Problem();
        return problem.Length == 0 ? [settings] : throw new StartupException(AsOption(problem), isUsage: true);
    }

    // What is a key in a file is an option here, and each problem begins with its key.
    private static string AsOption(string problem)
    {
        foreach (string key in VsockSettings.Keys)
        {
            if (problem.StartsWith(key, StringComparison.Ordinal))
                return "--" + problem;
        }

        return "--groups: " + problem;
    }

    /// <summary>What is wrong with them together; null: nothing.</summary>
    internal static string? Problem(Values values, SocketPlan sockets)
    {
        Setting? whole = values.Has(s_vm) ? s_vm : values.Has(s_config) ? s_config : null;
        if (values.Has(s_vm) && values.Has(s_config))
            return "--vm and --config exclude each other: give one of them";
        if (whole is null)
            return SingleProblem(values, sockets);
        foreach (Setting other in (IReadOnlyList<Setting>)[Socket, .. Single])
        {
            if (values.Has(other))
                return $"{other.Name} is for a single guest, and {whole.Name} says all about its guests: leave {other.Name} out";
        }

        return SocketPlan.IsFdGiven(values) ? $"--fd is for a single guest, and {whole.Name} says all about its guests: leave --fd out" : null;
    }

    private static string? SingleProblem(Values values, SocketPlan sockets) =>
        !sockets.IsGiven(values) ? "--socket PATH is missing (or --fd FDNUM, or --vm or --config)"
        : values.Has(s_udsPath) && (values.Has(s_forwardCid) || values.Has(s_forwardListen))
            ? "--uds-path excludes --forward-cid and --forward-listen"
        : !values.Has(s_udsPath) && !values.Has(s_forwardCid)
            ? "--uds-path PATH is missing (or --forward-cid CID): how programs of the host reach the guest"
        : null;

    private static VsockSettings Parse(string text) =>
        VsockSettings.Parse(text, out string problem) ?? throw new StartupException($"invalid value '{text}' for --vm: {problem}", isUsage: true);

    private static IReadOnlyList<VsockSettings> Load(string file)
    {
        try
        {
            return VsockFile.Load(file);
        }
        catch (YamlFileException problem)
        {
            throw new StartupException(problem.Message, isUsage: !problem.IsUnreadable);
        }
    }
}
