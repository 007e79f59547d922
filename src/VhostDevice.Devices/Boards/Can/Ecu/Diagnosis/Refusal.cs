// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Boards.Can.Ecu.Diagnosis;

/// <summary>Why a request is refused: the negative response codes of ISO 14229-1, annex A.</summary>
internal enum Refusal : byte
{
    /// <summary>It is not.</summary>
    None = 0,

    /// <summary>It is not answered at all.</summary>
    Silent = 1,

    ServiceNotSupported = 0x11,
    SubFunctionNotSupported = 0x12,
    WrongLength = 0x13,
    ResponseTooLong = 0x14,
    Busy = 0x21,
    ConditionsNotCorrect = 0x22,
    WrongSequence = 0x24,
    OutOfRange = 0x31,
    SecurityAccessDenied = 0x33,
    InvalidKey = 0x35,
    TooManyAttempts = 0x36,
    DelayNotExpired = 0x37,
    TransferNotAccepted = 0x70,
    TransferSuspended = 0x71,
    WrongBlock = 0x73,
    Pending = 0x78,
    SubFunctionNotInSession = 0x7E,
    ServiceNotInSession = 0x7F,
}
