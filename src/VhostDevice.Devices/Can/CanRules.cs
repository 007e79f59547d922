// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Can;

/// <summary>Which frames a guest may send and gets, given what its driver accepted.</summary>
internal static class CanRules
{
    private const uint MaxStandardId = 0x7FF;
    private const uint MaxExtendedId = 0x1FFF_FFFF;

    /// <summary>Whether a frame of the guest makes sense. The length is one that a frame can have when it does.</summary>
    internal static bool MayBeSent(in CanHeader header, CanFeatures features)
    {
        bool isFd = (header.Flags & CanHeaderFlags.Fd) != 0;
        bool isRemote = (header.Flags & CanHeaderFlags.Remote) != 0;
        return header.Type == CanMessage.Transmit
            && (header.Flags & ~CanHeaderFlags.All) == 0
            && header.Id <= ((header.Flags & CanHeaderFlags.Extended) != 0 ? MaxExtendedId : MaxStandardId)
            && IsAccepted(isFd, isRemote, features)
            && (isFd ? IsFdLength(header.Length) : header.Length <= CanFrame.MaxClassicLength);
    }

    /// <summary>Whether the guest's driver has a use for a frame of the bus.</summary>
    internal static bool MayBeReceived(in CanFrame frame, CanFeatures features) =>
        !frame.IsError && IsAccepted(frame.IsFd, frame.IsRemote, features) && (frame.IsFd || frame.Length <= CanFrame.MaxClassicLength);

    // FD has no remote frames.
    private static bool IsAccepted(bool isFd, bool isRemote, CanFeatures features)
    {
        CanFeatures needed = isFd ? CanFeatures.Fd : isRemote ? CanFeatures.Classic | CanFeatures.Remote : CanFeatures.Classic;
        return !(isFd && isRemote) && (features & needed) == needed;
    }

    private static bool IsFdLength(int length) => length <= 8 || length is 12 or 16 or 20 or 24 or 32 or 48 or 64;
}
