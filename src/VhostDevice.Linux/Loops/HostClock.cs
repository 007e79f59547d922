// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux;

/// <summary>Clocks of the kernel (clock_gettime(2)).</summary>
public enum HostClock
{
    /// <summary>CLOCK_REALTIME: UTC since 1970, which somebody may set.</summary>
    Realtime,

    /// <summary>CLOCK_MONOTONIC: since some point before the boot, not counting the time in which the machine sleeps.</summary>
    Monotonic,

    /// <summary>CLOCK_TAI: the same as UTC until somebody tells the kernel of the leap seconds.</summary>
    Tai,

    /// <summary>CLOCK_BOOTTIME: the same as <see cref="Monotonic"/>, and with the time in which the machine sleeps.</summary>
    Boottime,
}
