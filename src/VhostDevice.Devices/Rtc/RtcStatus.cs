// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Rtc;

/// <summary>How a request ended: the first byte of its answer (VIRTIO_RTC_S_*).</summary>
internal enum RtcStatus : byte
{
    Ok = 0,

    /// <summary>No such message, or no such counter.</summary>
    Unsupported = 2,

    /// <summary>No such clock, or it has no alarm.</summary>
    NoDevice = 3,

    /// <summary>The request or the room for its answer is too short.</summary>
    Invalid = 4,

    /// <summary>The host's clock cannot be read.</summary>
    IoError = 5,
}
