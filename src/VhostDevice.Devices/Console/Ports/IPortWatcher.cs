// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Console.Ports;

/// <summary>
/// Somebody who reads along with a port, as many as there are. One that is behind holds the guest back, but not for long:
/// what it misses after that is counted.
/// </summary>
internal interface IPortWatcher
{
    /// <summary>Bytes that it takes now.</summary>
    nuint Room { get; }

    /// <summary>The guest wrote this. More than <see cref="Room"/> is lost to the watcher.</summary>
    void Wrote(ReadOnlySpan<IoVec> pieces, nuint bytes);

    /// <summary>Something of what it sent to the guest was taken.</summary>
    void Took(nuint bytes);

    /// <summary>A guest opened or closed the port.</summary>
    void GuestChanged(bool isOpen);

    /// <summary>The port is removed.</summary>
    void Ended();
}
