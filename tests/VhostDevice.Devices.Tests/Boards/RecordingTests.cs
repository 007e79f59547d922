// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.I2c;
using VhostDevice.Devices.Boards.Models;
using VhostDevice.Devices.Boards.Recording;
using VhostDevice.Devices.Boards.Wiring;
using VhostDevice.Linux;
using Xunit;

namespace VhostDevice.Devices.Tests.Boards;

public sealed class RecordingTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();
    private readonly Board _board;
    private readonly SimulatedI2cBus _bus;
    private readonly Lm75 _lm75;
    private readonly Master _master;

    public RecordingTests()
    {
        _board = new Board("test", _time);
        _bus = new SimulatedI2cBus(_board, "i2c0");
        _bus.Attach(_lm75 = new Lm75(_board));
        _bus.Attach(new Pcf8574(_board, "expander"));
        _master = new Master(_bus);
    }

    public void Dispose()
    {
        _board.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public void Text_has_a_line_for_each_event()
    {
        Led led = new(_board, "led");
        _board.Nets.Connect(_board.FindPin("expander.p0")!, led.Pin);
        string path = Record(f => new TextTrace(f), "x.txt");
        _master.Write(0x48, 1, 0x02);
        _time.PassMilliseconds(1500.5);
        _lm75.Temperature.Value = 42.5;
        _ = _master.ReadWord(0x48, 0);
        _ = _master.TryWrite(0x33);
        _master.Write(0x20, 0xfe);
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
            ],
            File.ReadAllLines(path));
    }

    [Fact]
    public void Waves_can_be_decoded()
    {
        string path = Record(f => new VcdTrace(f), "x.vcd");
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
        string path = Record(f => new VcdTrace(f), "x.vcd");
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

    [Fact]
    public void What_waves_cannot_follow_is_left_out_and_said()
    {
        string path = Record(f => new VcdTrace(f), "x.vcd", limit: 1 << 26);
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
        string path = Record(f => new TextTrace(f), "x.txt", limit: 10_000);
        for (int i = 0; i < 5000; i++)
            _ = _master.ReadWord(0x48, 0);
        _lm75.Temperature.Value = 1;
        _board.Dispose();
        string second = TraceFile.Second(path);
        Assert.EndsWith("x.1.txt", second, StringComparison.Ordinal);
        Assert.InRange(new FileInfo(path).Length, 1, 10_200);
        Assert.InRange(new FileInfo(second).Length, 1, 10_200);
        Assert.All([path, second], p => Assert.StartsWith("# board", File.ReadLines(p).First(), StringComparison.Ordinal));
        Assert.Single([path, second], p => File.ReadLines(p).Last().Contains("set lm75@48 temperature 1", StringComparison.Ordinal));
    }

    [Fact]
    public void Each_file_of_waves_can_be_read_alone()
    {
        string path = Record(f => new VcdTrace(f), "x.vcd", limit: 20_000);
        for (int i = 0; i < 100; i++)
        {
            _ = _master.ReadWord(0x48, 0);
            _time.PassMilliseconds(10);
        }

        _board.Dispose();
        foreach (string each in new[] { path, TraceFile.Second(path) })
            Assert.NotEmpty(VcdFile.Decode(VcdFile.Changes(each), "i2c0_scl", "i2c0_sda"));
    }

    private string Record(Func<TraceFile, ITrace> make, string name, long limit = 1 << 20)
    {
        string path = Path.Combine(_folder.FullName, name);
        Assert.Equal(Errno.Success, TraceFile.Create(path, limit, out TraceFile? file));
        _board.Recorder = new BoardRecorder(_board, [make(file!)]);
        return path;
    }
}
