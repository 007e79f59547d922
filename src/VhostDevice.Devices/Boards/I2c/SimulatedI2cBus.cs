// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.I2c;
using VhostDevice.Hosting;
using VhostDevice.Linux;
using VhostDevice.Virtio.Devices;

namespace VhostDevice.Devices.Boards.I2c;

/// <summary>An I²C bus of a board. It knows 7-bit addresses, and is as quick as the processor.</summary>
public sealed unsafe class SimulatedI2cBus : BoardPort, II2cBus
{
    /// <summary>Addresses below are reserved.</summary>
    public const int FirstAddress = 0x08;

    /// <summary>Addresses above are reserved.</summary>
    public const int LastAddress = 0x77;

    private readonly I2cTrace _trace;
    private readonly II2cPeripheral?[] _byAddress = new II2cPeripheral?[LastAddress + 1];
    private readonly II2cPeripheral[] _started = new II2cPeripheral[LastAddress + 1];
    private int _startedCount;

    /// <inheritdoc cref="BoardPort(Board, string)"/>
    public SimulatedI2cBus(Board board, string name)
        : base(board, name) => _trace = new I2cTrace(board, name);

    public bool MayBlock => false;

    /// <summary>All I2C buses of a board, as one adapter for guests.</summary>
    /// <exception cref="StartupException">They cannot be one, or there is none.</exception>
    public static I2cBusSet AsOneAdapter(Board board)
    {
        IReadOnlyList<SimulatedI2cBus> buses = board.PortsOf<SimulatedI2cBus>();
        if (buses.Count == 0)
            throw new StartupException($"the board {board.Name} has no I2C bus: give its file an 'i2c:' list", isUsage: true);
        try
        {
            return new I2cBusSet(buses);
        }
        catch (ArgumentException)
        {
            throw new StartupException(
                $"buses of the board {board.Name} share an address, so a guest cannot have them as one adapter: use "
                    + $"'vhost-device board serve', which gives each a socket",
                isUsage: true);
        }
    }

    /// <summary>Puts a chip on the bus, before guests come.</summary>
    /// <exception cref="BoardException">One of its addresses is taken, or none that a chip may have.</exception>
    public void Attach(II2cPeripheral peripheral)
    {
        foreach (ushort address in peripheral.Addresses)
        {
            if (address is < FirstAddress or > LastAddress)
                throw new BoardException($"no chip can have the address 0x{address:x2}: 0x{FirstAddress:x2} to 0x{LastAddress:x2}");
            if (_byAddress[address] is { } other)
                throw new BoardException(
                    $"bus {Name} has {(other as BoardPart)?.Name ?? "a chip"} at 0x{address:x2} already: give this "
                        + $"one another address, or another bus");
        }

        foreach (ushort address in peripheral.Addresses)
            _byAddress[address] = peripheral;
    }

    public bool HasAddress(ushort address, bool tenBit) => !tenBit && At(address) is not null;

    public int Transfer(ReadOnlySpan<I2cMessage> messages, out Errno errno)
    {
        errno = Errno.Success;
        lock (Board.Gate)
        {
            I2cTrace? trace = _trace.IsRecording ? _trace : null;
            trace?.BeginTransfer();
            int done = 0;
            while (done < messages.Length && errno.IsSuccess)
            {
                errno = Make(messages[done], trace);
                if (errno.IsSuccess)
                    done++;
            }

            Stop();
            trace?.EndTransfer();
            return done;
        }
    }

    /// <summary>Serves it as an adapter that has no other bus.</summary>
    public override Func<VirtioDevice> Serve(PortSocket socket)
    {
        I2cBusSet set = new([this]);
        I2cStatistics statistics = new(set);
        socket.Meter?.Add(socket.Name, I2cCounterTable.Of(statistics));
        return () => new I2cDevice(set, statistics, socket.Log);
    }

    /// <summary>Nothing: the board has it.</summary>
    public void Dispose()
    {
    }

    private II2cPeripheral? At(int address) => (uint)address < (uint)_byAddress.Length ? _byAddress[address] : null;

    // ENXIO: nobody answers; EIO: a byte was refused. As the kernel's drivers say it.
    private Errno Make(in I2cMessage message, I2cTrace? trace)
    {
        II2cPeripheral? peripheral = message.IsTenBit ? null : At(message.Address);
        bool answered = peripheral is not null && peripheral.Start(message.Address, message.IsRead);
        trace?.AddStart(message.Address, message.IsRead, answered);
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
                trace?.AddByte(value, i + 1 < message.Length);
            }

            return Errno.Success;
        }

        for (int i = 0; i < message.Length; i++)
        {
            byte value = message.Buffer[i];
            bool taken = peripheral!.Write(value);
            trace?.AddByte(value, taken);
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
