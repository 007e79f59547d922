// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using System.Numerics;
using VhostDevice.Hosting.CommandLine;

namespace VhostDevice.Devices.Vsock.Settings;

/// <summary>How one guest is served, wherever it was written: on a command line, in a file, on a control socket.</summary>
public sealed record VsockSettings
{
    /// <summary>The keys, as they are written by default.</summary>
    public static IReadOnlyList<string> Keys { get; } =
        ["guest-cid", "socket", "uds-path", "forward-cid", "forward-listen", "tx-buffer-size", "queue-size", "groups"];

    /// <summary><see cref="VsockCid.FirstGuest"/> to 2^32-2.</summary>
    public ulong GuestCid { get; init; } = VsockCid.FirstGuest;

    /// <summary>Where the front-end connects.</summary>
    public string? Socket { get; init; }

    /// <summary>The Unix socket of the hybrid scheme; or <see cref="ForwardCid"/>.</summary>
    public string? UdsPath { get; init; }

    /// <summary>The CID to which the guest's connections go over AF_VSOCK; or <see cref="UdsPath"/>.</summary>
    public uint? ForwardCid { get; init; }

    /// <summary>Ports of this machine whose connections go to the guest.</summary>
    public IReadOnlyList<VsockPort> ForwardListen { get; init; } = [];

    /// <summary>Bytes that may wait for a host program, for each connection.</summary>
    public uint BufferSize { get; init; } = VsockGuest.DefaultBufferSize;

    /// <summary>Largest ring.</summary>
    public uint QueueSize { get; init; } = 1024;

    public IReadOnlyList<string> Groups { get; init; } = ["default"];

    /// <summary>
    /// Reads one line: KEY=VALUE, separated by commas. A key that comes again replaces what it said before.
    /// </summary>
    /// <param name="problem">What is wrong when the result is null.</param>
    public static VsockSettings? Parse(string text, out string problem)
    {
        VsockSettings? settings = new();
        foreach (string pair in text.Trim().Split(','))
        {
            int equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
            {
                problem = $"bad argument '{pair}': KEY=VALUE was expected, with commas between several";
                return null;
            }

            settings = settings.With(KeyOf(pair[..equals]), pair[(equals + 1)..], out problem);
            if (settings is null)
                return null;
        }

        problem = settings.Problem();
        return problem.Length == 0 ? settings : null;
    }

    /// <summary>A list of <see cref="VsockPort"/> with '+' between them.</summary>
    public static bool TryPorts(string text, out IReadOnlyList<VsockPort> ports, out string problem)
    {
        List<VsockPort> found = [];
        ports = found;
        problem = "";
        foreach (string word in text.Split('+'))
        {
            if (!VsockPort.TryParse(word, out VsockPort port))
            {
                problem = $"'{word}' is no port: PORT or PORT/seqpacket";
                return false;
            }

            found.Add(port);
        }

        return true;
    }

    /// <summary>Names with '+' between them.</summary>
    public static IReadOnlyList<string> GroupsOf(string text) => text.Trim().Split('+');

    /// <summary>A key in either spelling, as it is written by default.</summary>
    public static string KeyOf(string text) => text.Replace('_', '-') switch
    {
        "group" => "groups",
        { } key => key,
    };

    /// <summary>Takes over what is written for one key.</summary>
    /// <param name="key">One of <see cref="Keys"/>.</param>
    /// <param name="problem">What is wrong when the result is null.</param>
    public VsockSettings? With(string key, string value, out string problem)
    {
        problem = "";
        uint number;
        switch (key)
        {
            case "guest-cid" when TryNumber(value, out ulong cid):
                return this with { GuestCid = cid };
            case "socket":
                return this with { Socket = value };
            case "uds-path":
                return this with { UdsPath = value };
            case "forward-cid" when TryNumber(value, out number):
                return this with { ForwardCid = number };
            case "forward-listen":
                return TryPorts(value, out IReadOnlyList<VsockPort> ports, out problem) ? this with { ForwardListen = ports } : null;
            case "tx-buffer-size" when UnitText.Read(value, NumberUnit.Bytes, out ulong size) == NumberText.Number && size <= uint.MaxValue:
                return this with { BufferSize = (uint)size };
            case "queue-size" when TryNumber(value, out number):
                return this with { QueueSize = number };
            case "groups":
                return this with { Groups = GroupsOf(value) };
            default:
                problem = Keys.Contains(key)
                    ? $"unable to convert '{value}' of {key} to an integer"
                    : $"invalid key '{key}': {string.Join(", ", Keys)}";
                return null;
        }
    }

    /// <summary>What is wrong with the whole; empty when nothing is.</summary>
    public string Problem()
    {
        if (string.IsNullOrEmpty(Socket))
            return "required key 'socket' not found";
        if (UdsPath is null == ForwardCid is null)
            return ForwardCid is null ? "required key 'uds-path or forward-cid' not found" : "only one of uds-path and forward-cid may be given";
        if (ForwardListen.Count > 0 && ForwardCid is null)
            return "forward-listen goes with forward-cid, not with uds-path";
        if (GuestCid is < VsockCid.FirstGuest or >= VsockCid.Any)
            return string.Create(CultureInfo.InvariantCulture, $"guest-cid {GuestCid} is not possible: {VsockCid.FirstGuest} to {VsockCid.Any - 1}");
        if (QueueSize is 0 or > 32768 || !BitOperations.IsPow2(QueueSize))
            return string.Create(CultureInfo.InvariantCulture, $"queue-size {QueueSize} is not possible: a power of two up to 32768");
        if (BufferSize is 0 or > VsockGuest.MaxBufferSize)
            return string.Create(CultureInfo.InvariantCulture, $"tx-buffer-size {BufferSize} is not possible: 1 to {VsockGuest.MaxBufferSize}");
        return Groups.Any(g => g.Length == 0) ? "a group has no name" : "";
    }

    /// <summary>The text form, for a list: what differs from guest to guest.</summary>
    public override string ToString()
    {
        string host = UdsPath is not null ? $"uds-path={UdsPath}" : string.Create(CultureInfo.InvariantCulture, $"forward-cid={ForwardCid}");
        string listen = ForwardListen.Count > 0 ? $",forward-listen={string.Join('+', ForwardListen)}" : "";
        return string.Create(CultureInfo.InvariantCulture, $"guest-cid={GuestCid},socket={Socket},{host}{listen},groups={string.Join('+', Groups)}");
    }

    internal static bool TryNumber<T>(string text, out T value)
        where T : struct, IBinaryInteger<T> =>
        T.TryParse(text.StartsWith('+') ? text.AsSpan(1) : text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
