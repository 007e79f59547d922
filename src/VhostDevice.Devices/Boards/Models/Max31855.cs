// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Spi;

namespace VhostDevice.Devices.Boards.Models;

/// <summary>
/// MAX31855: a thermocouple's temperature in steps of a quarter of a degree, its own in sixteenths, and what is wrong with the
/// thermocouple, in 32 bits that can only be read. A conversion takes no time.
/// </summary>
public sealed class Max31855 : SpiPart
{
    private const int FrameBytes = 4;
    private const uint Fault = 1 << 16;

    private static readonly string[] s_faults = ["none", "open", "ground", "supply"];

    private readonly NumberParameter _temperature;
    private readonly NumberParameter _internal;
    private readonly TextParameter _fault;
    private int _faultIndex;
    private uint _frame;
    private int _bytes;

    public Max31855(Board board, string? name = null, int chipSelect = 0)
        : base(board, "max31855", name, chipSelect)
    {
        _temperature = Parameter(new NumberParameter("temperature", "°C", -270, 1800, 25));
        _internal = Parameter(new NumberParameter("internal", "°C", -55, 125, 25));
        _fault = Parameter(new TextParameter("fault", "", () => s_faults[_faultIndex], "none, open, ground or supply", TrySetFault));
    }

    /// <summary>Of the thermocouple, in °C.</summary>
    public NumberParameter Temperature => _temperature;

    /// <summary>Of the chip, in °C.</summary>
    public NumberParameter Internal => _internal;

    /// <summary>Whether the thermocouple is open, or connected to ground or to the supply.</summary>
    public TextParameter ThermocoupleFault => _fault;

    protected override bool IsOver => _bytes >= FrameBytes;

    protected override void Select()
    {
        _bytes = 0;
        uint thermocouple = (uint)(int)Math.Floor(_temperature.Now * 4) & 0x3fff;
        uint own = (uint)(int)Math.Floor(_internal.Now * 16) & 0xfff;
        // Open, ground and supply are bits 0, 1 and 2.
        _frame = thermocouple << 18 | own << 4 | (_faultIndex == 0 ? 0 : Fault | 1u << (_faultIndex - 1));
    }

    protected override byte Exchange(byte sent)
    {
        byte value = (byte)(_frame >> 24);
        _frame <<= 8;
        if (_bytes < FrameBytes)
            _bytes++;
        return value;
    }

    private bool TrySetFault(string text)
    {
        int index = Array.IndexOf(s_faults, text);
        if (index < 0)
            return false;
        _faultIndex = index;
        return true;
    }
}
