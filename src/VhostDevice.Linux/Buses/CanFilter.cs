// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using System.Runtime.InteropServices;

namespace VhostDevice.Linux;

/// <summary>
/// Which frames pass: those whose identifier equals the filter's in the bits of its mask, or all but those
/// (<c>struct can_filter</c>). A filter is for standard or for extended frames.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public readonly struct CanFilter
{
    private const int StandardDigits = 3;
    private const int ExtendedDigits = 8;

    private readonly uint _id;
    private readonly uint _mask;

    /// <param name="isInverted">All pass but those.</param>
    public CanFilter(uint id, uint mask, bool isExtended, bool isInverted = false)
    {
        _id = id | (isExtended ? CanConstants.CAN_EFF_FLAG : 0) | (isInverted ? CanConstants.CAN_INV_FILTER : 0);
        _mask = (mask & CanConstants.CAN_EFF_MASK) | CanConstants.CAN_EFF_FLAG;
    }

    /// <summary>
    /// Reads <c>123/7F0</c>, or <c>123~7F0</c> for all but those, in hexadecimal digits: three for standard frames, eight for
    /// extended ones.
    /// </summary>
    public static bool TryParse(string text, out CanFilter filter)
    {
        filter = default;
        int at = text.AsSpan().IndexOfAny('/', '~');
        if (at is not (StandardDigits or ExtendedDigits) || text.Length != (2 * at) + 1)
            return false;
        bool isExtended = at == ExtendedDigits;
        uint most = isExtended ? CanConstants.CAN_EFF_MASK : CanConstants.CAN_SFF_MASK;
        if (!uint.TryParse(text.AsSpan(0, at), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint id)
            || !uint.TryParse(text.AsSpan(at + 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint mask)
            || id > most || mask > most)
            return false;
        filter = new CanFilter(id, mask, isExtended, text[at] == '~');
        return true;
    }

    /// <summary>Whether a frame passes.</summary>
    public bool Passes(in CanFrame frame) =>
        ((frame.FlaggedId & _mask) == (_id & ~CanConstants.CAN_INV_FILTER & _mask)) != ((_id & CanConstants.CAN_INV_FILTER) != 0);
}
