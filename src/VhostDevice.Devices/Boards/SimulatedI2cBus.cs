// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Peripherals;
using VhostDevice.Devices.Boards.Recording;
using VhostDevice.Devices.I2c;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Boards;

/// <summary>An I²C bus of a board. It knows 7-bit addresses, and is as quick as the processor.</summary>
public sealed unsafe class SimulatedI2cBus : II2cBus
{
    /// <summary>Addresses below are reserved.</summary>
    public const int FirstAddress = 0x08;

    /// <summary>Addresses above are reserved.</summary>
    public const int LastAddress = 0x77;

    private readonly Board _board;
    private readonly int _index;
    private readonly II2cPeripheral?[] _byAddress = new II2cPeripheral?[LastAddress + 1];
    private readonly II2cPeripheral[] _started = new II2cPeripheral[LastAddress + 1];
    private int _startedCount;

    /// <exception cref="BoardException">The board has a bus of that name.</exception>
    public SimulatedI2cBus(Board board, string name)
    {
        if (board.Buses.Any(b => b.Name == name))
            throw new BoardException($"the board has a bus '{name}' already");
        _board = board;
        Name = name;
        _index = board.Add(this);
    }

    public string Name { get; }

    public bool MayBlock => false;

    /// <summary>Puts a chip on the bus, before guests come.</summary>
    /// <exception cref="BoardException">One of its addresses is taken, or none that a chip may have.</exception>
    public void Attach(II2cPeripheral peripheral)
    {
        foreach (ushort address in peripheral.Addresses)
        {
            if (address is < FirstAddress or > LastAddress)
                throw new BoardException($"no chip can have the address 0x{address:x2}: 0x{FirstAddress:x2} to 0x{LastAddress:x2}");
            if (_byAddress[address] is { } other)
                throw new BoardException($"bus {Name} has {(other as BoardPart)?.Name ?? "a chip"} at 0x{address:x2} already: give this one another address, or another bus");
        }

        foreach (ushort address in peripheral.Addresses)
            _byAddress[address] = peripheral;
    }

    public bool HasAddress(ushort address, bool tenBit) => !tenBit && At(address) is not null;

    public int Transfer(ReadOnlySpan<I2cMessage> messages, out Errno errno)
    {
        errno = Errno.Success;
        lock (_board.Gate)
        {
            BoardRecorder? recorder = _board.Recorder;
            recorder?.BeginTransfer(_index);
            int done = 0;
            while (done < messages.Length && errno.IsSuccess)
            {
                errno = Make(messages[done], recorder);
                if (errno.IsSuccess)
                    done++;
            }

            Stop();
            recorder?.EndTransfer();
            return done;
        }
    }

    /// <summary>Nothing: the board has it.</summary>
    public void Dispose()
    {
    }

    private II2cPeripheral? At(int address) => (uint)address < (uint)_byAddress.Length ? _byAddress[address] : null;

    // ENXIO: nobody answers; EIO: a byte was refused. As the kernel's drivers say it.
    private Errno Make(in I2cMessage message, BoardRecorder? recorder)
    {
        II2cPeripheral? peripheral = message.IsTenBit ? null : At(message.Address);
        bool answered = peripheral is not null && peripheral.Start(message.Address, message.IsRead);
        recorder?.Start(message.Address, message.IsRead, answered);
        if (!answered)
            return Errno.ENXIO;
        Remember(peripheral!);
        if (message.IsRead)
        {
            for (int i = 0; i < message.Length; i++)
            {
                byte value = peripheral!.Read();
                message.Buffer[i] = value;
                // The master refuses the last byte, to end the reading.
                recorder?.Byte(value, i + 1 < message.Length);
            }

            return Errno.Success;
        }

        for (int i = 0; i < message.Length; i++)
        {
            byte value = message.Buffer[i];
            bool taken = peripheral!.Write(value);
            recorder?.Byte(value, taken);
            if (!taken)
                return Errno.EIO;
        }

        return Errno.Success;
    }

    private void Remember(II2cPeripheral peripheral)
    {
        for (int i = 0; i < _startedCount; i++)
        {
            if (_started[i] == peripheral)
                return;
        }

        _started[_startedCount++] = peripheral;
    }

    private void Stop()
    {
        for (int i = 0; i < _startedCount; i++)
            _started[i].Stop();
        _startedCount = 0;
    }
}
