// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Rtc;

/// <summary>Types of messages (virtio 1.4 §5.23.6, VIRTIO_RTC_REQ_*).</summary>
internal enum RtcMessage : ushort
{
    Read = 0x0001,
    ReadCross = 0x0002,
    Config = 0x1000,
    ClockCapabilities = 0x1001,
    CrossCapabilities = 0x1002,
    ReadAlarm = 0x1003,
    SetAlarm = 0x1004,
    SetAlarmEnabled = 0x1005,

    /// <summary>The device's only one, on the alarm queue.</summary>
    AlarmExpired = 0x2000,
}
