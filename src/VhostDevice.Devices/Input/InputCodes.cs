// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Input;

/// <summary>Codes that the device itself knows (linux/input-event-codes.h); to all others it only passes them on.</summary>
internal static class InputCodes
{
    internal const ushort SynDropped = 3;

    internal const int KeyCount = 768;
    internal const int AxisCount = 64;

    internal const ushort AbsMtSlot = 0x2F;
    internal const ushort AbsMtFirst = 0x30;
    internal const ushort AbsMtTrackingId = 0x39;
    internal const ushort AbsMtLast = 0x3D;

    /// <summary>Whether an axis has a value for each slot.</summary>
    internal static bool IsOfSlot(int axis) => axis is >= AbsMtFirst and <= AbsMtLast;
}
