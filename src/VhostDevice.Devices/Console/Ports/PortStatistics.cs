// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Console.Ports;

/// <summary>What passed through a port. Counted on the loop, read from any thread.</summary>
internal sealed class PortStatistics
{
    private ulong _fromGuest;
    private ulong _toGuest;
    private ulong _lost;

    /// <summary>Bytes that the guest wrote.</summary>
    internal ulong FromGuest => Volatile.Read(ref _fromGuest);

    /// <summary>Bytes that the guest got.</summary>
    internal ulong ToGuest => Volatile.Read(ref _toGuest);

    /// <summary>Bytes of either direction that nobody got.</summary>
    internal ulong Lost => Volatile.Read(ref _lost);

    internal void CountFromGuest(nuint bytes) => Volatile.Write(ref _fromGuest, _fromGuest + bytes);

    internal void CountToGuest(nuint bytes) => Volatile.Write(ref _toGuest, _toGuest + bytes);

    internal void CountLost(nuint bytes) => Volatile.Write(ref _lost, _lost + bytes);
}
