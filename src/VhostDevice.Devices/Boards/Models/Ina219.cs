// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.I2c;

namespace VhostDevice.Devices.Boards.Models;

/// <summary>
/// INA219: voltage across a shunt and of a bus, and what follows from them by the calibration register. A conversion
/// takes no time here.
/// </summary>
public sealed class Ina219 : WordRegisters
{
    private const int ConfigurationRegister = 0;
    private const int ShuntRegister = 1;
    private const int BusRegister = 2;
    private const int PowerRegister = 3;
    private const int CurrentRegister = 4;
    private const int CalibrationRegister = 5;

    private const ushort DefaultConfiguration = 0x399f;
    private const ushort Reset = 0x8000;
    private const ushort Range32V = 0x2000;
    private const ushort ConversionReady = 0x0002;
    private const ushort Overflow = 0x0001;

    private const double ShuntStep = 10e-6; // V
    private const double BusStep = 4e-3; // V

    private readonly NumberParameter _voltage;
    private readonly NumberParameter _current;
    private readonly NumberParameter _shunt;
    private ushort _configuration = DefaultConfiguration;
    private ushort _calibration;
    private short _shuntSteps;
    private int _busSteps;

    public Ina219(Board board, string? name = null, int address = 0x40)
        : base(board, "ina219", name, address)
    {
        _voltage = Parameter(new NumberParameter("voltage", "V", 0, 32, 5, Convert));
        _current = Parameter(new NumberParameter("current", "A", -1000, 1000, 0.5, Convert));
        // What Linux takes it for unless it is told.
        _shunt = Parameter(new NumberParameter("shunt", "Ω", 1e-6, 1000, 0.01, Convert));
        Convert();
    }

    /// <summary>Of the bus, in volts.</summary>
    public NumberParameter Voltage => _voltage;

    /// <summary>Through the shunt, in amperes.</summary>
    public NumberParameter Current => _current;

    /// <summary>The shunt's resistance, in ohms.</summary>
    public NumberParameter Shunt => _shunt;

    protected override ushort ReadRegister(int register) => (register & 7) switch
    {
        ConfigurationRegister => _configuration,
        ShuntRegister => (ushort)_shuntSteps,
        BusRegister =>
            (ushort)(
                (_busSteps << 3) | (
                    Converts(bus: true) || Converts(bus: false)
                        ? ConversionReady
                        : 0) | (IsOutOfRange()
                        ? Overflow
                        : 0)),
        PowerRegister => (ushort)Math.Min(PowerSteps(), ushort.MaxValue),
        CurrentRegister => (ushort)(short)Math.Clamp(CurrentSteps(), short.MinValue, short.MaxValue),
        CalibrationRegister => _calibration,
        _ => 0,
    };

    protected override void WriteRegister(int register, ushort value)
    {
        switch (register & 7)
        {
            case ConfigurationRegister when (value & Reset) != 0:
                _configuration = DefaultConfiguration;
                _calibration = 0;
                break;
            case ConfigurationRegister:
                _configuration = (ushort)(value & ~0x4000);
                break;
            case CalibrationRegister:
                _calibration = (ushort)(value & 0xfffe); // bit 0 does not exist
                return;
            default:
                return; // results
        }

        Convert();
    }

    // Modes 1 to 3 convert once, 5 to 7 go on; bit 0 is the shunt, bit 1 the bus. 0 and 4: off.
    private bool Converts(bool bus) => (_configuration & (bus ? 2 : 1)) != 0;

    private long CurrentSteps() => (long)_shuntSteps * _calibration / 4096;

    private long PowerSteps() => Math.Abs(CurrentSteps()) * _busSteps / 5000;

    private bool IsOutOfRange() => CurrentSteps() is < short.MinValue or > short.MaxValue || PowerSteps() > ushort.MaxValue;

    private void Convert()
    {
        if (Converts(bus: false))
        {
            // The gain sets the range: 40 mV, and twice as much with each step.
            int most = 4000 << ((_configuration >> 11) & 3);
            double steps = Math.Round(_current.Now * _shunt.Now / ShuntStep);
            _shuntSteps = (short)Math.Clamp(steps, -most, most);
        }

        if (Converts(bus: true))
        {
            double range = (_configuration & Range32V) != 0 ? 32 : 16;
            _busSteps = (int)Math.Round(Math.Min(_voltage.Now, range) / BusStep);
        }
    }
}
