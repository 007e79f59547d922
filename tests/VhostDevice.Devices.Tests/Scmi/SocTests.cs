// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.Files;
using VhostDevice.Devices.Scmi.Messages;
using VhostDevice.Devices.Yaml;
using VhostDevice.TestKit;
using Xunit;

namespace VhostDevice.Devices.Tests.Scmi;

/// <summary>A simulated SoC: what agents control, what people see of it, and the other way round.</summary>
[Collection(DeviceCollection.Name)]
public sealed class SocTests : LeakChecked
{
    private const byte Power = 0x11;
    private const byte Whole = 0x12;
    private const byte Performance = 0x13;
    private const byte Clock = 0x14;
    private const byte Sensor = 0x15;
    private const byte Reset = 0x16;
    private const byte Voltage = 0x17;
    private const byte PowerCap = 0x18;

    private const uint Off = 1u << 30;

    [Fact]
    public void There_are_eight_protocols_for_two_agents()
    {
        using SocFixture soc = new();
        Assert.Equal([8u | (2u << 8)], soc.Do(0x10, 1));
        Assert.Equal([8u, 0x14131211, 0x18171615], soc.Do(0x10, 6, 0));
        Assert.Equal(["linux", "rtos"], soc.Board.Ports.Skip(1).Select(static p => p.Name));
    }

    [Theory]
    [InlineData(Power, 0x30001)]
    [InlineData(Whole, 0x20001)]
    [InlineData(Performance, 0x40000)]
    [InlineData(Clock, 0x30000)]
    [InlineData(Sensor, 0x30001)]
    [InlineData(Reset, 0x30001)]
    [InlineData(Voltage, 0x20001)]
    [InlineData(PowerCap, 0x20000)]
    public void Each_protocol_has_the_newest_version_and_answers_what_makes_no_sense(byte protocol, uint version)
    {
        using SocFixture soc = new();
        Assert.Equal([version], soc.Do(protocol, 0));
        _ = soc.Do(protocol, 0x10, version);
        _ = soc.Do(protocol, 1);
        for (uint message = 0; message < 0x20; message++)
        {
            // What there is has attributes; of these, what is about a domain that there is not is answered so.
            bool exists = soc.Status(protocol, 2, message) == ScmiStatus.Success;
            for (int parameters = 0; parameters < 6; parameters++)
            {
                uint[] words = [.. Enumerable.Repeat(9u, parameters)];
                ScmiStatus status = soc.Status(protocol, (byte)message, words);
                bool isUnknown = status == ScmiStatus.NotSupported;
                Assert.True(exists ? !isUnknown || message == 0x10 : isUnknown, $"{message}: {status}");
                Assert.NotEqual(ScmiStatus.GenericError, status);
            }
        }
    }

    [Fact]
    public void A_clock_has_rates_and_is_on_or_off()
    {
        using SocFixture soc = new();
        Assert.Equal([2u], soc.Do(Clock, 1));
        Assert.Equal(0xC0000000, soc.Do(Clock, 3, 0)[0]);
        Assert.Equal(0xE0000001, soc.Do(Clock, 3, 1)[0]);
        Assert.Equal([0x1003u, 1_000_000, 0, 100_000_000, 0, 1_000_000, 0], soc.Do(Clock, 4, 0, 0));
        Assert.Equal([24_000_000u, 0], soc.Do(Clock, 6, 0));
        // Down, up, and to the nearest.
        foreach ((uint flags, uint rate) in (ReadOnlySpan<(uint, uint)>)[(0, 48_000_000), (4, 49_000_000), (8, 49_000_000)])
        {
            _ = soc.Do(Clock, 5, flags, 0, 48_600_000, 0);
            Assert.Equal((rate, $"{rate}"), (soc.Do(Clock, 6, 0)[0], soc.Get("uart-clock.rate")));
        }

        _ = soc.Do(Clock, 5, 0, 1, 0x2A05F200, 1); // 5 GHz
        Assert.Equal([0x2A05F200u, 1], soc.Do(Clock, 6, 1));
        Assert.Equal(ScmiStatus.InvalidParameters, soc.Status(Clock, 5, 0, 0, 999_999, 0));
        Assert.Equal(ScmiStatus.InvalidParameters, soc.Status(Clock, 5, 0, 0, 24_000_000, 1));
        Assert.Equal(ScmiStatus.InvalidParameters, soc.Status(Clock, 5, 12, 0, 24_000_000, 0));
        Assert.Equal(ScmiStatus.NotSupported, soc.Status(Clock, 5, 1, 0, 24_000_000, 0));
        _ = soc.Do(Clock, 7, 0, 1, 0);
        Assert.Equal([0u, 1, 0], soc.Do(Clock, 0xb, 0, 0));
        Assert.Equal("on", soc.Get("uart-clock.enabled"));
        _ = soc.Do(Clock, 7, 0, 3, 0);
        Assert.Equal(ScmiStatus.InvalidParameters, soc.Status(Clock, 7, 0, 2, 0));
        Assert.Equal(ScmiStatus.NotSupported, soc.Status(Clock, 7, 0, 1 | (0x80 << 16), 0));
        soc.Set("uart-clock.enabled", "off");
        Assert.Equal(0u, soc.Do(Clock, 0xb, 0, 0)[1]);
    }

    [Fact]
    public void Agents_hear_of_rates_that_others_set()
    {
        using SocFixture soc = new();
        _ = soc.Do(Clock, 9, 0, 1);
        _ = soc.Do(Clock, 0xa, 0, 1);
        Assert.Equal(ScmiStatus.Success, soc.Ask(1, Clock, 5, 0, 0, 50_000_000, 0).Status);
        soc.Hears(0, Clock, 1, 2u, 0, 50_000_000, 0);
        soc.Hears(0, Clock, 0, 2u, 0, 50_000_000, 0);
        soc.Set("uart-clock.rate", "60000000");
        soc.Hears(0, Clock, 0, 0u, 0, 60_000_000, 0);
    }

    [Fact]
    public void A_supply_lights_a_lamp()
    {
        using SocFixture soc = new();
        Assert.Equal([0x1003u, 800_000, 3_300_000, 100_000], soc.Do(Voltage, 4, 0, 0));
        Assert.Equal([1_200_000u], soc.Do(Voltage, 8, 0));
        Assert.Equal(("off", 0u), (soc.Get("power-led.lit"), soc.Do(Voltage, 6, 0)[0]));
        _ = soc.Do(Voltage, 5, 0, 7);
        Assert.Equal(("on", "on", 7u), (soc.Get("power-led.lit"), soc.Get("vdd.on"), soc.Do(Voltage, 6, 0)[0]));
        _ = soc.Do(Voltage, 7, 0, 0, 1_849_000);
        Assert.Equal("1.8", soc.Get("vdd.voltage"));
        Assert.Equal(ScmiStatus.InvalidParameters, soc.Status(Voltage, 7, 0, 0, 5_000_000));
        Assert.Equal(ScmiStatus.InvalidParameters, soc.Status(Voltage, 5, 0, 3));
        soc.Set("vdd.on", "off");
        Assert.Equal(("off", 0u), (soc.Get("power-led.lit"), soc.Do(Voltage, 6, 0)[0]));
    }

    [Fact]
    public void A_reset_line_is_asserted_for_a_time_or_in_passing()
    {
        using SocFixture soc = new();
        _ = soc.Ask(1, Reset, 5, 0, 1);
        _ = soc.Do(Reset, 4, 0, 2, 0);
        Assert.Equal(("on", "off"), (soc.Get("uart-reset.asserted"), soc.Get("reset-led.lit")));
        _ = soc.Do(Reset, 4, 0, 0, 0);
        Assert.Equal(("off", "on", "1"), (soc.Get("uart-reset.asserted"), soc.Get("reset-led.lit"), soc.Get("uart-reset.count")));
        _ = soc.Do(Reset, 4, 0, 1, 0);
        Assert.Equal(("off", "2"), (soc.Get("uart-reset.asserted"), soc.Get("uart-reset.count")));
        soc.Hears(1, Reset, 0, 1u, 0, 0);
        soc.Hears(1, Reset, 0, 1u, 0, 0);
        Assert.Equal(ScmiStatus.InvalidParameters, soc.Status(Reset, 4, 0, 3, 0));
        Assert.Equal(ScmiStatus.InvalidParameters, soc.Status(Reset, 4, 0, 1, 1));
        Assert.Equal(ScmiStatus.NotSupported, soc.Status(Reset, 4, 0, 5, 0));
    }

    [Fact]
    public void A_power_domain_is_on_or_off()
    {
        using SocFixture soc = new();
        Assert.Equal([1u, 0, 0, 0], soc.Do(Power, 1));
        Assert.Equal([Off], soc.Do(Power, 5, 0));
        _ = soc.Do(Power, 6, 0, 1);
        _ = soc.Do(Power, 7, 0, 1);
        _ = soc.Do(Power, 4, 0, 0, 0);
        Assert.Equal("on", soc.Get("gpu.on"));
        soc.Hears(0, Power, 1, 1u, 0, 0);
        soc.Hears(0, Power, 0, 1u, 0, 0);
        soc.Set("gpu.on", "off");
        soc.Hears(0, Power, 0, 0u, 0, Off);
        Assert.Equal(ScmiStatus.InvalidParameters, soc.Status(Power, 4, 0, 0, 7));
        Assert.Equal(ScmiStatus.NotSupported, soc.Status(Power, 4, 1, 0, 0));
    }

    [Fact]
    public void A_performance_domain_has_points_and_limits()
    {
        using SocFixture soc = new();
        Assert.Equal(0xF0000000, soc.Do(Performance, 3, 0)[0]);
        Assert.Equal(
            [3u, 500_000, 200, 0, 500_000, 0, 1_000_000, 600, 0, 1_000_000, 1, 2_000_000, 2000, 0, 2_000_000, 2],
            soc.Do(Performance, 4, 0, 0));
        Assert.Equal([1u | (0u << 16), 2_000_000, 2000, 0, 2_000_000, 2], soc.Do(Performance, 4, 0, 2));
        Assert.Equal(ScmiStatus.OutOfRange, soc.Status(Performance, 4, 0, 3));
        _ = soc.Do(Performance, 9, 0, 1);
        _ = soc.Do(Performance, 0xa, 0, 1);
        _ = soc.Do(Performance, 7, 0, 1_000_000);
        soc.Hears(0, Performance, 1, 1u, 0, 1_000_000);
        Assert.Equal("1000000", soc.Get("cpu.level"));
        // Between two points it is the slower one.
        _ = soc.Do(Performance, 7, 0, 1_999_999);
        Assert.Equal([1_000_000u], soc.Do(Performance, 8, 0));
        Assert.Equal(ScmiStatus.OutOfRange, soc.Status(Performance, 7, 0, 2_000_001));
        // Somebody throttles it.
        soc.Set("cpu.max-level", "500000");
        soc.Hears(0, Performance, 0, 0u, 0, 500_000, 500_000);
        soc.Hears(0, Performance, 1, 0u, 0, 500_000);
        Assert.Equal(ScmiStatus.OutOfRange, soc.Status(Performance, 7, 0, 1_000_000));
        _ = soc.Do(Performance, 5, 0, 2_000_000, 1_000_000);
        Assert.Equal([2_000_000u, 1_000_000], soc.Do(Performance, 6, 0));
        Assert.Equal([1_000_000u], soc.Do(Performance, 8, 0));
        Assert.Equal(ScmiStatus.InvalidParameters, soc.Status(Performance, 5, 0, 1, 2));
    }

    [Fact]
    public void A_power_cap_is_set_and_watched()
    {
        using SocFixture soc = new();
        Assert.Equal([25_000u], soc.Do(PowerCap, 4, 0));
        _ = soc.Do(PowerCap, 0xa, 0, 1);
        _ = soc.Do(PowerCap, 0xb, 0, 1, 5_000, 10_000);
        _ = soc.Do(PowerCap, 5, 0, 0, 12_345);
        Assert.Equal("12", soc.Get("package.cap"));
        soc.Hears(0, PowerCap, 0, 1u, 0, 12_000, 1_000_000);
        soc.Set("package.power", "7");
        soc.Set("package.power", "11.5");
        soc.Hears(0, PowerCap, 1, 0u, 0, 11_500);
        Assert.Equal([11_500u, 1_000_000], soc.Do(PowerCap, 9, 0));
        Assert.Equal(ScmiStatus.OutOfRange, soc.Status(PowerCap, 5, 0, 0, 26_000));
        Assert.Equal(ScmiStatus.InvalidParameters, soc.Status(PowerCap, 0xb, 0, 1, 2, 1));
    }

    [Fact]
    public void Sensors_show_parameters_of_parts_and_their_trip_points_every_change()
    {
        using SocFixture soc = new();
        Assert.Equal([21_500u, 0, 0, 0], soc.Do(Sensor, 6, 0, 0));
        soc.Set("temp0.temperature", "-3.5");
        Assert.Equal([unchecked((uint)-3_500), uint.MaxValue, 0, 0], soc.Do(Sensor, 6, 0, 0));
        _ = soc.Do(Sensor, 0xa, 1, 1);
        Assert.Equal(12, soc.Do(Sensor, 6, 1, 0).Length);
        _ = soc.Do(Sensor, 5, 0, 3, 30_000, 0);
        _ = soc.Do(Sensor, 4, 0, 1);
        _ = soc.Do(0x10, 0);
        soc.Set("temp0.temperature", "31");
        soc.Hears(0, Sensor, 0, 0u, 0, 1u << 16);
    }

    [Fact]
    public void What_an_agent_may_not_use_is_denied_until_a_trusted_one_allows_it()
    {
        using SocFixture soc = new();
        Assert.Equal(ScmiStatus.Denied, soc.Ask(1, Voltage, 5, 0, 7).Status);
        Assert.Equal(ScmiStatus.Denied, soc.Ask(1, Sensor, 6, 0, 0).Status);
        Assert.Equal(ScmiStatus.Success, soc.Ask(1, Clock, 6, 0).Status);
        Assert.Equal(ScmiStatus.Denied, soc.Ask(1, 0x10, 9, 2, 2, 1).Status);
        Assert.Equal(ScmiStatus.Success, soc.Ask(1, 0x10, 0xb, 2, 1).Status);
        Assert.Equal(ScmiStatus.Denied, soc.Ask(1, Voltage, 5, 0, 7).Status);
        _ = soc.Do(0x10, 9, 2, 2, 1);
        Assert.Equal(ScmiStatus.Success, soc.Ask(1, Voltage, 5, 0, 7).Status);
        Assert.Equal("on", soc.Get("vdd.on"));
    }

    [Fact]
    public void The_system_ends_when_an_agent_or_somebody_wants_it_to()
    {
        using SocFixture soc = new();
        _ = soc.Do(Whole, 5, 1);
        soc.Set("soc0.request", "shutdown");
        soc.Hears(0, Whole, 0, 0u, 1, 0, 0);
        Assert.Equal([3u], soc.Do(Whole, 4));
        _ = soc.Do(Whole, 3, 1, 1);
        Assert.Equal("reset", soc.Get("soc0.state"));
        Assert.Equal(ScmiStatus.Denied, soc.Ask(1, Whole, 3, 0, 0).Status);
        Assert.Equal(ScmiStatus.InvalidParameters, soc.Status(Whole, 3, 0, 5));
        Assert.NotNull(soc.Board.FindParameter("soc0.request")!.TrySet("burn"));
    }

    [Theory]
    [InlineData("clocks: [{min: 1, max: 2}]", "a clock needs 'min'", "name")]
    [InlineData("clocks: [{name: c, min: 5, max: 2}]", "'max' of a clock is less than 'min'", "")]
    [InlineData("clocks: [{name: c, min: x, max: 2}]", "'min' of a clock cannot be 'x'", "")]
    [InlineData("clocks: [{name: c, min: 1, max: 2, rate: 3}]", "'rate' of a clock cannot be '3': 1 to 2", "")]
    [InlineData("clocks: [{name: a b, min: 1, max: 2}]", "'a b' is no name", "")]
    [InlineData("resets: [{name: r}, {name: r}]", "the board has a part 'r' already", "")]
    [InlineData("performance: [{name: p}]", "1 to 64 'points'", "")]
    [InlineData("performance: [{name: p, points: [{mhz: 2}, {mhz: 1}]}]", "begin with the slowest", "")]
    [InlineData("sensors: [{name: s, of: none.temperature}]", "there is no number 'none.temperature'", "")]
    [InlineData("sensors: [{name: s}]", "a sensor needs 'of'", "")]
    [InlineData("agents: [{name: a, denied: [x]}]", "the soc has no 'x'", "")]
    [InlineData("volts: []", "a soc has no 'volts': soc, agents, clocks, supplies", "")]
    public void Mistakes_in_a_file_are_said_where_they_are(string text, string expected, string instead)
    {
        YamlFileException problem = Assert.Throws<YamlFileException>(() => BoardFile.Parse("scmi:\n  - soc: s\n    " + text + "\n", "f", "/"));
        Assert.StartsWith("f:", problem.Message, StringComparison.Ordinal);
        Assert.Contains(instead.Length > 0 ? instead : expected, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_agents_the_socket_has_the_soc_s_name()
    {
        using Board board = BoardFile.Parse("scmi: [{soc: s, resets: [{name: r}]}]", "f", "/");
        Assert.Equal("s", Assert.Single(board.Ports).Name);
    }
}
