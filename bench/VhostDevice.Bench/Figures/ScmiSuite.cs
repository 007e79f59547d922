// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Bench.BackEnds;
using VhostDevice.Bench.Bus;
using VhostDevice.Bench.Limits;
using VhostDevice.Bench.Load;

namespace VhostDevice.Bench.Figures;

/// <summary>The figures of scmi: reading a sensor whose value is a file, in turns with reading a clock of our rtc.</summary>
internal sealed class ScmiSuite(SuiteOptions options) : Suite(options)
{
    internal static readonly string[] Keys = ["read-1", "read-16"];

    private static readonly BusRequest s_sensor = BusRequest.ScmiRead(0);
    private static readonly BusRequest s_clock = BusRequest.RtcRead(0);

    private protected override void AddFigures()
    {
        string monitor = Directory.CreateDirectory(Path.Combine(Folder, "hwmon")).FullName;
        File.WriteAllText(Path.Combine(monitor, "temp1_input"), "42500\n");
        BackEnd sensors = Start(Launch.OfScmi(Options.Daemon.Program!, monitor));
        BackEnd clocks = Start(Launch.OfRtc(Options.Daemon.Program!, []));
        Add("read-1", () => Requests("read-1", "reading a sensor, depth 1; peer: a clock of rtc", 1, sensors, clocks));
        Add("read-16", () => Requests("read-16", "reading a sensor, depth 16; peer: a clock of rtc", 16, sensors, clocks));
    }

    private LoadFigure Requests(string key, string title, int depth, BackEnd sensors, BackEnd clocks) => new()
    {
        Key = key,
        Title = title,
        Load = backEnd => LoadGenerator.Run(backEnd, new LoadOptions { Depth = depth, Bus = s_sensor, Time = Options.Slice }),
        PeerLoad = backEnd => LoadGenerator.Run(backEnd, new LoadOptions { Depth = depth, Bus = s_clock, Time = Options.Slice }),
        Place = OneCpu,
        Value = r => r.RequestsPerSecond,
        Unit = Format.PerSecond,
        Limit = new Limit.RoundTripRate(PingPongMode.Blocking, 1, OneCpu),
        Readings = [new Reading("round trip, p50", r => r.P50, Format.Microseconds), Reading.DaemonCpu("request")],
        Daemon = sensors,
        Peer = clocks,
        Target = "≥ 0.91 of the peer's",
    };
}
