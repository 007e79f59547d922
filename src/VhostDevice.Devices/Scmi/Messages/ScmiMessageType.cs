// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Scmi.Messages;

/// <summary>Types of messages, bits 8 and 9 of a header.</summary>
internal enum ScmiMessageType : uint
{
    Command = 0,
    DelayedResponse = 2,
    Notification = 3,
}
