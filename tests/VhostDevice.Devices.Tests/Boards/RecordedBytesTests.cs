// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Security.Cryptography;
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.Gpio;
using VhostDevice.Devices.Boards.I2c;
using VhostDevice.Devices.Boards.Models;
using VhostDevice.Devices.Boards.Recording;
using VhostDevice.Devices.Boards.Wiring;
using Xunit;

namespace VhostDevice.Devices.Tests.Boards;

/// <summary>Recordings do not change without intent, not by one byte: other programs read them.</summary>
public sealed class RecordedBytesTests : IDisposable
{
    private readonly RecordedBoard _recorded = new();
    private readonly ManualTime _time;
    private readonly Master _first;
    private readonly Master _second;
    private readonly Lm75 _lm75;
    private readonly Button _button;

    public RecordedBytesTests()
    {
        _time = _recorded.Time;
        Board board = _recorded.Board;
        SimulatedI2cBus first = new(board, "i2c0"), second = new(board, "i2c1");
        first.Attach(_lm75 = new Lm75(board, "temp0"));
        first.Attach(new Pcf8574(board, "expander"));
        second.Attach(new Eeprom(board, EepromKind.All[1]));
        SimulatedGpioChip chip = new(board, "gpio0", ["key", "led"]);
        _button = new Button(board, "button0");
        Led led = new(board, "led0");
        board.Nets.Connect(chip.PinOf(0), _button.Pin);
        board.Nets.Connect(board.FindPin("expander.p0")!, led.Pin);
        (_first, _second) = (new Master(first), new Master(second));
    }

    public void Dispose() => _recorded.Dispose();

    [Theory]
    [InlineData("txt")]
    [InlineData("vcd")]
    public void A_short_one(string suffix)
    {
        string path = _recorded.Record("x." + suffix);
        Act();
        Assert.Equal(
            File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Boards", "recorded", "short." + suffix)),
            _recorded.LinesOf(path));
    }

    [Theory]
    [InlineData("txt", "ac654e7eb04de351", "f70201fa8cb3b89b")]
    [InlineData("vcd", "e841226500eb30fe", "e23b2f466d5dddbc")]
    public void A_long_one_that_fills_its_files_more_than_once(string suffix, string first, string second)
    {
        string path = _recorded.Record("x." + suffix, 300_000);
        for (int i = 0; i < 2000; i++)
        {
            Act();
            // Now and then more than the waves can follow.
            _time.PassMilliseconds(i % 100 == 0 ? 30_000 : 0.5);
        }

        _recorded.Board.Dispose();
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
}
