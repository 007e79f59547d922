// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Can.Ecu.Diagnosis;
using Xunit;

namespace VhostDevice.Devices.Tests.Can.Ecu;

/// <summary>OBD-II: values, codes and what the ECU is.</summary>
public sealed class ObdTests : IDisposable
{
    private readonly Tester _tester = new("""
          - model: ecu
            name: engine
            bus: body
            codes: P0301 U0100:pending
            diagnostics:
              vin: WVWZZZ1JZXW000001
              calibration: ENG-1.2
              cvn: 1A2B3C4D
              ecu-name: ECM
              obd: {coolant-temperature: 90, engine-speed: 850.25, vehicle-speed: 0, fuel-level: 50, odometer: 12345.6}

        """);

    public void Dispose() => _tester.Dispose();

    /// <summary>The bits of the identifiers 01, 05, 0C, 0D, 1C and 20; 2F and 40; 60; 80; A0; A6.</summary>
    [Theory]
    [InlineData("0100", "410088180011")]
    [InlineData("0120", "412000020001")]
    [InlineData("0140", "414000000001")]
    [InlineData("0160", "416000000001")]
    [InlineData("0180", "418000000001")]
    [InlineData("01A0", "41A004000000")]
    [InlineData("01C0", "7F0112")]
    [InlineData("0101", "410181070000")]
    [InlineData("0105", "410582")]
    [InlineData("010C", "410C0D49")]
    [InlineData("010D", "410D00")]
    [InlineData("011C", "411C07")]
    [InlineData("012F", "412F80")]
    [InlineData("01A6", "41A60001E240")]
    [InlineData("010C0D05", "410C0D490D000582")]
    [InlineData("010C99", "410C0D49")]
    [InlineData("0199", "7F0112")]
    [InlineData("01", "7F0113")]
    [InlineData("0101020304050607", "7F0113")]
    [InlineData("03", "43010301")]
    [InlineData("07", "4702" + "0301" + "C100")]
    [InlineData("0A", "4A00")]
    [InlineData("020200", "4202000301")]
    [InlineData("020000", "420000" + "48180001")]
    [InlineData("020C00", "420C000D49")]
    [InlineData("020C01", "7F0212")]
    [InlineData("020C", "7F0213")]
    [InlineData("0900", "490054400000")]
    [InlineData("0902", "4902015756575A5A5A314A5A5857303030303031")]
    [InlineData("0904", "490401454E472D312E32" + "000000000000000000")]
    [InlineData("0906", "4906011A2B3C4D")]
    [InlineData("090A", "490A0145434D" + "0000000000000000000000000000000000")]
    [InlineData("0903", "7F0912")]
    [InlineData("06", "7F0611")]
    public void Requests_are_answered(string request, string answer)
    {
        Assert.Equal(answer, _tester.Ask(request));
        // All ECUs may be asked at once; what this one lacks it does not say then.
        if (request.Length <= 14)
            Assert.Equal(answer.StartsWith("7F", StringComparison.Ordinal) ? null : answer, _tester.Ask(request, 0x7DF));
    }

    [Fact]
    public void Values_are_those_of_the_moment()
    {
        Assert.Null(_tester.Run("set engine engine-speed 3000"));
        Assert.Equal("410C2EE0", _tester.Ask("010C"));
        Assert.NotNull(_tester.Run("set engine engine-speed 16384"));
        Assert.Equal("420C000D49", _tester.Ask("020C00"));
    }

    [Fact]
    public void Clearing_clears_all_but_what_is_permanent()
    {
        Assert.Null(_tester.Run("set engine codes P0301 P0171:permanent"));
        Assert.Equal("44", _tester.Ask("04"));
        Assert.Equal("4300", _tester.Ask("03"));
        Assert.Equal("4A010171", _tester.Ask("0A"));
        Assert.Equal("410100070000", _tester.Ask("0101"));
        Assert.Equal("4202000000", _tester.Ask("020200"));
    }

    [Fact]
    public void Every_value_has_its_range()
    {
        foreach (ObdValue kind in ObdValue.All)
        {
            Assert.Equal(kind.Encode(kind.Offset), new byte[kind.Bytes]);
            Assert.All(kind.Encode(double.MaxValue), b => Assert.Equal(0xFF, b));
        }

        Assert.Equal(ObdValue.All.Length, ObdValue.All.Select(v => v.Id).Distinct().Count());
        Assert.Equal(ObdValue.All.Length, ObdValue.All.Select(v => v.Name).Distinct().Count());
    }
}
