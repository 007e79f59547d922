// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Devices.Boards.Registers;
using VhostDevice.Devices.Boards.Spi;
using VhostDevice.Devices.Boards.Wiring;

namespace VhostDevice.Devices.Boards.Models;

/// <summary>
/// MCP23S08: eight more lines, each an input or an output, and an interrupt when inputs change. A message is an opcode with
/// the chip's address, a register, and data for that one and those behind it. All chips of a chip select would hear the same;
/// here it is one, with the address 0.
/// </summary>
public sealed class Mcp23s08 : SpiPart, IByteRegisters
{
    private const int Lines = 8;
    private const byte WriteOpcode = 0x40;
    private const byte ReadOpcode = 0x41;

    private const int Direction = 0;
    private const int Polarity = 1;
    private const int InterruptEnable = 2;
    private const int DefaultValue = 3;
    private const int InterruptControl = 4;
    private const int Configuration = 5;
    private const int PullUps = 6;
    private const int InterruptFlags = 7;
    private const int InterruptCapture = 8;
    private const int Port = 9;
    private const int Latch = 10;
    private const int Registers = 11;

    // Of the configuration: the pointer stays; INT is open drain; it is active high.
    private const byte Stays = 0x20;
    private const byte OpenDrain = 0x04;
    private const byte ActiveHigh = 0x02;
    private const byte Configurable = 0x3e;

    private readonly byte[] _registers = new byte[Registers];
    private readonly ByteRegisterFile _file;
    private readonly Pin[] _ports = new Pin[Lines];
    private readonly Pin _interrupt;
    private byte _compared; // the levels to which a change is one
    private int _head; // bytes of opcode and register that came
    private byte _opcode;
    private bool _hasData;

    public Mcp23s08(Board board, string? name = null, int chipSelect = 0)
        : base(board, "mcp23s08", name, chipSelect)
    {
        _file = new ByteRegisterFile(this);
        _registers[Direction] = 0xff;
        _interrupt = AddPin("int");
        for (int i = 0; i < Lines; i++)
            _ports[i] = AddPin(string.Create(CultureInfo.InvariantCulture, $"p{i}"), PinDrive.Floating, OnLevel);
        _compared = Levels();
        Signal();
        Parameter(new TextParameter("port", "", () => "0x" + Levels().ToString("x2", CultureInfo.InvariantCulture)));
    }

    /// <summary>GP0 to GP7.</summary>
    public IReadOnlyList<Pin> Ports => _ports;

    /// <summary>INT, active low unless the guest makes it something else.</summary>
    public Pin Interrupt => _interrupt;

    protected override bool IsOver => _hasData || (_head > 0 && !IsForUs);

    private bool IsForUs => _opcode is WriteOpcode or ReadOpcode;

    byte IByteRegisters.ReadRegister(int register)
    {
        byte value = Value(register);
        if (register is Port or InterruptCapture)
            Acknowledge();
        return value;
    }

    void IByteRegisters.WriteRegister(int register, byte value)
    {
        switch (register)
        {
            case InterruptFlags or InterruptCapture:
            case >= Registers:
                return; // read only, or none
            case Port:
                register = Latch;
                break;
            case Configuration:
                value &= Configurable;
                break;
            default:
                break;
        }

        _registers[register] = value;
        for (int i = 0; i < Lines; i++)
            _ports[i].Drive = DriveOf(i);
        Compare();
        Signal();
    }

    int IByteRegisters.Next(int register) => (_registers[Configuration] & Stays) != 0 ? register : (register + 1) % Registers;

    protected override void Select()
    {
        _head = 0;
        _hasData = false;
    }

    protected override byte Exchange(byte sent)
    {
        if (_head == 0)
        {
            _opcode = sent;
            _head = 1;
            _file.Begin(pointerComes: true);
            return 0xff;
        }

        if (!IsForUs)
            return 0xff;
        if (_head == 1)
        {
            _head = 2;
            _file.Write(sent);
            return 0xff;
        }

        _hasData = true;
        if (_opcode == ReadOpcode)
            return _file.Read();
        _file.Write(sent);
        return 0xff;
    }

    private PinDrive DriveOf(int line)
    {
        if ((_registers[Direction] >> line & 1) == 0)
            return (_registers[Latch] >> line & 1) != 0 ? PinDrive.High : PinDrive.Low;
        return (_registers[PullUps] >> line & 1) != 0 ? PinDrive.PullUp : PinDrive.Floating;
    }

    private byte Value(int register) => register switch
    {
        Port => (byte)(Levels() ^ (_registers[Polarity] & _registers[Direction])),
        < Registers => _registers[register],
        _ => 0,
    };

    private byte Levels()
    {
        int levels = 0;
        for (int i = 0; i < Lines; i++)
            levels |= (_ports[i].Level ? 1 : 0) << i;
        return (byte)levels;
    }

    private void OnLevel(bool high)
    {
        // While the lines are made.
        if (_ports[^1] is null)
            return;
        Compare();
        Signal();
    }

    // An input that changed, or is not what it should be, asks for attention, once until somebody has looked.
    private void Compare()
    {
        byte levels = Levels();
        int changed = (levels ^ _compared) & ~_registers[InterruptControl];
        int wrong = (levels ^ _registers[DefaultValue]) & _registers[InterruptControl];
        int asks = (changed | wrong) & _registers[InterruptEnable] & _registers[Direction];
        if (_registers[InterruptFlags] == 0)
        {
            // What nobody is told of is no change later.
            _compared = levels;
            if (asks != 0)
                _registers[InterruptCapture] = Value(Port);
        }

        _registers[InterruptFlags] |= (byte)asks;
    }

    private void Acknowledge()
    {
        _registers[InterruptFlags] = 0;
        // What is still wrong asks again.
        Compare();
        Signal();
    }

    private void Signal()
    {
        bool asks = _registers[InterruptFlags] != 0;
        byte configuration = _registers[Configuration];
        _interrupt.Drive = (configuration & OpenDrain) != 0 ? (asks ? PinDrive.Low : PinDrive.Floating)
            : asks == ((configuration & ActiveHigh) != 0) ? PinDrive.High
            : PinDrive.Low;
    }
}
