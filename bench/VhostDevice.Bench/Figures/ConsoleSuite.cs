// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Bench.BackEnds;
using VhostDevice.Bench.Consoles;
using VhostDevice.Bench.Limits;
using VhostDevice.Bench.Load;

namespace VhostDevice.Bench.Figures;

/// <summary>The figures of console.</summary>
internal sealed class ConsoleSuite(SuiteOptions options) : Suite(options)
{
    internal static readonly string[] Keys = ["to-host", "to-guest", "echo"];

    private const int BufferBytes = 4096;
    private const double Goal = 1e9;

    // A stream has two ends that work at the same time.
    private Place Where => TwoCpus ?? OneCpu;

    private protected override void AddFigures()
    {
        BackEnd console = Start(Options.Daemon);
        Add("to-host", () => Stream("to-host", "guest to a Unix socket, 4 KiB, depth 16", ConsoleLoad.ToHost, console));
        Add("to-guest", () => Stream("to-guest", "a Unix socket to the guest, 4 KiB, depth 16", ConsoleLoad.ToGuest, console));
        Add("echo", () => new LoadFigure
        {
            Key = "echo",
            Title = "a key and its echo: p99",
            Load = backEnd => ConsoleLoad.Echo(backEnd, Options.Slice),
            Place = Where,
            Value = r => r.P99,
            Unit = Format.Microseconds,
            Limit = new Limit.RoundTrip(PingPongMode.Blocking, Where),
            Readings = [new Reading("p50", r => r.P50, Format.Microseconds), Reading.DaemonCpu("key")],
            Daemon = console,
        });
    }

    private LoadFigure Stream(string key, string title, Func<BackEnd, TimeSpan, LoadResult> load, BackEnd console) => new()
    {
        Key = key,
        Title = title,
        Load = backEnd => load(backEnd, Options.Slice),
        Place = Where,
        Value = r => r.BytesPerSecond,
        Unit = Format.Rate,
        Limit = new Limit.SocketCopy(16 * BufferBytes, 1, asRate: true, Where),
        Readings = [Reading.DaemonCpu("buffer")],
        Daemon = console,
        Target = $"≥ {Format.Rate(Goal)}",
        IsReached = (value, _) => value >= Goal,
    };
}
