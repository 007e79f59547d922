// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.I2c;
using VhostDevice.Devices.Boards.Wiring;

namespace VhostDevice.Devices.Boards.Models;

/// <summary>
/// LM75: temperature in steps of half a degree, and an output for when it is too high. A temperature that is set counts
/// as converted at once, and the fault queue as filled.
/// </summary>
public sealed class Lm75 : WordRegisters
{
    private const int TemperatureRegister = 0;
    private const int ConfigurationRegister = 1;
    private const int HysteresisRegister = 2;
    private const int OverTemperatureRegister = 3;

    private const byte ShutDown = 0x01;

    private readonly NumberParameter _temperature;
    private readonly TemperatureAlarm _alarm;
    private byte _configuration;
    private short _converted;
    private short _hysteresis = HalfDegrees(75);
    private short _limit = HalfDegrees(80);

    /// <param name="address">0x48 to 0x4f on the real one.</param>
    public Lm75(Board board, string? name = null, int address = 0x48)
        : base(board, "lm75", name, address)
    {
        _temperature = Parameter(new NumberParameter("temperature", "°C", -55, 125, 25, Convert));
        _alarm = new TemperatureAlarm(Parameter(new SwitchParameter("alarm", false, readOnly: true)), AddPin("os"));
        Convert();
    }

    /// <summary>In °C.</summary>
    public NumberParameter Temperature => _temperature;

    /// <summary>O.S., open drain: needs a pull-up where it is wired to.</summary>
    public Pin Alarm => _alarm.Pin;

    protected override bool IsByte(int register) => (register & 3) == ConfigurationRegister;

    protected override ushort ReadRegister(int register)
    {
        _alarm.OnRead();
        return (register & 3) switch
        {
            TemperatureRegister => (ushort)_converted,
            ConfigurationRegister => (ushort)(_configuration << 8),
            HysteresisRegister => (ushort)_hysteresis,
            _ => (ushort)_limit,
        };
    }

    protected override void WriteRegister(int register, ushort value)
    {
        const ushort nineBits = 0xff80;
        switch (register & 3)
        {
            case ConfigurationRegister:
                _configuration = (byte)((value >> 8) & 0x1f);
                _alarm.Configure(interrupt: (_configuration & 0x02) != 0, activeHigh: (_configuration & 0x04) != 0);
                break;
            case HysteresisRegister:
                _hysteresis = (short)(value & nineBits);
                break;
            case OverTemperatureRegister:
                _limit = (short)(value & nineBits);
                break;
            default:
                return; // the temperature is the chip's own
        }

        Convert();
    }

    private static short HalfDegrees(double celsius) => (short)((int)Math.Floor(celsius * 2) << 7);

    private void Convert()
    {
        if ((_configuration & ShutDown) != 0)
            return;
        _converted = HalfDegrees(_temperature.Now);
        _alarm.Compare(_converted, _hysteresis, _limit);
    }
}
