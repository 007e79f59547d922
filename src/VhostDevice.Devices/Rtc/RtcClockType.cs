// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Rtc;

/// <summary>What a clock counts (VIRTIO_RTC_CLOCK_*).</summary>
public enum RtcClockType : byte
{
    /// <summary>UTC, with leap seconds that are steps.</summary>
    Utc = 0,

    Tai = 1,

    Monotonic = 2,

    /// <summary>UTC whose leap seconds are spread over hours.</summary>
    UtcSmeared = 3,

    /// <summary>UTC of which that is not known.</summary>
    UtcMaybeSmeared = 4,
}
