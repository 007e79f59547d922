// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Bench.BackEnds;
using VhostDevice.Bench.Can;
using VhostDevice.Bench.Limits;

namespace VhostDevice.Bench.Figures;

/// <summary>The figures of can: from guest to guest on a simulated bus.</summary>
internal sealed class CanSuite(SuiteOptions options) : Suite(options)
{
    internal static readonly string[] Keys = ["can-1", "can-64"];

    private const double Frames = 1_000_000;

    private protected override void AddFigures()
    {
        BackEnd bus = Start(Options.Daemon);
        Add("can-1", () => new LoadFigure
        {
            Key = "can-1",
            Title = "can, a frame from guest to guest, depth 1: p50",
            Load = backEnd => CanLoad.Run(backEnd, 1, Options.Slice),
            Place = OneCpu,
            Value = r => r.P50,
            Unit = Format.Microseconds,
            Limit = new Limit.RoundTrip(PingPongMode.Blocking, OneCpu),
            Readings = [new Reading("p99", r => r.P99, Format.Microseconds), Reading.DaemonCpu("frame")],
            Daemon = bus,
        });
        Add("can-64", () => new LoadFigure
        {
            Key = "can-64",
            Title = "can, frames from guest to guest, depth 64",
            Load = backEnd => CanLoad.Run(backEnd, 64, Options.Slice),
            Place = OneCpu,
            Value = r => r.RequestsPerSecond,
            Unit = Format.PerSecond,
            Limit = new Limit.RoundTripRate(PingPongMode.Blocking, 1, OneCpu),
            Readings = [Reading.DaemonCpu("frame")],
            Daemon = bus,
            Target = $"≥ {Format.PerSecond(Frames)}",
            IsReached = (value, _) => value >= Frames,
        });
    }
}
