// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.I2c;

/// <summary>
/// The buses that a guest sees as one adapter, and which address is on which of them. A bus that may block gets
/// <see cref="HostCalls"/> here. One set serves all sockets; it never changes, and may be used by several loops.
/// </summary>
public sealed class I2cBusSet : IDisposable
{
    private const int SevenBitCount = 0x80;
    private const int TenBitCount = 0x400;
    private const int Unknown = -1;

    private readonly short[] _sevenBit = new short[SevenBitCount];
    private readonly short[] _tenBit = new short[TenBitCount];
    private readonly II2cBus[] _buses;
    private readonly HostCalls?[] _calls;
    private readonly I2cTarget[] _targets;

    /// <param name="buses">The set owns them.</param>
    /// <exception cref="ArgumentException">Two of them have the same address; the buses stay the caller's.</exception>
    public I2cBusSet(IEnumerable<II2cBus> buses)
    {
        _buses = [.. buses];
        _sevenBit.AsSpan().Fill(Unknown);
        _tenBit.AsSpan().Fill(Unknown);
        List<I2cTarget> targets = [];
        for (int i = 0; i < _buses.Length; i++)
        {
            Enter(targets, i, tenBit: false, _sevenBit);
            Enter(targets, i, tenBit: true, _tenBit);
        }

        _targets = [.. targets];
        _calls = [.. _buses.Select(b => b.MayBlock ? new HostCalls(b.Name) : null)];
    }

    public IReadOnlyList<II2cBus> Buses => _buses;

    /// <summary>Every address there is; counters are kept in this order.</summary>
    public IReadOnlyList<I2cTarget> Targets => _targets;

    /// <summary>The addresses of a bus, for people.</summary>
    internal string AddressesOf(int bus)
    {
        string text = string.Join(' ', _targets.Where(t => t.BusIndex == bus));
        return text.Length > 0 ? text : "no addresses, so guests see nothing of it";
    }

    /// <summary>Whom a request is for.</summary>
    /// <param name="wire">
    /// The address of a request (virtio 1.3 §5.16.6.1): 7 bits in bits 7 to 1; or 11110 in bits 7 to 3, the upper two of
    /// 10 bits in bits 2 and 1, and the lower eight in bits 15 to 8. Bit 0 is 0.
    /// </param>
    /// <returns>Its place in <see cref="Targets"/>, or -1 for nobody.</returns>
    internal int Find(ushort wire)
    {
        if ((wire & 1) != 0)
            return Unknown;
        if ((wire & 0xf8) == 0xf0)
        {
            int target = _tenBit[((wire & 6) << 7) | (wire >> 8)];
            // Linux drivers send the reserved 7-bit addresses 0x78 to 0x7b like any other; displays sit there.
            if (target >= 0 || wire > 0xff)
                return target;
        }

        return wire > 0xff ? Unknown : _sevenBit[wire >> 1];
    }

    internal ref readonly I2cTarget Target(int index) => ref _targets[index];

    internal II2cBus Bus(int index) => _buses[index];

    /// <summary>Who makes the bus's transfers; null: the caller itself, whenever it likes.</summary>
    internal HostCalls? CallsOf(int bus) => _calls[bus];

    public void Dispose()
    {
        foreach (HostCalls? calls in _calls)
            calls?.Dispose();
        foreach (II2cBus bus in _buses)
            bus.Dispose();
    }

    private void Enter(List<I2cTarget> targets, int bus, bool tenBit, short[] table)
    {
        for (ushort address = 0; address < table.Length; address++)
        {
            if (!_buses[bus].HasAddress(address, tenBit))
                continue;
            I2cTarget target = new(bus, address, tenBit);
            if (table[address] != Unknown)
                throw new ArgumentException($"address {target} is on {_buses[targets[table[address]].BusIndex].Name} and on {_buses[bus].Name}");
            table[address] = (short)targets.Count;
            targets.Add(target);
        }
    }
}
