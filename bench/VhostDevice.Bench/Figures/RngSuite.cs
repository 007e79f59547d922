// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Bench.BackEnds;
using VhostDevice.Bench.Limits;
using VhostDevice.Bench.Load;

namespace VhostDevice.Bench.Figures;

/// <summary>The figures of rng, which costs so little that they are those of the rings, and of the program itself.</summary>
internal sealed class RngSuite(SuiteOptions options) : Suite(options)
{
    internal static readonly string[] Keys = ["d1", "d64", "bulk", "d1-2cpu", "poll", "packed", "memory", "start", "size"];

    private protected override void AddFigures()
    {
        AddLoads();
        AddTheRest();
    }

    private void AddLoads()
    {
        if (Wants("d1", "d64", "bulk", "d1-2cpu"))
        {
            BackEnd daemon = Start(Options.Daemon);
            BackEnd? peer = Options.Peer is null ? null : Start(Options.Peer);
            Add("d1", () => DepthOne("d1", OneCpu, daemon, peer));
            Add("d64", () => new LoadFigure
            {
                Key = "d64",
                Title = "64 B, depth 64: daemon's CPU time per request",
                Load = Load(depth: 64, size: 64),
                Place = OneCpu,
                Value = r => r.DaemonCpu,
                Unit = Format.Microseconds,
                Limit = new Limit.Entropy(64, 64, asRate: false, OneCpu),
                Daemon = daemon,
                Peer = peer,
                Target = "≤ 0.35 µs",
                IsReached = (value, _) => value <= 350,
            });
            Add("bulk", () => new LoadFigure
            {
                Key = "bulk",
                Title = "4 KiB, depth 8: throughput",
                Load = Load(depth: 8, size: 4096),
                Place = OneCpu,
                Value = r => r.BytesPerSecond,
                Unit = Format.Rate,
                Limit = new Limit.Entropy(4096, 8, asRate: true, OneCpu),
                Daemon = daemon,
                Peer = peer,
            });
            if (TwoCpus is not null)
                Add("d1-2cpu", () => DepthOne("d1-2cpu", TwoCpus, daemon, peer));
        }

        if (Wants("poll") && TwoCpus is not null)
            Add("poll", () => Polling(TwoCpus));
        if (Wants("packed"))
            AddPacked(Start(Options.Daemon));
    }

    // The same load on both layouts, in turns: the peer of a packed ring is the split one.
    private void AddPacked(BackEnd daemon)
    {
        AddPacked(
            daemon,
            "64 B, depth 1, interrupts: round trip",
            Sized(depth: 1, size: 64),
            r => r.P50,
            Format.Microseconds,
            new Limit.RoundTrip(PingPongMode.Blocking, OneCpu));
        AddPacked(
            daemon,
            "64 B, depth 64: daemon's CPU time per request",
            Sized(depth: 64, size: 64),
            r => r.DaemonCpu,
            Format.Microseconds,
            new Limit.Entropy(64, 64, asRate: false, OneCpu));
        AddPacked(
            daemon,
            "4 KiB, depth 8: throughput",
            Sized(depth: 8, size: 4096),
            r => r.BytesPerSecond,
            Format.Rate,
            new Limit.Entropy(4096, 8, asRate: true, OneCpu));
    }

    private void AddPacked(BackEnd daemon, string title, LoadOptions load, Func<LoadResult, double> value, Func<double, string> unit, Limit limit) =>
        Add("packed", () => new LoadFigure
        {
            Key = "packed",
            Title = $"packed, beside split: {title}",
            Load = On(load with { Packed = true }),
            Variant = ", packed",
            PeerLoad = On(load),
            Place = OneCpu,
            Value = value,
            Unit = unit,
            Limit = limit,
            Daemon = daemon,
            Peer = daemon,
        });

    private void AddTheRest()
    {
        Add("memory", () => new MemoryFigure(Options.Daemon, Startable(Options.Peer), Folder, Options.AllCpus));
        Add("start", () => new StartFigure(Options.Daemon, Startable(Options.Peer), Folder, Options.AllCpus));
        Add("size", () => new SizeFigure(Options.Daemon, Options.Peer));
    }

    private LoadFigure DepthOne(string key, Place place, BackEnd daemon, BackEnd? peer) => new()
    {
        Key = key,
        Title = "64 B, depth 1, interrupts: round trip",
        Load = Load(depth: 1, size: 64),
        Place = place,
        Value = r => r.P50,
        Unit = Format.Microseconds,
        Limit = new Limit.RoundTrip(PingPongMode.Blocking, place),
        Daemon = daemon,
        Peer = peer,
        Target = place == OneCpu ? "≤ 1.15 × limit" : "",
        IsReached = place == OneCpu ? (_, ratio) => ratio <= 1.15 : null,
    };

    private LoadFigure Polling(Place place) => new()
    {
        Key = "poll",
        Title = "64 B, depth 1, busy polling: round trip",
        Load = On(Sized(depth: 1, size: 64) with { Polls = true }),
        Place = place,
        Value = r => r.P50,
        Unit = Format.Microseconds,
        Limit = new Limit.RoundTrip(PingPongMode.Spin, place),
        Daemon = Start(Options.Daemon, Options.PollMicroseconds),
        Peer = Options.Peer is { CanPoll: true } peer ? Start(peer, Options.PollMicroseconds) : null,
        Target = "< 3 µs",
        IsReached = (value, _) => value < 3000,
    };

    private LoadOptions Sized(int depth, int size) => new() { Depth = depth, Size = size, Time = Options.Slice };

    private Func<BackEnd, LoadResult> Load(int depth, int size) => On(Sized(depth, size));

    private static Func<BackEnd, LoadResult> On(LoadOptions load) => backEnd => LoadGenerator.Run(backEnd, load);

    private static Launch? Startable(Launch? launch) => launch is { Socket: null } ? launch : null;
}
