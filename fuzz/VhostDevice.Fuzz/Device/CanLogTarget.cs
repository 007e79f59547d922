// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;
using VhostDevice.Devices.Boards.Can.Logs;
using VhostDevice.Linux;

namespace VhostDevice.Fuzz.Device;

/// <summary>can-log: recordings of CAN buses, in any format and of any bytes.</summary>
public sealed class CanLogTarget : IFuzzTarget
{
    public string Name => "can-log";

    public IEnumerable<(string Name, byte[] Input)> Seeds =>
    [
        ("candump", Text("(1436509052.249713) can0 044#2A366C2B\n(1436509052.5) can0 1ABCDEF0#R3 R\n(2.0) can0 123##0112233\n")),
        ("asc-hex", Text("base hex  timestamps absolute\n1.5 1  123  Rx  d 2 11 22\n2.5 2 1ABCDEF0x Tx r\n")),
        ("asc-fd", Text("base hex  timestamps absolute\n3.0 CANFD 1 Rx 123 n 0 0 9 12 1 2 3 4 5 6 7 8 9 A B C 0\n")),
        ("asc-dec", Text("base dec timestamps relative\n1.5 1 291 Rx d 2 17 34\n")),
        ("pcap", Hex("A1B2C3D4 0002 0004 00000000 00000000 00040000 000000E3 00000002 0000000A 0000000A 0000000A 00000123 02000000 1122")),
        ("pcap-little", Hex("4D3CB2A1 0200 0400 00000000 00000000 00000400 E3000000 02000000 0A000000 0A000000 0A000000 00000123 02040000 1122")),
        (
            "pcapng",
            Hex(
                "0A0D0D0A 0000001C 1A2B3C4D 00010000 FFFFFFFF FFFFFFFF 0000001C "
                + "00000001 00000020 00E3 0000 00000048 0002 0003 61626300 0009 0001 09000000 00000020 "
                + "00000006 0000002C 00000000 00000000 00000001 0000000A 0000000A 00000123 02000000 11220000 0000002C")),
    ];

    public ulong Behaviour { get; private set; }

    public void Run(ReadOnlySpan<byte> input)
    {
        Behaviour = 0;
        int frames = 0;
        using MemoryStream stream = new(input.ToArray());
        try
        {
            using CanLogReader reader = CanLogReader.Open(stream, "f");
            Behaviour |= 1UL << KindOf(reader);
            while (reader.TryRead(out CanLogEntry entry))
            {
                frames++;
                Check(entry);
            }

            Behaviour |= 1UL << 8;
        }
        catch (CanLogException problem)
        {
            Promise.Keep(problem.Message.StartsWith('f'), "a message names the file");
        }

        Promise.Keep(frames <= input.Length / 8, "a frame takes bytes of the file");
        Behaviour |= DeviceSteps.Amount(16, frames);
    }

    private void Check(CanLogEntry entry)
    {
        CanFrame frame = entry.Frame;
        Promise.Keep(entry.Nanoseconds >= 0, "no frame is before the beginning");
        Promise.Keep(!frame.IsError && !(frame.IsFd && frame.IsRemote), "a frame is of a kind that there is");
        Promise.Keep(frame.Length <= (frame.IsFd ? 64 : 8), "a frame has a length that it may have");
        StringBuilder text = new();
        CanNotation.Print(frame, text);
        Promise.Keep(CanNotation.TryRead(text.ToString(), out _), "a frame can be written and read");
        Behaviour |= 1UL << (frame.IsFd ? 9 : 10) | (frame.IsExtended ? 1UL << 11 : 0) | (frame.IsRemote ? 1UL << 12 : 0);
    }

    private static int KindOf(CanLogReader reader) => reader switch
    {
        CandumpReader => 0,
        AscReader => 1,
        PcapReader => 2,
        _ => 3,
    };

    private static byte[] Text(string text) => Encoding.ASCII.GetBytes(text);

    private static byte[] Hex(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));
}
