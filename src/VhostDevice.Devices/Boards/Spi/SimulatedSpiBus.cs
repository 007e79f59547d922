// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using VhostDevice.Devices.Spi;
using VhostDevice.Hosting;
using VhostDevice.Linux;
using VhostDevice.Virtio.Devices;

namespace VhostDevice.Devices.Boards.Spi;

/// <summary>
/// An SPI bus of a board, with a controller that has single lines and words of 8, 16 and 32 bits. It is as quick as the
/// processor: a transfer takes no time, and neither do its delays.
/// </summary>
public sealed class SimulatedSpiBus : BoardPort, ISpiController
{
    /// <summary>Most chips of a bus.</summary>
    public const int MaxChipSelects = 16;

    /// <summary>
    /// Nothing of a message that its chip and its driver leave open comes later than this. A guest whose host is busy is kept from
    /// going on for up to 100 ms (docs/devices/spi.md), and would lose what it has begun.
    /// </summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    // Drivers of flash chips read megabytes at once.
    private const int LongestTransfer = 4 << 20;

    private const uint WordSizes = 1u << 7 | 1u << 15 | 1u << 31;
    private const byte NobodyDrives = 0xff;
    private const int Nobody = -1;

    private readonly SpiSelectRule _rule;
    private readonly SpiTrace _trace;
    private readonly ISpiPeripheral?[] _chips = new ISpiPeripheral?[MaxChipSelects];
    private int _chipSelects = 1;
    private SpiAbilities? _abilities;
    private int _selected = Nobody;
    private ISpiPeripheral? _heard; // the chip there, if it understands how it is talked to
    private object? _guest; // whose message it is
    private SpiTransferMode _mode;
    private long _lastTransfer;

    /// <inheritdoc cref="BoardPort(Board, string)"/>
    public SimulatedSpiBus(Board board, string name, SpiSelectRule rule = SpiSelectRule.Auto)
        : base(board, name)
    {
        _rule = rule;
        _trace = new SpiTrace(board, name, () => _chipSelects);
    }

    public SpiAbilities Abilities => _abilities ??= new SpiAbilities
    {
        ChipSelects = _chipSelects,
        WordSizes = WordSizes,
        Functions = SpiFunctions.AllClocks | SpiFunctions.ChipSelectHigh | SpiFunctions.LeastBitFirst | SpiFunctions.Loop,
        MaxWordDelay = uint.MaxValue,
        MaxSetupDelay = uint.MaxValue,
        MaxHoldDelay = uint.MaxValue,
        MaxInactiveDelay = uint.MaxValue,
    };

    public int MaxLength => LongestTransfer;

    public HostCalls? Calls => null;

    /// <summary>The SPI bus of a board that has one.</summary>
    /// <exception cref="StartupException">It has none, or several.</exception>
    public static SimulatedSpiBus OnlyOne(Board board)
    {
        IReadOnlyList<SimulatedSpiBus> buses = board.PortsOf<SimulatedSpiBus>();
        return buses.Count switch
        {
            1 => buses[0],
            0 => throw new StartupException($"the board {board.Name} has no SPI bus: give its file an 'spi:' list", isUsage: true),
            _ => throw new StartupException(
                $"the board {board.Name} has several SPI buses, and a guest's controller is one: use 'vhost-device board serve', "
                + "which gives each a socket",
                isUsage: true),
        };
    }

    /// <summary>Puts a chip on the bus, before guests come.</summary>
    /// <exception cref="BoardException">The chip select is taken, or none of this bus.</exception>
    public void Attach(ISpiPeripheral peripheral, int chipSelect)
    {
        if (chipSelect is < 0 or >= MaxChipSelects)
            throw new BoardException($"there is no chip select {chipSelect}: 0 to {MaxChipSelects - 1}");
        if (_chips[chipSelect] is { } other)
        {
            string who = (other as BoardPart)?.Name ?? "a chip";
            throw new BoardException($"bus {Name} has {who} at chip select {chipSelect} already: give this one another");
        }

        _chips[chipSelect] = peripheral;
        _chipSelects = Math.Max(_chipSelects, chipSelect + 1);
    }

    public Errno Transfer(SpiTransfer transfer)
    {
        lock (Board.Gate)
        {
            if (_selected != Nobody && (_selected != transfer.ChipSelect || _guest != transfer.Guest || IsAnother(transfer)))
                Deselect();
            ISpiPeripheral? hears = WhoHears(transfer);
            bool falls = _selected == Nobody;
            if (falls)
            {
                (_selected, _heard, _guest, _mode) = (transfer.ChipSelect, hears, transfer.Guest, transfer.Mode);
                hears?.Select();
            }

            ToWire(transfer.Sent, transfer);
            // Clocked in another way in the middle of a message, it understands nothing.
            Exchange(transfer, hears == _heard ? hears : null);
            bool rises = transfer.EndsMessage || IsOver();
            if (_trace.IsRecording)
                _trace.Add(transfer, falls, rises);
            ToWire(transfer.Received, transfer);
            if (rises)
                EndSelection();
            _lastTransfer = Board.Time.GetTimestamp();
            return Errno.Success;
        }
    }

    public void Leave(object guest)
    {
        lock (Board.Gate)
        {
            if (_selected != Nobody && _guest == guest)
                Deselect();
        }
    }

    public override Func<VirtioDevice> Serve(PortSocket socket) => SpiSocket.Begin(this, socket.Name, socket.Log, socket.Meter);

    /// <summary>Nothing: the board has it.</summary>
    public void Dispose()
    {
    }

    // Guest memory and registers have words with their low byte first; on the wire their highest or lowest bit is first.
    private static void ToWire(Span<byte> bytes, SpiTransfer transfer)
    {
        int wordBytes = transfer.BitsPerWord / 8;
        if ((transfer.Mode & SpiTransferMode.LeastBitFirst) != 0)
        {
            foreach (ref byte b in bytes)
                b = Reversed(b);
        }
        else if (wordBytes == 2)
        {
            Span<ushort> words = MemoryMarshal.Cast<byte, ushort>(bytes);
            BinaryPrimitives.ReverseEndianness(words, words);
        }
        else if (wordBytes == 4)
        {
            Span<uint> words = MemoryMarshal.Cast<byte, uint>(bytes);
            BinaryPrimitives.ReverseEndianness(words, words);
        }
    }

    private static byte Reversed(byte value)
    {
        int v = value;
        v = (v >> 4 | v << 4) & 0xff;
        v = (v >> 2 & 0x33) | (v & 0x33) << 2;
        return (byte)((v >> 1 & 0x55) | (v & 0x55) << 1);
    }

    private static void Exchange(SpiTransfer transfer, ISpiPeripheral? chip)
    {
        if (chip is not null)
            chip.Exchange(transfer.Sent, transfer.Received);
        else if ((transfer.Mode & SpiTransferMode.Loop) == 0)
            transfer.Received.Fill(NobodyDrives);
        else if (transfer.Sends && transfer.Receives)
            transfer.Sent.CopyTo(transfer.Received);
        else
            transfer.Received.Clear();
    }

    private ISpiPeripheral? WhoHears(SpiTransfer transfer)
    {
        // While the controller talks to itself, it selects nobody.
        ISpiPeripheral? chip = (transfer.Mode & SpiTransferMode.Loop) == 0 ? _chips[transfer.ChipSelect] : null;
        return chip is not null && chip.Takes(transfer.Mode & ~SpiTransferMode.LeastBitFirst) ? chip : null;
    }

    private bool IsOver() => _rule switch
    {
        SpiSelectRule.Hold => false,
        SpiSelectRule.Request => true,
        _ => _heard?.IsOver ?? true,
    };

    // A driver sets the mode before a message, not within one.
    private bool IsAnother(SpiTransfer transfer) => _rule == SpiSelectRule.Auto
        && (transfer.Mode != _mode || Board.Time.GetElapsedTime(_lastTransfer) >= LongestPause);

    // Apart from a transfer.
    private void Deselect()
    {
        if (_trace.IsRecording)
            _trace.AddRise(_selected);
        EndSelection();
    }

    private void EndSelection()
    {
        ISpiPeripheral? heard = _heard;
        (_selected, _heard, _guest) = (Nobody, null, null);
        heard?.Deselect();
    }
}
