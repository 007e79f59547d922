// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Devices.Boards.Spi;

namespace VhostDevice.Devices.Boards.Models;

/// <summary>
/// MCP3004 to MCP3208: an analog-to-digital converter. After its chip select falls it waits for a start bit, takes four bits
/// that name the input, samples for a clock, says a zero, then the result from its highest bit on, and back again.
/// </summary>
public sealed class Mcp3x : SpiPart
{
    // Clocks after the start bit: single-ended or not, and three of the input.
    private const int CommandBits = 4;

    // And those of sampling and the zero.
    private const int FirstResultBit = CommandBits + 2;

    private const double LowestReference = 0.25;
    private const double HighestReference = 5.5;

    private readonly Mcp3xKind _kind;
    private readonly NumberParameter _reference;
    private readonly NumberParameter[] _inputs;
    private int _clock; // since the start bit; 0: it has not come
    private int _command;
    private int _result;

    public Mcp3x(Board board, Mcp3xKind kind, string? name = null, int chipSelect = 0)
        : base(board, kind.Name, name, chipSelect)
    {
        _kind = kind;
        _reference = Parameter(new NumberParameter("reference", "V", LowestReference, HighestReference, 3.3));
        _inputs = [.. Enumerable.Range(0, kind.Inputs).Select(i =>
            Parameter(new NumberParameter(string.Create(CultureInfo.InvariantCulture, $"ch{i}"), "V", 0, HighestReference, 0)))];
    }

    /// <summary>VREF: the lowest voltage that is too high.</summary>
    public NumberParameter Reference => _reference;

    /// <summary>The voltages at CH0 and so on.</summary>
    public IReadOnlyList<NumberParameter> Inputs => _inputs;

    protected override bool IsOver => _clock >= FirstResultBit + _kind.Bits;

    protected override void Select() => _clock = _command = 0;

    protected override byte Exchange(byte sent)
    {
        int received = 0;
        for (int bit = 7; bit >= 0; bit--)
            received |= Clock((sent >> bit) & 1) << bit;
        return (byte)received;
    }

    private int Clock(int input)
    {
        // What it does not drive is high.
        if (_clock == 0)
        {
            _clock = input;
            return 1;
        }

        int at = _clock;
        if (_clock < int.MaxValue)
            _clock++;
        if (at <= CommandBits)
        {
            _command = (_command << 1) | input;
            if (at == CommandBits)
                Convert();
            return 1;
        }

        int bit = at - 1 - FirstResultBit;
        if (bit < 0)
            return bit == -1 ? 0 : 1;
        // Down to the lowest one, which is not repeated on the way back; then zeros.
        int place = bit < _kind.Bits ? _kind.Bits - 1 - bit : bit - _kind.Bits + 1;
        return place < _kind.Bits ? (_result >> place) & 1 : 0;
    }

    private void Convert()
    {
        int input = _command & (_kind.Inputs - 1);
        double volts = _inputs[input].Now;
        // Of a pair the lowest bit names the positive end.
        if ((_command & 8) == 0)
            volts -= _inputs[input ^ 1].Now;
        int full = 1 << _kind.Bits;
        _result = Math.Clamp((int)(volts / _reference.Now * full), 0, full - 1);
    }
}
