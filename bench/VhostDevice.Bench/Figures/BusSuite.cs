// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Bench.BackEnds;
using VhostDevice.Bench.Bus;
using VhostDevice.Bench.Limits;
using VhostDevice.Bench.Load;

namespace VhostDevice.Bench.Figures;

/// <summary>The figures of i2c, gpio and spi, all on the built-in board.</summary>
/// <param name="gpio">Our daemon as gpio; that of the options is i2c.</param>
/// <param name="spi">And as spi.</param>
internal sealed class BusSuite(SuiteOptions options, Launch gpio, Launch spi) : Suite(options)
{
    internal static readonly string[] Keys = ["i2c-1", "i2c-16", "gpio-1", "gpio-16", "set-1", "edge", "spi-1", "spi-16"];

    /// <summary>The built-in board's lm75, and the high byte of its 21.5 °C.</summary>
    private static readonly BusRequest s_read = BusRequest.I2cRead(0x48, 21);

    private static readonly BusRequest s_get = BusRequest.GpioGet(0);
    private static readonly BusRequest s_set = BusRequest.GpioSet(1, 1);

    /// <summary>The built-in board's wire from MOSI to MISO.</summary>
    private static readonly BusRequest s_wire = BusRequest.SpiTransfer(0, 64);

    private protected override void AddFigures()
    {
        if (Wants("i2c-1", "i2c-16"))
        {
            BackEnd i2c = Start(Options.Daemon);
            BackEnd? peer = Options.Peer is null ? null : Start(Options.Peer);
            Add("i2c-1", () => Requests("i2c-1", "i2c, a read of a byte, depth 1", s_read, 1, i2c, peer, 142_000));
            Add("i2c-16", () => Requests("i2c-16", "i2c, a read of a byte, depth 16", s_read, 16, i2c, peer, 3 * 142_000));
        }

        if (Wants("spi-1", "spi-16"))
        {
            BackEnd wire = Start(spi);
            Add("spi-1", () => Requests("spi-1", "spi, 64 bytes both ways, depth 1", s_wire, 1, wire, null, 248_000));
            Add("spi-16", () => Requests("spi-16", "spi, 64 bytes both ways, depth 16", s_wire, 16, wire, null, 1_520_000));
        }

        if (!Wants("gpio-1", "gpio-16", "set-1", "edge"))
            return;
        BackEnd chip = Start(gpio);
        Add("gpio-1", () => Requests("gpio-1", "gpio, the level of a line, depth 1", s_get, 1, chip, null, 153_000));
        Add("gpio-16", () => Requests("gpio-16", "gpio, the level of a line, depth 16", s_get, 16, chip, null, 3 * 153_000));
        Add("set-1", () => Requests("set-1", "gpio, setting a line, depth 1", s_set, 1, chip, null, 153_000));
        Add("edge", () => new LoadFigure
        {
            Key = "edge",
            Title = "gpio, from setting a line to the interrupt of the line wired to it: p99",
            Load = backEnd => EdgeLoad.Run(backEnd, Options.Slice),
            Place = OneCpu,
            Value = r => r.P99,
            Unit = Format.Microseconds,
            Limit = new Limit.RoundTrip(PingPongMode.Blocking, OneCpu),
            Readings = [new Reading("p50", r => r.P50, Format.Microseconds), Reading.DaemonCpu("edge")],
            Daemon = chip,
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
