// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Vsock;

/// <summary>
/// How much the connections of one guest may make the daemon keep for host programs that do not read, all together. What
/// a connection was promised (its window, buf_alloc) it may use, so the sum of the windows is what is bounded: the first
/// connections get what was asked for, and the closer the sum comes to the total the less the others get.
/// </summary>
internal struct WindowBudget
{
    /// <summary>The least total.</summary>
    internal const ulong MinTotal = 256UL << 20;

    /// <summary>A stream gets so much, however little is left: a page.</summary>
    internal const uint MinWindow = 4096;

    private const ulong Share = 64;

    private readonly ulong _total;
    private readonly uint _full;
    private ulong _taken;

    /// <param name="full">What a connection gets as long as there is plenty.</param>
    internal WindowBudget(uint full)
    {
        _full = full;
        _total = TotalOf(full);
    }

    /// <summary>Bytes that are promised.</summary>
    internal readonly ulong Taken => _taken;

    /// <summary>What all windows come to at most, besides <see cref="MinWindow"/> for each stream.</summary>
    internal static ulong TotalOf(uint full) => Math.Max(MinTotal, 2 * Share * full);

    /// <summary>A window for a connection.</summary>
    /// <param name="messages">A connection of messages, which are no longer than its window: it gets a full one or none.</param>
    /// <returns>Bytes; 0: there is none.</returns>
    internal uint Take(bool messages)
    {
        ulong left = _total - Math.Min(_total, _taken);
        uint window = messages
            ? left >= _full ? _full : 0
            : (uint)Math.Min(_full, Math.Max(MinWindow, left / Share));
        _taken += window;
        return window;
    }

    internal void Return(uint window) => _taken -= window;
}
