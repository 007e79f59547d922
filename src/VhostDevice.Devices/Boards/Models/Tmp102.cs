// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.I2c;
using VhostDevice.Devices.Boards.Wiring;

namespace VhostDevice.Devices.Boards.Models;

/// <summary>
/// TMP102: temperature in sixteenths of a degree, with an alert output. A temperature that is set counts as converted at
/// once, and the fault queue as filled.
/// </summary>
public sealed class Tmp102 : WordRegisters
{
    private const int TemperatureRegister = 0;
    private const int ConfigurationRegister = 1;
    private const int LowRegister = 2;

    private const ushort OneShot = 0x8000;
    private const ushort Resolution = 0x6000; // read only: 12 bits
    private const ushort ActiveHigh = 0x0400;
    private const ushort Interrupt = 0x0200;
    private const ushort ShutDown = 0x0100;
    private const ushort Alert = 0x0020;
    private const ushort Extended = 0x0010;
    private const ushort Unused = 0x000f;

    private readonly NumberParameter _temperature;
    private readonly TemperatureAlarm _alarm;
    private ushort _configuration = 0x6080;
    private double _converted;
    private ushort _low;
    private ushort _high;

    /// <param name="address">0x48 to 0x4b on the real one.</param>
    public Tmp102(Board board, string? name = null, int address = 0x48)
        : base(board, "tmp102", name, address)
    {
        _temperature = Parameter(new NumberParameter("temperature", "°C", -55, 150, 25, Convert));
        _alarm = new TemperatureAlarm(Parameter(new SwitchParameter("alarm", false, readOnly: true)), AddPin("alert"));
        _low = Sixteenths(75);
        _high = Sixteenths(80);
        Convert();
    }

    /// <summary>In °C. Above 128 only in the extended mode.</summary>
    public NumberParameter Temperature => _temperature;

    /// <summary>ALERT, open drain: needs a pull-up where it is wired to.</summary>
    public Pin AlertPin => _alarm.Pin;

    private bool IsExtended => (_configuration & Extended) != 0;

    protected override ushort ReadRegister(int register)
    {
        _alarm.OnRead();
        return (register & 3) switch
        {
            // Bit 0 tells how many bits the rest has.
            TemperatureRegister => (ushort)(Sixteenths(_converted) | (IsExtended ? 1 : 0)),
            // The bit has the polarity of the pin.
            ConfigurationRegister => (ushort)(_configuration | (_alarm.IsHot == ((_configuration & ActiveHigh) != 0) ? Alert : 0)),
            LowRegister => _low,
            _ => _high,
        };
    }

    protected override void WriteRegister(int register, ushort value)
    {
        bool once = false;
        switch (register & 3)
        {
            case ConfigurationRegister:
                once = (value & OneShot) != 0 && (value & ShutDown) != 0;
                // In shutdown the bit reads 1 when the one conversion is over, which here is at once.
                int ready = (value & ShutDown) != 0 ? OneShot : 0;
                _configuration = (ushort)(value & ~(OneShot | Alert | Unused) | Resolution | ready);
                _alarm.Configure((value & Interrupt) != 0, (value & ActiveHigh) != 0);
                break;
            case LowRegister:
                _low = value;
                break;
            case TemperatureRegister:
                return; // the chip's own
            default:
                _high = value;
                break;
        }

        Convert(once);
    }

    private ushort Sixteenths(double celsius)
    {
        int shift = IsExtended ? 3 : 4;
        int most = IsExtended ? 0xfff : 0x7ff;
        return (ushort)(Math.Min((int)Math.Floor(celsius * 16), most) << shift);
    }

    private void Convert() => Convert(once: false);

    private void Convert(bool once)
    {
        if ((_configuration & ShutDown) != 0 && !once)
            return;
        _converted = _temperature.Now;
        _alarm.Compare((short)Sixteenths(_converted), (short)_low, (short)_high);
    }
}
