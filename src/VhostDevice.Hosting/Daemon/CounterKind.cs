// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Hosting.Daemon;

/// <summary>Counters of processors that guests read without the host. The numbers are VIRTIO_RTC_COUNTER_*.</summary>
public enum CounterKind : byte
{
    /// <summary>CNTVCT of Arm processors.</summary>
    ArmVirtualCounter = 0,

    /// <summary>The TSC of x86 processors.</summary>
    TimeStampCounter = 1,
}
