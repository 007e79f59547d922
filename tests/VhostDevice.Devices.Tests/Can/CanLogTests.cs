// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;
using VhostDevice.Devices.Boards.Can;
using VhostDevice.Devices.Boards.Can.Logs;
using VhostDevice.Devices.Boards.Recording;
using VhostDevice.Devices.Tests.Boards;
using VhostDevice.Linux;
using VhostDevice.TestKit;
using Xunit;

namespace VhostDevice.Devices.Tests.Can;

/// <summary>Recordings of CAN buses in the formats of other programs, written and read.</summary>
[Collection(DeviceCollection.Name)]
public sealed class CanLogTests : LeakChecked
{
    private static readonly string[] s_frames =
    [
        "123#1122334455667788", "7FF#", "00000001#AB", "1FFFFFFF#0102", "123#R", "1ABCDEF0#R8", "001##0", "7FF##0112233",
        "00000002##0000102030405060708090A0B", "055##0" + string.Concat(Enumerable.Repeat("A5", 64)),
    ];

    [Theory]
    [InlineData("r.log")]
    [InlineData("r.asc")]
    [InlineData("r.pcap")]
    [InlineData("r.PCAPNG")]
    public void What_is_recorded_is_read_back(string name)
    {
        using RecordedBoard recorded = new();
        using BoardCanBus body = new(recorded.Board, "body"), motor = new(recorded.Board, "motor");
        string path = Record(recorded, name);
        foreach (string frame in s_frames)
        {
            recorded.Time.Pass(TimeSpan.FromMicroseconds(1_500_001));
            Send(body, frame);
            Send(motor, "111#");
        }

        List<CanLogEntry> all = Read(path, recorded);
        string[] channels = name == "r.asc" ? ["1", "2"] : name == "r.pcap" ? ["", ""] : ["body", "motor"];
        // Not even Vector's format says that a frame of FD is empty and no request.
        Assert.Equal(s_frames.SelectMany(f => (string[])[$"{channels[0]} {f}", $"{channels[1]} 111#"]), all.Select(Text));
        for (int i = 2; i < all.Count; i += 2)
            Assert.Equal(1_500_001_000, all[i].Nanoseconds - all[i - 2].Nanoseconds);
        if (name != "r.asc")
            Assert.Equal(new DateTimeOffset(2026, 2, 27, 23, 59, 51, 500, TimeSpan.Zero).ToUnixTimeMilliseconds(), all[0].Nanoseconds / 1_000_000);
    }

    [Fact]
    public void Texts_are_those_of_the_other_programs()
    {
        using RecordedBoard recorded = new();
        using BoardCanBus body = new(recorded.Board, "body");
        string log = Record(recorded, "r.log");
        recorded.Time.Pass(TimeSpan.FromMilliseconds(250));
        Send(body, "123#1122");
        Send(body, "1ABCDEF0#R3");
        Assert.Equal(["(1772236790.250000) body 123#1122", "(1772236790.250000) body 1ABCDEF0#R3"], recorded.LinesOf(log));
        using RecordedBoard other = new();
        using BoardCanBus bus = new(other.Board, "body");
        string asc = Record(other, "r.asc");
        other.Time.Pass(TimeSpan.FromMilliseconds(250));
        Send(bus, "123#1122");
        Send(bus, "1ABCDEF0#R3");
        Send(bus, "123##0112233");
        Assert.Equal(
            [
                "date Fri Feb 27 23:59:50.000 2026",
                "base hex  timestamps absolute",
                "no internal events logged",
                "// channel 1 is body",
                "Begin Triggerblock Fri Feb 27 23:59:50.000 2026",
                "   0.250000 1  123             Rx   d 2 11 22",
                "   0.250000 1  1ABCDEF0x       Rx   r 3",
                "   0.250000 CANFD   1 Rx         123 0 0 3  3 11 22 33        0    0     1000 0 0 0 0 0",
                "End TriggerBlock",
            ],
            other.LinesOf(asc));
    }

    [Theory]
    [InlineData("r.log")]
    [InlineData("r.asc")]
    [InlineData("r.pcap")]
    [InlineData("r.pcapng")]
    public void Both_files_of_a_long_recording_can_be_read(string name)
    {
        using RecordedBoard recorded = new();
        using BoardCanBus body = new(recorded.Board, "body");
        string path = Record(recorded, name, limit: 4096);
        for (int i = 0; i < 500; i++)
        {
            recorded.Time.Pass(TimeSpan.FromMilliseconds(1));
            Send(body, $"{i:X3}#11");
        }

        List<CanLogEntry> all = Read(path, recorded), others = Read(TraceFile.Second(path), recorded);
        uint[] ids = [.. all.Concat(others).Select(static e => e.Frame.Id).Order()];
        Assert.Equal(499u, ids[^1]);
        Assert.Equal(Enumerable.Range((int)ids[0], ids.Length).Select(static i => (uint)i), ids);
        Assert.InRange(ids.Length, 50, 499);
    }

    [Theory]
    [InlineData("(1.5) can0 123#11\n(1.6) can0 124#22 T\n\n", "can0 123#11|can0 124#22")]
    [InlineData("(0.000000) can0 20000040#0000000000000000\n(1.5) can0 123##311\n", "can0 123##011")]
    [InlineData("base hex timestamps absolute\n1.0 1 123 Rx d 1 FF\n2.0 2 7ffx Tx d 0\n", "1 123#FF|2 000007FF#")]
    [InlineData("base dec timestamps relative\n1.0 1 16 Rx d 2 16 255\n1.0 1 ErrorFrame\n0.5 1 17 Rx r\n", "1 010#10FF|1 011#R")]
    [InlineData(
        "date x\nbase hex  timestamps absolute\n0.0 Start of measurement\n1.0 1 Statistic: D 0 R 0\n1.0 1 123 Rx d f 1 2 3 4 5 6 7 8\n",
        "1 123#0102030405060708")]
    [InlineData("base hex timestamps absolute\n1.0 CANFD 1 Rx 123 Name 1 0 9 12 1 2 3 4 5 6 7 8 9 a b c 0 0\n", "1 123##00102030405060708090A0B0C")]
    public void Files_of_other_programs_are_read(string text, string expected) =>
        Assert.Equal(expected, string.Join('|', ReadText(text).Select(Text)));

    [Theory]
    [InlineData("", "f is empty")]
    [InlineData("hello world\n", "f is no recording: neither of 'candump -L', nor Vector ASC, nor pcap or pcapng")]
    [InlineData("(1.5) can0\n", "f:1: no line of 'candump -L', such as (1436509052.249713) can0 044#2A36")]
    [InlineData("(1.5) can0 123#11\n(x) can0 123#\n", "f:2: no line of 'candump -L'")]
    [InlineData("(9999999999999999999.5) can0 123#11\n", "f:1: no line")]
    [InlineData("(1.5) can0 123#112\n", "f:1: '123#112' is no frame")]
    [InlineData("base hex timestamps absolute\n1.0 1 800 Rx d 0\n", "f:2: this frame makes no sense")]
    [InlineData("base hex timestamps absolute\n1.0 1 123 Rx d 3 1 2\n", "f:2: this frame makes no sense")]
    [InlineData("base hex timestamps absolute\n1.0 1 123 Rx d 1 100\n", "f:2: this frame makes no sense")]
    [InlineData("base hex timestamps absolute\n1.0 1 123 Rx d FFFFFFFF 1\n", "f:2: this frame makes no sense")]
    [InlineData("base hex timestamps absolute\n1.0 CANFD 1 Rx 123 1 0 9 13 1 2 3 4 5 6 7 8 9 a b c d\n", "f:2: this frame makes no sense")]
    public void What_is_no_recording_is_said(string text, string expected) =>
        Assert.StartsWith(expected, Assert.Throws<CanLogException>(() => ReadText(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_line_that_never_ends_is_refused() => Assert.Equal(
        "f:1: the line is too long to be one of a recording",
        Assert.Throws<CanLogException>(() => ReadText(new string('(', 1 << 20))).Message);

    [Theory]
    [InlineData("A1B2C3D4 0002 0004 00000000 00000000 00040000 00000001", "f has packets of type 1, and not of CAN (227)")]
    [InlineData("A1B2C3D4 0002 0004 00000000 00000000 00040000", "f, byte 20: the file ends in the middle of a record")]
    [InlineData(
        "A1B2C3D4 0002 0004 00000000 00000000 00040000 000000E3 00000001 00000000 FFFFFFFF FFFFFFFF",
        "f, byte 40: a packet of 4294967295 bytes")]
    [InlineData("A1B2C3D4 0002 0004 00000000 00000000 00040000 000000E3 00000001 00000000 00000010 00000010 00", "f, byte 41: the file ends")]
    [InlineData("0A0D0D0A 0000001C 00000000", "f, byte 12: a section has no byte order")]
    [InlineData("0A0D0D0A 00000008 1A2B3C4D", "f, byte 12: a block of 8 bytes")]
    [InlineData("0A0D0D0A FFFFFFFC 1A2B3C4D", "f, byte 12: a block of 4294967292 bytes")]
    [InlineData(
        "0A0D0D0A 0000001C 1A2B3C4D 00010000 FFFFFFFF FFFFFFFF 0000001C 00000006 00000020 00000000 00000000 00000000 00000000 00000000 00000020",
        "f, byte 60: a packet of an interface 0, which there is not")]
    public void Damaged_captures_are_refused(string bytes, string expected) =>
        Assert.StartsWith(
            expected,
            Assert.Throws<CanLogException>(() => ReadAll(Convert.FromHexString(bytes.Replace(" ", "", StringComparison.Ordinal)))).Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_capture_of_the_other_byte_order_with_other_packets_in_it_is_read()
    {
        const string head = "A1B2C3D4 0002 0004 00000000 00000000 00040000 000000E3";
        const string error = "00000001 00000005 00000010 00000010 20000004 08000000 0000000000000000";
        const string shortOne = "00000001 00000005 00000009 00000009 00000123 02000000 11";
        const string good = "00000002 0000000A 0000000B 0000000B 00000123 02000000 1122FF";
        byte[] bytes = Convert.FromHexString((head + error + shortOne + good).Replace(" ", "", StringComparison.Ordinal));
        CanLogEntry entry = Assert.Single(ReadAll(bytes));
        Assert.Equal(" 123#1122", Text(entry));
        Assert.Equal(2_000_010_000, entry.Nanoseconds);
    }

    private static string Record(RecordedBoard recorded, string name, long limit = 1 << 20) =>
        recorded.Record(
        name,
        limit,
        file => CanTraces.Formats.Single(t => name.EndsWith(t.End, StringComparison.OrdinalIgnoreCase)).Make(file, ""));

    private static void Send(BoardCanBus bus, string frame)
    {
        Assert.True(CanNotation.TryRead(frame, out CanFrame read));
        Assert.True(bus.Bus.Inject(read));
    }

    private static List<CanLogEntry> Read(string path, RecordedBoard recorded)
    {
        recorded.Board.Dispose();
        return ReadAll(File.ReadAllBytes(path));
    }

    private static List<CanLogEntry> ReadText(string text) => ReadAll(Encoding.UTF8.GetBytes(text));

    private static List<CanLogEntry> ReadAll(byte[] bytes)
    {
        using MemoryStream stream = new(bytes);
        using CanLogReader reader = CanLogReader.Open(stream, "f");
        List<CanLogEntry> all = [];
        while (reader.TryRead(out CanLogEntry entry))
            all.Add(entry);
        return all;
    }

    private static string Text(CanLogEntry entry)
    {
        StringBuilder text = new(entry.Channel);
        text.Append(' ');
        CanNotation.Print(entry.Frame, text);
        return text.ToString();
    }
}
