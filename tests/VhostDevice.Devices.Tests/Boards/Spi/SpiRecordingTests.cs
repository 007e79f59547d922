// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Models;
using VhostDevice.Devices.Boards.Spi;
using VhostDevice.Devices.Spi;
using Xunit;

namespace VhostDevice.Devices.Tests.Boards.Spi;

/// <summary>What transfers look like in recordings.</summary>
public sealed class SpiRecordingTests : IDisposable
{
    private readonly RecordedBoard _board = new();
    private readonly SimulatedSpiBus _bus;

    public SpiRecordingTests()
    {
        _bus = new SimulatedSpiBus(_board.Board, "spi0");
        _bus.Attach(new NorFlash(_board.Board, NorKind.All[0]), 0);
        _bus.Attach(new LoopBack(_board.Board, chipSelect: 1), 1);
    }

    public void Dispose() => _board.Dispose();

    [Fact]
    public void Text_has_the_chip_its_selection_and_the_bytes_both_ways()
    {
        string path = _board.Record("r.txt");
        SpiMaster flash = new(_bus), wire = new(_bus, chip: 1);
        flash.Write(0x9f);
        Assert.Equal([0xef, 0x40], flash.Read(2));
        wire.Both(0xa5, 0x01);
        flash.Write(0x03, 0x00);
        wire.Write(0x0f);
        Assert.Equal(
            [
                "spi spi0 0 v 9f>",
                "spi spi0 0 >ef >40 ^",
                "spi spi0 1 v a5>a5 01>01 ^",
                "spi spi0 0 v 03> 00>",
                "spi spi0 0 ^",
                "spi spi0 1 v 0f> ^",
            ],
            _board.LinesOf(path).Where(l => l.Contains(" spi ", StringComparison.Ordinal))
                .Select(l => l[(l.IndexOf(' ', StringComparison.Ordinal) + 1)..]));
    }

    /// <summary>A decoder samples at the edges that the mode says.</summary>
    [Theory]
    [InlineData(0u)]
    [InlineData(1u)]
    [InlineData(2u)]
    [InlineData(3u)]
    public void Waves_are_those_of_the_lines(uint mode)
    {
        string path = _board.Record("r.vcd");
        SpiMaster wire = new(_bus, chip: 1) { Mode = (SpiTransferMode)mode };
        wire.Both(0xa5, 0x37);
        string[] lines = _board.LinesOf(path);
        Assert.Equal("10100101 00110111", Decode(lines, mode, "mosi"));
        Assert.Equal("10100101 00110111", Decode(lines, mode, "miso"));
    }

    private static string Decode(string[] lines, uint mode, string data)
    {
        Dictionary<string, string> names = lines.Where(l => l.StartsWith("$var", StringComparison.Ordinal))
            .Select(l => l.Split(' ')).ToDictionary(w => w[4], w => w[3]);
        string clk = names["spi0_clk"], line = names["spi0_" + data], select = names["spi0_cs1"];
        Dictionary<string, char> levels = [];
        List<char> bits = [];
        // The edge that samples: rising in modes 0 and 3.
        char sampled = mode is 0 or 3 ? '1' : '0';
        foreach (string change in lines.SkipWhile(l => !l.StartsWith("$enddefinitions", StringComparison.Ordinal))
            .Where(l => l.Length > 1 && l[0] is '0' or '1'))
        {
            string which = change[1..];
            bool isEdge = which == clk && levels.TryGetValue(clk, out char before) && before != change[0];
            levels[which] = change[0];
            if (isEdge && change[0] == sampled && levels[select] == '0')
                bits.Add(levels[line]);
        }

        Assert.Equal('1', levels[select]);
        return string.Concat(bits.Take(8)) + " " + string.Concat(bits.Skip(8));
    }
}
