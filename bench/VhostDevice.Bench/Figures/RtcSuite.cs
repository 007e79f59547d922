// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Bench.BackEnds;
using VhostDevice.Bench.Bus;
using VhostDevice.Bench.Limits;
using VhostDevice.Bench.Load;
using VhostDevice.Bench.Rtc;

namespace VhostDevice.Bench.Figures;

/// <summary>The figures of rtc.</summary>
internal sealed class RtcSuite(SuiteOptions options) : Suite(options)
{
    internal static readonly string[] Keys = ["read-1", "read-16", "set-16", "late"];

    // What rust-vmm's daemon did, at depth 1, at depth 16, and with an alarm's thread each.
    private const double PeerReads = 194_000;
    private const double PeerBatch = 1_050_000;
    private const double PeerSets = 36_500;

    private static readonly BusRequest s_read = BusRequest.RtcRead(0);
    private static readonly BusRequest s_set = BusRequest.RtcSetAlarm(long.MaxValue);

    private protected override void AddFigures()
    {
        BackEnd clock = Start(Options.Daemon);
        BackEnd? peer = Options.Peer is null ? null : Start(Options.Peer);
        Add("read-1", () => Requests("read-1", "reading a clock, depth 1", s_read, 1, clock, peer, 1.2 * PeerReads));
        Add("read-16", () => Requests("read-16", "reading a clock, depth 16", s_read, 16, clock, peer, 2 * PeerBatch));
        Add("set-16", () => Requests("set-16", "setting an alarm, depth 16", s_set, 16, clock, peer, 10 * PeerSets));
        Add("late", () => new LoadFigure
        {
            Key = "late",
            Title = "from an alarm's time to its interrupt: p50",
            Load = backEnd => AlarmLoad.Run(backEnd, Options.Slice),
            Place = OneCpu,
            Value = r => r.P50,
            Unit = Format.Microseconds,
            Limit = new Limit.RoundTrip(PingPongMode.Blocking, OneCpu),
            Readings = [new Reading("p99", r => r.P99, Format.Microseconds), Reading.DaemonCpu("alarm")],
            Daemon = clock,
            Peer = peer,
            Target = $"≤ {Format.Microseconds(100_000)}",
            IsReached = (value, _) => value <= 100_000,
        });
    }

    private LoadFigure Requests(string key, string title, BusRequest request, int depth, BackEnd daemon, BackEnd? peer, double target) => new()
    {
        Key = key,
        Title = title,
        Load = backEnd => LoadGenerator.Run(backEnd, new LoadOptions { Depth = depth, Bus = request, Time = Options.Slice }),
        Place = OneCpu,
        Value = r => r.RequestsPerSecond,
        Unit = Format.PerSecond,
        Limit = new Limit.RoundTripRate(PingPongMode.Blocking, 1, OneCpu),
        Readings = [new Reading("round trip, p50", r => r.P50, Format.Microseconds), Reading.DaemonCpu("request")],
        Daemon = daemon,
        Peer = peer,
        Target = $"≥ {Format.PerSecond(target)}",
        IsReached = (value, _) => value >= target,
    };
}
