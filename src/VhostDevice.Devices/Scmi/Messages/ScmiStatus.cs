// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Scmi.Messages;

/// <summary>How a command ended: the word behind the header of its answer (SCMI 3.2 §4.1.4).</summary>
public enum ScmiStatus
{
    Success = 0,

    /// <summary>No such protocol or command, or an option of it that is not there.</summary>
    NotSupported = -1,

    /// <summary>A parameter that no such command can have.</summary>
    InvalidParameters = -2,

    /// <summary>The agent may not do that.</summary>
    Denied = -3,

    /// <summary>Nothing has that number.</summary>
    NotFound = -4,

    /// <summary>A value that this one cannot have.</summary>
    OutOfRange = -5,

    /// <summary>The hardware is used otherwise at the moment.</summary>
    Busy = -6,

    /// <summary>The answer has no room in the buffer.</summary>
    CommunicationError = -7,

    GenericError = -8,

    /// <summary>The hardware does not work.</summary>
    HardwareError = -9,

    /// <summary>The message is too short or too long for what it says it is.</summary>
    ProtocolError = -10,
}
