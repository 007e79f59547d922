// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Scmi.Messages;

/// <summary>The first word of each message (SCMI 3.2 §4.1.1); an answer has that of its command.</summary>
/// <param name="Bits">As it travels, little endian.</param>
internal readonly record struct ScmiHeader(uint Bits)
{
    internal const int Bytes = 4;

    /// <summary>What is asked, or reported, among what the protocol has.</summary>
    internal byte Message => (byte)Bits;

    internal ScmiMessageType Type => (ScmiMessageType)((Bits >> 8) & 3);

    internal byte Protocol => (byte)(Bits >> 10);

    internal static ScmiHeader Notification(byte protocol, byte message) =>
        new(message | ((uint)ScmiMessageType.Notification << 8) | ((uint)protocol << 10));
}
