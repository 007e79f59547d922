// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Input;

/// <summary>Types of events (linux/input-event-codes.h, EV_*).</summary>
public static class InputTypes
{
    public const ushort Sync = 0;
    public const ushort Key = 1;
    public const ushort Relative = 2;
    public const ushort Absolute = 3;
    public const ushort Misc = 4;
    public const ushort Switch = 5;
    public const ushort Led = 0x11;
    public const ushort Sound = 0x12;
    public const ushort Repeat = 0x14;
    public const ushort ForceFeedback = 0x15;

    /// <summary>How many there are at most.</summary>
    internal const int Count = 32;
}
