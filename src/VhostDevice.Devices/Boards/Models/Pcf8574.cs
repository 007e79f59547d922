// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.I2c;
using VhostDevice.Devices.Boards.Wiring;

namespace VhostDevice.Devices.Boards.Models;

/// <summary>
/// PCF8574: eight more lines, and an interrupt when they change. A line that is written 1 is pulled up and so can be
/// read; one that is written 0 is low.
/// </summary>
public sealed class Pcf8574 : I2cPart
{
    private readonly Pin[] _ports = new Pin[8];
    private readonly Pin _interrupt;
    private byte _seen;

    /// <param name="address">0x20 to 0x27 on the real one.</param>
    public Pcf8574(Board board, string? name = null, int address = 0x20)
        : base(board, "pcf8574", name, address)
    {
        // Before the ports, whose levels it tells of.
        _interrupt = AddPin("int");
        for (int i = 0; i < _ports.Length; i++)
            _ports[i] = AddPin($"p{i}", PinDrive.PullUp, OnLevel);
        _seen = Levels();
        OnLevel(false);
        Parameter(new TextParameter("port", "", () => "0x" + Levels().ToString("x2", System.Globalization.CultureInfo.InvariantCulture)));
    }

    /// <summary>P0 to P7.</summary>
    public IReadOnlyList<Pin> Ports => _ports;

    /// <summary>INT, open drain, low when active: needs a pull-up where it is wired to.</summary>
    public Pin Interrupt => _interrupt;

    protected override bool Start(ushort address, bool read) => true;

    protected override bool Write(byte value)
    {
        for (int i = 0; i < _ports.Length; i++)
            _ports[i].Drive = (value >> i & 1) != 0 ? PinDrive.PullUp : PinDrive.Low;
        See();
        return true;
    }

    protected override byte Read()
    {
        See();
        return _seen;
    }

    private byte Levels()
    {
        int levels = 0;
        for (int i = 0; i < _ports.Length; i++)
            levels |= (_ports[i].Level ? 1 : 0) << i;
        return (byte)levels;
    }

    private void See()
    {
        _seen = Levels();
        _interrupt.Drive = PinDrive.Floating;
    }

    // A change that is taken back before anybody looked takes the interrupt back, too.
    private void OnLevel(bool high)
    {
        // While the ports are made.
        if (_ports[^1] is null)
            return;
        _interrupt.Drive = Levels() == _seen ? PinDrive.Floating : PinDrive.Low;
    }
}
