// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Scsi.Storage;

/// <summary>
/// Whether writes into the page cache are made on the loop: as long as they take no longer than a copy does. One that
/// waited, for the medium or for memory, sends those that follow to the engine, twice as many each time.
/// </summary>
/// <remarks>A value of one store's; several loops may use it without a lock, since what is lost then is a guess.</remarks>
internal struct InlineWrites
{
    /// <summary>The most bytes of a write: what is copied in a few microseconds.</summary>
    internal const ulong MaxBytes = 64 * 1024;

    // Far more than the copy of MaxBytes takes, so that the loop's thread may have been preempted, and far less than a medium.
    private const long SlowMicroseconds = 400;

    private const int FirstRest = 64;
    private const int LongestRest = 64 * 1024;

    // So many quick ones in a row make up for one that was slow.
    private const int QuickToForgive = 256;

    private int _rest;
    private int _left;
    private int _quick;

    /// <summary>Asks for one write; true: make it, and say how long it took.</summary>
    internal bool TryBegin()
    {
        if (_left == 0)
            return true;
        _left--;
        return false;
    }

    /// <summary>It is made.</summary>
    internal void Took(long microseconds)
    {
        if (microseconds > SlowMicroseconds)
        {
            _rest = Math.Clamp(_rest * 2, FirstRest, LongestRest);
            _left = _rest;
            _quick = 0;
        }
        else if (_rest > 0 && ++_quick == QuickToForgive)
        {
            _quick = 0;
            _rest /= 2;
        }
    }
}
