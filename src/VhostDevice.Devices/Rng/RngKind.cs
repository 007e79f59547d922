// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Hosting;
using VhostDevice.Hosting.CommandLine;
using VhostDevice.Hosting.Kinds;

namespace VhostDevice.Devices.Rng;

/// <summary>rng: random bytes for the guest's /dev/hwrng.</summary>
public sealed class RngKind() : DeviceKind("rng", 4, "Entropy: random bytes for the guest's /dev/hwrng")
{
    private const ulong MaxPeriod = 65536;

    private static readonly SocketPlan s_sockets = SocketPlan.Counted("Number of sockets; each serves one guest at a time");

    private static readonly NumberSetting s_maxBytes = new(
        "--max-bytes", "-m", "BYTES", "Most bytes per period (also 64K, 1M), all sockets together, which have equal shares",
        from: 1, to: ulong.MaxValue, unit: NumberUnit.Bytes)
    { Unset = "no limit" };

    private static readonly NumberSetting s_period = new(
        "--period", "-p", "MILLISECONDS", $"Length of the period of --max-bytes, 1 to {MaxPeriod}",
        from: 1, to: MaxPeriod, byDefault: MaxPeriod, NumberUnit.Milliseconds);

    private static readonly TextSetting s_source = new(
        "--rng-source", "-f", "PATH", "Where the bytes come from: a character device, FIFO or file",
        KernelEntropySource.DefaultPath);

    public override SocketPlan Sockets => s_sockets;

    public override IReadOnlyList<Setting> Settings => [s_maxBytes, s_period, s_source];

    public override Served Open(Opening at)
    {
        bool isLimited = at.Values.Has(s_maxBytes);
        ulong sockets = (ulong)at.SocketCount;
        if (isLimited && at[s_maxBytes] < sockets)
            throw Opening.Wrong(s_maxBytes, $" {at[s_maxBytes]} is too little: at least {sockets}, a byte per period for every socket");
        IEntropySource? source;
        if (!at.Values.Has(s_source))
            source = EntropySources.OpenKernel(at.Log);
        else if (EntropySources.Open(at[s_source]!, at.Log, out source) is { IsError: true } errno)
            throw new StartupException($"the random source {at[s_source]} cannot be opened: {errno}");
        at.Begin(() =>
        {
            if (!isLimited && at.Values.Has(s_period))
                at.Log.LogWarning("--period {Period} has no effect without --max-bytes", at[s_period]);
            source!.Start();
        });
        TimeSpan period = TimeSpan.FromMilliseconds(at[s_period]);
        return new Served(socket =>
        {
            // The share belongs to the socket: a guest that reconnects does not get a new one.
            RateLimit share = new(isLimited ? at[s_maxBytes] / sockets : ulong.MaxValue, period);
            return () => new RngDevice(source!, share, socket.Log);
        });
    }
}
