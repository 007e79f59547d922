// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using System.Text;
using VhostDevice.Devices.Boards.Recording;

namespace VhostDevice.Devices.Boards.I2c;

/// <summary>
/// Transfers of an I²C bus. As text they are written as the wires say them: S start (repeated: Sr) with address and
/// direction, bytes, each followed by + (acknowledged) or - (not), and P for the stop. As waves they look like SCL and SDA
/// at 83 kHz, so that an I²C decoder reads them.
/// </summary>
/// <remarks>
/// A record has for each start a token and two bytes of address, low byte first, and for each byte of data a token and
/// the byte.
/// </remarks>
internal sealed class I2cTrace(Board board, string name) : TraceSource(board, "i2c", name)
{
    private const byte Acknowledged = 1;
    private const byte Read = 2;
    private const byte Start = 4;

    private const int Scl = 0;
    private const int Sda = 1;

    // A quarter of a bit's time, in microseconds: 100 kHz would make it 2.5.
    private const int Quarter = 3;

    public override IReadOnlyList<TraceSignal> Signals { get; } = [new("scl", AtRest: true), new("sda", AtRest: true)];

    public override string NotDrawn => "transfers are not drawn: waves at 83 kHz cannot follow them";

    // A transfer is bounded, by the messages that one can have and their length.
    internal void BeginTransfer() => Begin();

    internal void AddStart(ushort address, bool read, bool acknowledged)
    {
        Put((byte)(Start | (read ? Read : 0) | (acknowledged ? Acknowledged : 0)));
        Put((byte)address);
        Put((byte)(address >> 8));
    }

    internal void AddByte(byte value, bool acknowledged)
    {
        Put(acknowledged ? Acknowledged : (byte)0);
        Put(value);
    }

    internal void EndTransfer() => End();

    public override void Print(ReadOnlySpan<byte> record, StringBuilder line)
    {
        bool begun = false;
        while (!record.IsEmpty)
        {
            byte token = record[0];
            if ((token & Start) != 0)
            {
                line.Append(begun ? " Sr " : " S ").Append(Address(record).ToString("x2", CultureInfo.InvariantCulture))
                    .Append((token & Read) != 0 ? " r" : " w");
                begun = true;
                record = record[3..];
            }
            else
            {
                line.Append(' ').Append(record[1].ToString("x2", CultureInfo.InvariantCulture));
                record = record[2..];
            }

            line.Append((token & Acknowledged) != 0 ? '+' : '-');
        }

        line.Append(" P");
    }

    public override void Draw(ReadOnlySpan<byte> record, WavePen pen)
    {
        bool begun = false;
        while (!record.IsEmpty)
        {
            bool acknowledged = (record[0] & Acknowledged) != 0;
            if ((record[0] & Start) != 0)
            {
                if (begun)
                    DrawRepeat(pen);
                Set(pen, Sda, false);
                Set(pen, Scl, false);
                begun = true;
                DrawByte(pen, (Address(record) << 1) | ((record[0] & Read) != 0 ? 1 : 0), acknowledged);
                record = record[3..];
            }
            else
            {
                DrawByte(pen, record[1], acknowledged);
                record = record[2..];
            }
        }

        // SDA rises while SCL is high.
        Set(pen, Sda, false);
        Set(pen, Scl, true);
        Set(pen, Sda, true);
        pen.Wait(2 * Quarter);
    }

    private static int Address(ReadOnlySpan<byte> start) => start[1] | (start[2] << 8);

    private static void DrawByte(WavePen pen, int value, bool acknowledged)
    {
        for (int bit = 7; bit >= -1; bit--)
        {
            Set(pen, Sda, bit < 0 ? !acknowledged : (value >> bit & 1) != 0);
            Set(pen, Scl, true);
            pen.Wait(Quarter);
            Set(pen, Scl, false);
        }
    }

    // Without a stop: both go up, SCL last, so that a start can follow.
    private static void DrawRepeat(WavePen pen)
    {
        Set(pen, Sda, true);
        Set(pen, Scl, true);
    }

    private static void Set(WavePen pen, int signal, bool level)
    {
        pen.Set(signal, level);
        pen.Wait(Quarter);
    }
}
