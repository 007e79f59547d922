// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using System.Globalization;

namespace VhostDevice.Devices.Scmi.Iio;

/// <summary>How an element of a scan is stored: <c>le:s12/16&gt;&gt;4</c> (Linux, Documentation/ABI/testing/sysfs-bus-iio).</summary>
/// <param name="Bits">That mean something, 1 to 64.</param>
/// <param name="Bytes">That it takes: 1, 2, 4 or 8 each time.</param>
/// <param name="Repeat">How often it is there, one behind the other; the first counts.</param>
/// <param name="Shift">Bits below those that mean something.</param>
internal readonly record struct IioScanType(bool IsBigEndian, bool IsSigned, int Bits, int Bytes, int Repeat, int Shift)
{
    private const int MostRepeat = 64;

    /// <summary>Bytes of all of it.</summary>
    internal int Length => Bytes * Repeat;

    internal static bool TryParse(string text, out IioScanType type)
    {
        type = default;
        if (text.Length < 5 || text[2] != ':' || text[..2] is not ("le" or "be") || text[3] is not ('s' or 'u'))
            return false;
        int slash = text.IndexOf('/', StringComparison.Ordinal), shift = text.IndexOf(">>", StringComparison.Ordinal);
        if (slash < 0)
            return false;
        int end = shift < 0 ? text.Length : shift;
        int repeat = text.IndexOf('X', slash);
        int storageEnd = repeat >= 0 && repeat < end ? repeat : end;
        int repeats = 1, shifted = 0;
        if (!TryNumber(text[4..slash], out int bits) || slash + 1 > storageEnd || !TryNumber(text[(slash + 1)..storageEnd], out int storage)
            || (storageEnd != end && !TryNumber(text[(storageEnd + 1)..end], out repeats))
            || (shift >= 0 && !TryNumber(text[(shift + 2)..], out shifted)))
            return false;
        type = new IioScanType(text[0] == 'b', text[3] == 's', bits, storage / 8, repeats, shifted);
        return storage is 8 or 16 or 32 or 64 && bits > 0 && bits + shifted <= storage && repeats is > 0 and <= MostRepeat;
    }

    internal long Decode(ReadOnlySpan<byte> stored)
    {
        ulong raw = Bytes switch
        {
            1 => stored[0],
            2 => IsBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(stored) : BinaryPrimitives.ReadUInt16LittleEndian(stored),
            4 => IsBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(stored) : BinaryPrimitives.ReadUInt32LittleEndian(stored),
            _ => IsBigEndian ? BinaryPrimitives.ReadUInt64BigEndian(stored) : BinaryPrimitives.ReadUInt64LittleEndian(stored),
        };
        int unused = 64 - Bits;
        raw = raw >> Shift << unused;
        return IsSigned ? (long)raw >> unused : (long)(raw >> unused);
    }

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
