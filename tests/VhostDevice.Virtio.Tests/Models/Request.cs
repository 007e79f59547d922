// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Models;

/// <summary>One request as the driver remembers it while it is out.</summary>
/// <param name="Slot">Its place in the data area.</param>
/// <param name="Id">Its head in a split ring, its buffer id in a packed one.</param>
/// <param name="Count">The descriptors of the ring that it uses.</param>
/// <param name="Sent">The bytes that the device must read.</param>
/// <param name="Room">The buffers that the device may write, in order.</param>
internal sealed record Request(int Slot, ushort Id, int Count, byte[] Sent, Desc[] Room)
{
    public int RoomBytes => Room.Sum(static d => (int)d.Length);

    /// <summary>What the device answers: a function of what it read, so that mixed-up requests show.</summary>
    public static byte[] Answer(ReadOnlySpan<byte> sent, int length)
    {
        byte[] answer = new byte[length];
        byte sum = (byte)length;
        foreach (byte b in sent)
            sum = (byte)((sum * 31) + b);
        for (int i = 0; i < length; i++)
            answer[i] = (byte)(sum + (i * 13));
        return answer;
    }
}
