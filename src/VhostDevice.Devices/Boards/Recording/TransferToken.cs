// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Boards.Recording;

/// <summary>
/// A transfer as a <see cref="BoardRecorder"/> keeps it: for each start a token and two bytes of address, low byte first; for each byte
/// of data a token and the byte.
/// </summary>
internal static class TransferToken
{
    internal const byte Acknowledged = 1;
    internal const byte Read = 2;
    internal const byte Start = 4;
}
