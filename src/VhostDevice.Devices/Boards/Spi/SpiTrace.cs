// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using System.Text;
using VhostDevice.Devices.Boards.Recording;
using VhostDevice.Devices.Spi;

namespace VhostDevice.Devices.Boards.Spi;

/// <summary>
/// Transfers of an SPI bus. As text: the chip select, v when it falls, the bytes (sent>received, with nothing for a direction
/// that is not used), ^ when it rises. As waves they look like the lines themselves at 500 kHz, so that an SPI decoder reads
/// them.
/// </summary>
/// <remarks>A record has what happens, the chip select and the mode, a byte each, then the bytes sent and those received.</remarks>
/// <param name="chipSelects">How many there are, once the board is built.</param>
internal sealed class SpiTrace(Board board, string name, Func<int> chipSelects) : TraceSource(board, "spi", name)
{
    private const byte Falls = 1;
    private const byte Rises = 2;
    private const byte Sends = 4;
    private const byte Receives = 8;
    private const int HeadBytes = 3;

    // Half of a bit's time, in microseconds.
    private const int Half = 1;

    public override IReadOnlyList<TraceSignal> Signals =>
    [
        .. Enumerable.Range(0, chipSelects()).Select(i => new TraceSignal(string.Create(CultureInfo.InvariantCulture, $"cs{i}"), AtRest: true)),
        new("clk", AtRest: false),
        new("mosi", AtRest: false),
        new("miso", AtRest: true),
    ];

    public override string NotDrawn => "transfers are not drawn: waves at 500 kHz cannot follow them";

    /// <summary>A transfer with its bytes as they are on the wire.</summary>
    internal void Add(SpiTransfer transfer, bool falls, bool rises)
    {
        Begin();
        Put((byte)((falls ? Falls : 0) | (rises ? Rises : 0) | (transfer.Sends ? Sends : 0) | (transfer.Receives ? Receives : 0)));
        Put((byte)transfer.ChipSelect);
        Put((byte)transfer.Mode);
        Put(transfer.Sent);
        Put(transfer.Received);
        End();
    }

    internal void AddRise(int chipSelect)
    {
        Begin();
        Put(Rises);
        Put((byte)chipSelect);
        Put(0);
        End();
    }

    public override void Print(ReadOnlySpan<byte> record, StringBuilder line)
    {
        Split(record, out ReadOnlySpan<byte> sent, out ReadOnlySpan<byte> received);
        line.Append(' ').Append(record[1]);
        if ((record[0] & Falls) != 0)
            line.Append(" v");
        for (int i = 0; i < Math.Max(sent.Length, received.Length); i++)
        {
            line.Append(' ');
            if (!sent.IsEmpty)
                line.Append(sent[i].ToString("x2", CultureInfo.InvariantCulture));
            line.Append('>');
            if (!received.IsEmpty)
                line.Append(received[i].ToString("x2", CultureInfo.InvariantCulture));
        }

        if ((record[0] & Rises) != 0)
            line.Append(" ^");
    }

    public override void Draw(ReadOnlySpan<byte> record, WavePen pen)
    {
        Split(record, out ReadOnlySpan<byte> sent, out ReadOnlySpan<byte> received);
        int clock = chipSelects();
        SpiTransferMode mode = (SpiTransferMode)record[2];
        bool rest = (mode & SpiTransferMode.ClockHigh) != 0;
        bool second = (mode & SpiTransferMode.SecondEdge) != 0;
        if (!sent.IsEmpty || !received.IsEmpty)
            pen.Set(clock, rest);
        Select(record, Falls, level: false);
        for (int i = 0; i < Math.Max(sent.Length, received.Length); i++)
        {
            for (int bit = 7; bit >= 0; bit--)
            {
                // Data changes half a bit before the edge that samples it.
                if (second)
                    pen.Set(clock, !rest);
                pen.Set(clock + 1, !sent.IsEmpty && (sent[i] >> bit & 1) != 0);
                pen.Set(clock + 2, received.IsEmpty || (received[i] >> bit & 1) != 0);
                pen.Wait(Half);
                pen.Set(clock, second ? rest : !rest);
                pen.Wait(Half);
                if (!second)
                    pen.Set(clock, rest);
            }
        }

        Select(record, Rises, level: true);
        pen.Wait(2 * Half);

        void Select(ReadOnlySpan<byte> record, byte when, bool level)
        {
            if ((record[0] & when) == 0)
                return;
            pen.Wait(Half);
            pen.Set(record[1], level);
            pen.Wait(Half);
        }
    }

    private static void Split(ReadOnlySpan<byte> record, out ReadOnlySpan<byte> sent, out ReadOnlySpan<byte> received)
    {
        ReadOnlySpan<byte> bytes = record[HeadBytes..];
        bool sends = (record[0] & Sends) != 0;
        bool receives = (record[0] & Receives) != 0;
        int length = sends && receives ? bytes.Length / 2 : bytes.Length;
        sent = sends ? bytes[..length] : default;
        received = receives ? bytes[^length..] : default;
    }
}
