// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Hosting.Daemon;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Rtc;

/// <summary>
/// The counter of a guest's processor, read together with a clock. It is the host's counter, ahead of it by a number that
/// only the VMM knows, and as fast.
/// </summary>
/// <param name="kind">Which counter it is.</param>
/// <param name="read">The host's counter now.</param>
/// <param name="offset">How far the guest's is ahead; one that is behind is ahead by 2⁶⁴ less.</param>
public sealed class GuestCounter(CounterKind kind, Func<ulong> read, ulong offset)
{
    internal const string OffsetForm = "a whole number, which may be negative: 0 under User Mode Linux, KVM's tsc-offset on x86";

    // The clock is read between two looks at the counter. Between which two is less, the middle is closer.
    private const int Tries = 3;

    public CounterKind Kind => kind;

    /// <summary>What a clock shows, and the guest's counter at the same moment.</summary>
    /// <param name="reading">Nanoseconds.</param>
    /// <param name="cycles">Of the counter.</param>
    public Errno Read(RtcClock clock, out ulong reading, out ulong cycles)
    {
        (reading, cycles) = (0, 0);
        ulong least = ulong.MaxValue;
        ulong before = read();
        for (int i = 0; i < Tries; i++)
        {
            Errno errno = clock.Read(out ulong shown);
            if (errno.IsError)
                return errno;
            ulong after = read();
            if (after - before < least)
            {
                least = after - before;
                (reading, cycles) = (shown, unchecked(before + (least / 2) + offset));
            }

            before = after;
        }

        return Errno.Success;
    }

    internal static bool TryOffset(string text, out ulong offset)
    {
        bool isSigned = long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number);
        offset = unchecked((ulong)number);
        return isSigned || ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out offset);
    }
}
