// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Security.Cryptography;
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.Gpio;
using VhostDevice.Devices.Boards.I2c;
using VhostDevice.Devices.Boards.Models;
using VhostDevice.Devices.Boards.Recording;
using VhostDevice.Devices.Boards.Wiring;
using VhostDevice.Linux;
using Xunit;

namespace VhostDevice.Devices.Tests.Boards;

/// <summary>Recordings do not change from one version to the next, not by one byte: other programs read them.</summary>
public sealed class RecordedBytesTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();
    private readonly Board _board;
    private readonly Master _first;
    private readonly Master _second;
    private readonly Lm75 _lm75;
    private readonly Button _button;

    public RecordedBytesTests()
    {
        _board = new Board("test", _time);
        SimulatedI2cBus first = new(_board, "i2c0"), second = new(_board, "i2c1");
        first.Attach(_lm75 = new Lm75(_board, "temp0"));
        first.Attach(new Pcf8574(_board, "expander"));
        second.Attach(new Eeprom(_board, EepromKind.All[1]));
        SimulatedGpioChip chip = new(_board, "gpio0", ["key", "led"]);
        _button = new Button(_board, "button0");
        Led led = new(_board, "led0");
        _board.Nets.Connect(chip.PinOf(0), _button.Pin);
        _board.Nets.Connect(_board.FindPin("expander.p0")!, led.Pin);
        (_first, _second) = (new Master(first), new Master(second));
    }

    public void Dispose()
    {
        _board.Dispose();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("txt")]
    [InlineData("vcd")]
    public void A_short_one(string suffix)
    {
        string path = Record(suffix, 1 << 20);
        Act();
        _board.Dispose();
        Assert.Equal(
            File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Boards", "recorded", "short." + suffix)),
            File.ReadAllLines(path));
    }

    [Theory]
    [InlineData("txt", "1d8192eb024f0891", "51e3149a8ab9cc2f")]
    [InlineData("vcd", "e841226500eb30fe", "8cf36ca0f4a4e074")]
    public void A_long_one_that_fills_its_files_more_than_once(string suffix, string first, string second)
    {
        string path = Record(suffix, 300_000);
        for (int i = 0; i < 2000; i++)
        {
            Act();
            // Now and then more than the waves can follow.
            _time.PassMilliseconds(i % 100 == 0 ? 30_000 : 0.5);
        }

        _board.Dispose();
        Assert.Equal((first, second), (Digest(path), Digest(TraceFile.Second(path))));
    }

    private static string Digest(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)))[..16];

    // Both buses, every kind of end, wires that a transfer changes, and a pulse too short to be seen.
    private void Act()
    {
        _time.PassMilliseconds(1.25);
        _first.Write(0x48, 1, 0x02);
        _ = _first.ReadWord(0x48, 0);
        _ = _first.TryWrite(0x33);
        _time.PassMilliseconds(0.5);
        _second.Write(0x50, 4, 1, 2, 3);
        _ = _second.TryWrite(0x50, 4);
        _first.Write(0x20, 0xfe);
        _lm75.Temperature.Value = 42.5;
        _button.Press();
        _button.Release();
        _time.PassMilliseconds(6);
        Assert.Equal([1, 2], _second.WriteRead(0x50, [4], 2));
        _first.Write(0x20, 0xff);
        _lm75.Temperature.Value = 21;
    }

    private string Record(string suffix, long limit)
    {
        string path = Path.Combine(_folder.FullName, "x." + suffix);
        Assert.Equal(Errno.Success, TraceFile.Create(path, limit, out TraceFile? file));
        _board.Recorder = new BoardRecorder(_board, [suffix == "vcd" ? new VcdTrace(file!) : new TextTrace(file!)]);
        return path;
    }
}
