// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Rtc;

/// <summary>What a guest has set for a clock. Outlives connections: a guest that comes back finds its alarm.</summary>
public sealed class RtcAlarm
{
    /// <summary>Nanoseconds on the clock.</summary>
    public ulong Time { get; set; }

    public bool IsEnabled { get; set; }

    /// <summary>It is enabled, and the guest has had no report since it was set or enabled.</summary>
    public bool IsPending { get; set; }
}
