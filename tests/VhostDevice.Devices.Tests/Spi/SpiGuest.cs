// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using VhostDevice.Devices.Tests.I2c;
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Devices.Tests.Spi;

/// <summary>The requests of an SPI driver, in any cut. A ring of requests with a status at their end is that of i2c.</summary>
internal sealed class SpiGuest(FrontEndDevice front)
{
    internal const int HeadBytes = 32;

    private readonly I2cGuest _ring = new(front);

    internal FrontEndDevice Front => front;

    internal DriverQueue Queue => _ring.Queue;

    internal static byte[] Head(
        byte chip = 0,
        byte bits = 0,
        byte change = 0,
        byte sentLines = 0,
        byte receivedLines = 0,
        uint mode = 0,
        uint frequency = 0,
        uint wordDelay = 0,
        uint setup = 0,
        uint hold = 0,
        uint inactive = 0)
    {
        byte[] head = new byte[HeadBytes];
        (head[0], head[1], head[2], head[3], head[4]) = (chip, bits, change, sentLines, receivedLines);
        uint[] words = [mode, frequency, wordDelay, setup, hold, inactive];
        for (int i = 0; i < words.Length; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(8 + 4 * i), words[i]);
        return head;
    }

    /// <summary>Adds a transfer; not submitted yet.</summary>
    internal ushort Add(byte[] head, byte[] sent, int received) => Add([.. head, .. sent], [HeadBytes, sent.Length], [received, 1]);

    /// <inheritdoc cref="I2cGuest.Add"/>
    internal ushort Add(byte[] readable, int[] cuts, int[] room, bool indirect = false) => _ring.Add(readable, cuts, room, indirect);

    internal void Submit() => _ring.Submit();

    internal I2cAnswer Answer(ushort id) => _ring.Answer(id);

    internal I2cAnswer[] Run(params ushort[] ids) => _ring.Run(ids);

    /// <summary>One transfer from start to end.</summary>
    internal I2cAnswer Transfer(byte[] head, byte[] sent, int received) => Run(Add(head, sent, received))[0];
}
