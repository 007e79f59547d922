// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Bench.BackEnds;
using VhostDevice.Bench.Limits;
using VhostDevice.Bench.Load;
using VhostDevice.Bench.Vsock;

namespace VhostDevice.Bench.Figures;

/// <summary>The figures of vsock with hybrid sockets: throughput both ways, round trips, connections.</summary>
internal sealed class VsockSuite(SuiteOptions options) : Suite(options)
{
    internal static readonly string[] Keys = ["to-host", "to-guest-4k", "to-guest-64k", "echo", "connect", "echo-200", "2cpu"];

    private const int Bulk = 64 << 10;
    private const int Small = 64;
    private const int Many = 200;

    private static readonly Reading s_cpuPerMegabyte = new(
        "daemon's CPU time per MB", r => r.DaemonCpu * r.Requests / r.Bytes * 1e6, Format.Microseconds);

    private protected override void AddFigures()
    {
        BackEnd daemon = Start(Options.Daemon);
        BackEnd? peer = Options.Peer is null ? null : Start(Options.Peer);
        Add("to-host", () => ToHost("to-host", OneCpu, daemon, peer));
        Add("to-guest-4k", () => ToGuest("to-guest-4k", 4 << 10, OneCpu, daemon, peer));
        Add("to-guest-64k", () => ToGuest("to-guest-64k", Bulk, OneCpu, daemon, peer));
        Add("echo", () => Echo("echo", 1, OneCpu, daemon, peer));
        Add("connect", () => Connect("connect", OneCpu, daemon, peer));
        Add("echo-200", () => Echo("echo-200", Many, OneCpu, daemon, peer));
        if (TwoCpus is null)
            return;
        Add("2cpu", () => ToHost("2cpu", TwoCpus, daemon, peer));
        Add("2cpu", () => ToGuest("2cpu", 4 << 10, TwoCpus, daemon, peer));
        Add("2cpu", () => ToGuest("2cpu", Bulk, TwoCpus, daemon, peer));
        Add("2cpu", () => Echo("2cpu", 1, TwoCpus, daemon, peer));
        Add("2cpu", () => Connect("2cpu", TwoCpus, daemon, peer));
        Add("2cpu", () => Echo("2cpu", Many, TwoCpus, daemon, peer));
    }

    private LoadFigure ToHost(string key, Place place, BackEnd daemon, BackEnd? peer) => new()
    {
        Key = key,
        Title = "guest to host, packets of 64 KiB",
        Load = On(b => new ToHostLoad(b, new VsockLoadOptions { Time = Options.Slice, SendBytes = Bulk })),
        Place = place,
        Value = r => r.BytesPerSecond,
        Unit = Format.Rate,
        Limit = new Limit.SocketCopy(Bulk, 1, asRate: true, place),
        Readings = [s_cpuPerMegabyte],
        Daemon = daemon,
        Peer = peer,
    };

    private LoadFigure ToGuest(string key, int buffers, Place place, BackEnd daemon, BackEnd? peer) => new()
    {
        Key = key,
        Title = $"host to guest, into buffers of {Format.Size(buffers)}",
        Load = On(b => new ToGuestLoad(b, new VsockLoadOptions { Time = Options.Slice, ReceiveBytes = buffers })),
        Place = place,
        Value = r => r.BytesPerSecond,
        Unit = Format.Rate,
        Limit = new Limit.SocketCopy(Bulk, 1, asRate: true, place),
        Readings = [s_cpuPerMegabyte],
        Daemon = daemon,
        Peer = peer,
    };

    // The guest wakes the device, the device the host's program, and all the way back; one thread plays both ends here.
    private LoadFigure Echo(string key, int connections, Place place, BackEnd daemon, BackEnd? peer) => new()
    {
        Key = key,
        Title = connections == 1 ? "64 B to and fro" : $"64 B to and fro on {connections} connections",
        Load = On(b => new EchoLoad(b, new VsockLoadOptions { Time = Options.Slice, Connections = connections, SendBytes = Small })),
        Place = place,
        Value = r => r.RequestsPerSecond,
        Unit = Format.PerSecond,
        Limit = connections == 1 ? new Limit.RoundTripRate(PingPongMode.Epoll, 2, place) : new Limit.SocketCopy(Small, 2, asRate: false, place),
        Readings = [Reading.DaemonCpu("round trip")],
        Daemon = daemon,
        Peer = peer,
    };

    private LoadFigure Connect(string key, Place place, BackEnd daemon, BackEnd? peer) => new()
    {
        Key = key,
        Title = "connect and close",
        Load = On(b => new ConnectLoad(b, new VsockLoadOptions { Time = Options.Slice })),
        Place = place,
        Value = r => r.RequestsPerSecond,
        Unit = Format.PerSecond,
        Limit = new Limit.RoundTripRate(PingPongMode.Epoll, 2, place),
        Readings = [Reading.DaemonCpu("connection")],
        Daemon = daemon,
        Peer = peer,
    };

    private static Func<BackEnd, LoadResult> On(Func<BackEnd, VsockLoad> make) => backEnd => VsockLoad.Run(() => make(backEnd));
}
