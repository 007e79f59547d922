// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.I2c;
using VhostDevice.Devices.Boards.Models;
using VhostDevice.Devices.Boards.Recording;
using VhostDevice.Devices.Boards.Wiring;
using Xunit;

namespace VhostDevice.Devices.Tests.Boards;

public sealed class RecordingTests : IDisposable
{
    private readonly RecordedBoard _recorded = new();
    private readonly Board _board;
    private readonly ManualTime _time;
    private readonly SimulatedI2cBus _bus;
    private readonly Lm75 _lm75;
    private readonly Master _master;

    public RecordingTests()
    {
        (_board, _time) = (_recorded.Board, _recorded.Time);
        _bus = new SimulatedI2cBus(_board, "i2c0");
        _bus.Attach(_lm75 = new Lm75(_board));
        _bus.Attach(new Pcf8574(_board, "expander"));
        _master = new Master(_bus);
    }

    public void Dispose() => _recorded.Dispose();

    [Fact]
    public void Text_has_a_line_for_each_event()
    {
        Led led = new(_board, "led");
        _board.Nets.Connect(_board.FindPin("expander.p0")!, led.Pin);
        string path = _recorded.Record("x.txt");
        _master.Write(0x48, 1, 0x02);
        _time.PassMilliseconds(1500.5);
        _lm75.Temperature.Value = 42.5;
        _ = _master.ReadWord(0x48, 0);
        _ = _master.TryWrite(0x33);
        _master.Write(0x20, 0xfe);
        _time.PassMilliseconds(250);
        _board.Dispose();
        Assert.Equal(
            [
                "# board test, second 0 is 2026-02-27T23:59:50.0000000Z",
                "0.000000000 i2c i2c0 S 48 w+ 01+ 02+ P",
                "1.500500000 set lm75@48 temperature 42.5",
                "1.500500000 i2c i2c0 S 48 w+ 00+ Sr 48 r+ 2a+ 80- P",
                "1.500500000 i2c i2c0 S 33 w- P",
                "1.500500000 wire expander.p0 led.in 0",
                "1.500500000 set led lit off",
                "1.500500000 i2c i2c0 S 20 w+ fe+ P",
                "1.750500000 end",
            ],
            File.ReadAllLines(path).Where(l => !l.StartsWith("0.000000000 wire ", StringComparison.Ordinal)));
    }

    [Fact]
    public void Waves_can_be_decoded()
    {
        string path = _recorded.Record("x.vcd");
        _time.PassMilliseconds(2);
        _master.Write(0x48, 1, 0x02);
        _ = _master.ReadWord(0x48, 0);
        _ = _master.TryWrite(0x33);
        _time.PassMilliseconds(20);
        _ = _master.ReadWord(0x48, 3);
        _board.Dispose();
        List<(long Time, string Signal, bool Level)> changes = VcdFile.Changes(path);
        Assert.True(changes.Where(c => c.Signal == "i2c0_scl").Min(c => c.Time) >= 2000);
        Assert.Equal(
            ["S 48w+ 01+ 02+ P", "S 48w+ 00+ S 48r+ 19+ 00- P", "S 33w- P", "S 48w+ 03+ S 48r+ 50+ 00- P"],
            VcdFile.Decode(changes, "i2c0_scl", "i2c0_sda"));
    }

    [Fact]
    public void Wires_are_waves_too()
    {
        Button button = new(_board, "button0");
        string path = _recorded.Record("x.vcd");
        _time.PassMilliseconds(1);
        button.Press();
        button.Release(); // at the same moment, and still to be seen
        _time.PassMilliseconds(1);
        _master.Write(0x20, 0x7f);
        _board.Dispose();
        List<(long Time, string Signal, bool Level)> changes = VcdFile.Changes(path);
        Assert.Equal([(1000, false), (1001, true)], changes.Where(c => c.Signal == "button0_out").Select(c => (c.Time, c.Level)));
        Assert.Equal([(2000, false)], changes.Where(c => c.Signal == "expander_p7").Select(c => (c.Time, c.Level)));
        Assert.Equal(changes.OrderBy(c => c.Time), changes);
    }

    /// <summary>A viewer shows the whole of it, with the levels of every wire, though none of them ever changes.</summary>
    [Theory]
    [InlineData("x.txt", "0.000000000 wire expander.p0 led.in 1", "0.000000000 wire lm75@48.os 0", "1.500000000 end")]
    [InlineData("x.vcd", "1%", "0#", "#1500000")]
    public void It_begins_with_levels_and_ends_at_its_end(string name, string high, string low, string end)
    {
        Led led = new(_board, "led");
        _board.Nets.Connect(_board.FindPin("expander.p0")!, led.Pin);
        string path = _recorded.Record(name);
        _time.PassMilliseconds(1500);
        string[] lines = _recorded.LinesOf(path);
        Assert.Contains(high, lines);
        Assert.Contains(low, lines);
        Assert.Equal(end, lines[^1]);
        Assert.Single(lines, l => l == end);
    }

    /// <summary>A simulated bus is faster than its wave, whose end is the end then.</summary>
    [Fact]
    public void Waves_that_are_drawn_late_are_whole_and_end_at_rest()
    {
        string path = _recorded.Record("x.vcd");
        for (int i = 0; i < 3; i++)
            _ = _master.ReadWord(0x48, 0);
        string[] times = [.. _recorded.LinesOf(path).Where(l => l[0] == '#')];
        Assert.Equal(times.Distinct(), times);
        long last = VcdFile.Changes(path).Max(c => c.Time);
        Assert.True(long.Parse(times[^1][1..], System.Globalization.CultureInfo.InvariantCulture) > last);
    }

    [Fact]
    public void Each_file_of_text_begins_with_the_levels_at_that_time()
    {
        string path = _recorded.Record("x.txt", limit: 10_000);
        for (int i = 0; i < 300; i++)
        {
            _time.PassMilliseconds(1);
            _master.Write(0x20, (byte)i);
        }

        _board.Dispose();
        string[][][] files =
        [
            .. new[] { path, TraceFile.Second(path) }.Select(f => File.ReadLines(f).Select(l => l.Split(' ')).Where(w => w[1] == "wire").ToArray())
                .OrderBy(f => decimal.Parse(f[0][0], System.Globalization.CultureInfo.InvariantCulture)),
        ];
        Assert.Equal(Port(files[0]), Port(files[1].TakeWhile(w => w[0] == files[1][0][0]).Take(10)));
        Assert.Equal(299 & 0xff, Port(files[1]));

        // What is on the expander's pins after these lines; the first of each pin is its level at the start.
        static int Port(IEnumerable<string[]> lines)
        {
            Dictionary<string, int> levels = [];
            foreach (string[] words in lines)
                levels[words[2]] = int.Parse(words[^1], System.Globalization.CultureInfo.InvariantCulture);
            return Enumerable.Range(0, 8).Sum(i => levels[$"expander.p{i}"] << i);
        }
    }

    [Fact]
    public void What_waves_cannot_follow_is_left_out_and_said()
    {
        string path = _recorded.Record("x.vcd", limit: 1 << 26);
        for (int i = 0; i < 10_000; i++)
            _ = _master.ReadWord(0x48, 0);
        _board.Dispose();
        string said = File.ReadLines(path).Last();
        Assert.Matches(@"^\$comment \d+ transfers are not drawn", said);
        int left = int.Parse(said.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(10_000 - left, VcdFile.Decode(VcdFile.Changes(path), "i2c0_scl", "i2c0_sda").Count);
    }

    [Fact]
    public void A_recording_is_bounded()
    {
        string path = _recorded.Record("x.txt", limit: 10_000);
        for (int i = 0; i < 5000; i++)
            _ = _master.ReadWord(0x48, 0);
        _lm75.Temperature.Value = 1;
        _board.Dispose();
        string second = TraceFile.Second(path);
        Assert.EndsWith("x.1.txt", second, StringComparison.Ordinal);
        Assert.InRange(new FileInfo(path).Length, 1, 10_200);
        Assert.InRange(new FileInfo(second).Length, 1, 10_200);
        Assert.All([path, second], p => Assert.StartsWith("# board", File.ReadLines(p).First(), StringComparison.Ordinal));
        string[] lines = [.. File.ReadLines(path), .. File.ReadLines(second)];
        Assert.Single(lines, l => l.Contains("set lm75@48 temperature 1", StringComparison.Ordinal));
        Assert.Single(lines, l => l.EndsWith(" end", StringComparison.Ordinal));
    }

    [Fact]
    public void Each_file_of_waves_can_be_read_alone()
    {
        string path = _recorded.Record("x.vcd", limit: 20_000);
        for (int i = 0; i < 100; i++)
        {
            _ = _master.ReadWord(0x48, 0);
            _time.PassMilliseconds(10);
        }

        _board.Dispose();
        foreach (string each in new[] { path, TraceFile.Second(path) })
            Assert.NotEmpty(VcdFile.Decode(VcdFile.Changes(each), "i2c0_scl", "i2c0_sda"));
    }
}
