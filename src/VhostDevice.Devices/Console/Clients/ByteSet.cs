// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Console.Clients;

/// <summary>Some of the 256 bytes.</summary>
internal readonly struct ByteSet(ulong first, ulong second, ulong third, ulong fourth)
{
    private readonly ulong _first = first;
    private readonly ulong _second = second;
    private readonly ulong _third = third;
    private readonly ulong _fourth = fourth;

    internal ByteSet Inverse => new(~_first, ~_second, ~_third, ~_fourth);

    internal static ByteSet Of(int value)
    {
        ulong bit = 1UL << (value & 63);
        return (value >> 6) switch
        {
            0 => new ByteSet(bit, 0, 0, 0),
            1 => new ByteSet(0, bit, 0, 0),
            2 => new ByteSet(0, 0, bit, 0),
            _ => new ByteSet(0, 0, 0, bit),
        };
    }

    internal static ByteSet Where(Func<char, bool> takes)
    {
        ByteSet set = default;
        for (char c = '\0'; c < 128; c++)
        {
            if (takes(c))
                set = set.With(Of(c));
        }

        return set;
    }

    internal ByteSet With(ByteSet other) =>
        new(_first | other._first, _second | other._second, _third | other._third, _fourth | other._fourth);

    internal bool Takes(int value)
    {
        ulong bits = (value >> 6) switch
        {
            0 => _first,
            1 => _second,
            2 => _third,
            _ => _fourth,
        };
        return ((bits >> (value & 63)) & 1) != 0;
    }
}
