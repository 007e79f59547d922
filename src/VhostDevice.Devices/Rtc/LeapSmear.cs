// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Rtc;

/// <summary>How a clock that shows UTC gets over a leap second. The numbers are VIRTIO_RTC_SMEAR_*, but for <see cref="Step"/>.</summary>
public enum LeapSmear : byte
{
    /// <summary>Not at all: a second comes twice, or is left out, as on Linux.</summary>
    Step = 0,

    /// <summary>The day from noon to noon around it goes slower, or faster, by one part in 86 400.</summary>
    NoonLinear = 1,

    /// <summary>The last 1000 seconds before its end go slower, or faster, by one part in 1000 (UTC-SLS).</summary>
    UtcSls = 2,
}
