// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Devices.Boards.Spi;

namespace VhostDevice.Devices.Boards.Models;

/// <summary>
/// MCP4922: a digital-to-analog converter of 12 bits with two outputs. A word of 16 bits says which output and how high; it
/// counts when the chip select rises. LDAC is low: an output follows at once.
/// </summary>
public sealed class Mcp4922 : SpiPart
{
    private const int WordBytes = 2;
    private const int SecondOutput = 0x8000;
    private const int SingleGain = 0x2000;
    private const int Active = 0x1000;
    private const int Steps = 4096;

    private readonly NumberParameter _reference;
    private readonly int[] _words = [0, 0];
    private readonly TextParameter[] _outputs;
    private int _word;
    private int _bytes;

    public Mcp4922(Board board, string? name = null, int chipSelect = 0)
        : base(board, "mcp4922", name, chipSelect)
    {
        _reference = Parameter(new NumberParameter("reference", "V", 0, 5.5, 3.3, Announce));
        _outputs = [Parameter(new TextParameter("a", "V", () => Text(0))), Parameter(new TextParameter("b", "V", () => Text(1)))];
    }

    /// <summary>VREF of both.</summary>
    public NumberParameter Reference => _reference;

    protected override bool IsOver => _bytes >= WordBytes;

    /// <summary>What an output has, in V; one that is shut down has none.</summary>
    /// <param name="output">0 for A, 1 for B.</param>
    public double Volts(int output)
    {
        lock (Board.Gate)
            return Now(output);
    }

    protected override void Select() => _word = _bytes = 0;

    protected override byte Exchange(byte sent)
    {
        // Clocks after the sixteenth do not count.
        if (_bytes < WordBytes)
        {
            _word = (_word << 8) | sent;
            _bytes++;
        }

        return 0xff; // it has no output of data
    }

    protected override void Deselect()
    {
        if (_bytes < WordBytes)
            return;
        int output = (_word & SecondOutput) != 0 ? 1 : 0;
        if (_words[output] == _word)
            return;
        _words[output] = _word;
        _outputs[output].Changed();
    }

    private double Now(int output)
    {
        int word = _words[output];
        if ((word & Active) == 0)
            return 0;
        double volts = _reference.Now * (word & (Steps - 1)) / Steps;
        return (word & SingleGain) != 0 ? volts : 2 * volts;
    }

    private string Text(int output) => Now(output).ToString("0.####", CultureInfo.InvariantCulture);

    private void Announce()
    {
        foreach (TextParameter output in _outputs)
            output.Changed();
    }
}
