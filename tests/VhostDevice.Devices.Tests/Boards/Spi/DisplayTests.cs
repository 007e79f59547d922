// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using System.IO.Compression;
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.Control;
using VhostDevice.Devices.Boards.Models;
using VhostDevice.Devices.Boards.Spi;
using VhostDevice.Devices.Boards.Wiring;
using Xunit;

namespace VhostDevice.Devices.Tests.Boards.Spi;

/// <summary>A display: what is drawn as Linux's driver does is what the picture has.</summary>
public sealed class DisplayTests : IDisposable
{
    private const int Width = St7735r.Width;
    private const int Height = St7735r.Height;

    private const byte MirrorRows = 0x80;
    private const byte MirrorColumns = 0x40;
    private const byte Exchanged = 0x20;
    private const byte BlueFirst = 0x08;
    private const byte Format12 = 3;
    private const byte Format16 = 5;
    private const byte Format18 = 6;

    private readonly Board _board = new("test", new ManualTime());
    private readonly St7735r _display;
    private readonly SpiMaster _master;
    private readonly Level _dataCommand;
    private readonly Level _reset;

    public DisplayTests()
    {
        SimulatedSpiBus bus = new(_board, "spi0");
        _display = new St7735r(_board, "display0");
        bus.Attach(_display, 0);
        _dataCommand = new Level(_board, "dc");
        _reset = new Level(_board, "reset");
        _board.Nets.Connect(_dataCommand.Pins[0], _display.DataCommand);
        _board.Nets.Connect(_reset.Pins[0], _display.ResetPin);
        Set(_reset, high: true);
        _master = new SpiMaster(bus);
    }

    public void Dispose() => _board.Dispose();

    [Theory]
    [InlineData(Format16)]
    [InlineData(Format18)]
    public void Each_pixel_is_where_it_was_drawn(byte format)
    {
        Start(MirrorRows | MirrorColumns, format);
        (byte R, byte G, byte B)[] picture = Pattern();
        Command(0x2c, [.. picture.SelectMany(p => Pixel(p, format))]);
        // Of five bits that were made eight, six are others again.
        int bits = format == Format18 ? 6 : 5;
        Assert.Equal(picture.Select(p => (Again(p.R, bits), Again(p.G, 6), Again(p.B, bits))), Picture());

        static byte Again(byte value, int bits) => Widen(value >> (8 - bits), bits);
    }

    [Fact]
    public void Twelve_bits_are_two_pixels_in_three_bytes()
    {
        Start(MirrorRows | MirrorColumns, Format12);
        Command(0x2c, 0x12, 0x3a, 0xbc);
        Assert.Equal([(0x11, 0x22, 0x33), (0xaa, 0xbb, 0xcc), (0, 0, 0)], Picture()[..3]);
    }

    [Fact]
    public void A_window_takes_what_is_drawn_line_by_line_and_begins_again()
    {
        Start(MirrorRows | MirrorColumns, Format16);
        Command(0x2a, 0, 10, 0, 11);
        Command(0x2b, 0, 20, 0, 21);
        // In two messages, cut within a pixel; the fifth is the first again.
        Command(0x2c, 0xf8, 0x00, 0x07);
        Data(0xe0, 0x00, 0x1f, 0xff, 0xff, 0x07, 0xff);
        (byte, byte, byte)[] shown = Picture();
        Assert.Equal((0, 255, 255), shown[20 * Width + 10]);
        Assert.Equal((0, 255, 0), shown[20 * Width + 11]);
        Assert.Equal((0, 0, 255), shown[21 * Width + 10]);
        Assert.Equal((255, 255, 255), shown[21 * Width + 11]);
        Assert.Equal(4, shown.Count(p => p != (0, 0, 0)));
    }

    // Where the first pixel and the second are, on a panel that is mounted the other way round.
    [Theory]
    [InlineData(MirrorRows | MirrorColumns, 0, 0, 1, 0)]
    [InlineData(0, 127, 159, 126, 159)]
    [InlineData(MirrorColumns | Exchanged, 0, 159, 0, 158)]
    [InlineData(MirrorRows | Exchanged, 127, 0, 127, 1)]
    public void It_is_turned_as_the_driver_turns_it(byte order, int x0, int y0, int x1, int y1)
    {
        Start(order, Format16);
        Command(0x2c, 0xf8, 0, 0x07, 0xe0);
        (byte, byte, byte)[] shown = Picture();
        Assert.Equal((255, 0, 0), shown[y0 * Width + x0]);
        Assert.Equal((0, 255, 0), shown[y1 * Width + x1]);
        Start((byte)(order | BlueFirst), Format16);
        Command(0x2c, 0xf8, 0);
        Assert.Equal((0, 0, 255), Picture()[y0 * Width + x0]);
    }

    [Fact]
    public void Off_asleep_or_reset_it_is_black_and_inverted_it_is_the_other_colour()
    {
        Start(MirrorRows | MirrorColumns, Format16);
        Command(0x2c, 0xff, 0xff);
        Assert.Equal((255, 255, 255), Picture()[0]);
        Assert.True(_display.On.Value);
        Command(0x21);
        Assert.Equal([(0, 0, 0), (255, 255, 255)], Picture()[..2]);
        Command(0x20);
        Command(0x28);
        Assert.Equal((0, 0, 0), Picture()[0]);
        Command(0x29);
        Command(0x10);
        Assert.Equal((0, 0, 0), Picture()[0]);
        Command(0x11);
        Assert.Equal((255, 255, 255), Picture()[0]);
        Set(_reset, high: false);
        Set(_reset, high: true);
        Assert.False(_display.On.Value);
        Assert.Equal((0, 0, 0), Picture()[0]);
        // Its memory is what it was.
        Start(MirrorRows | MirrorColumns, Format16);
        Assert.Equal((255, 255, 255), Picture()[0]);
        Command(0x01);
        Assert.False(_display.On.Value);
    }

    [Fact]
    public void What_makes_no_sense_changes_nothing_else()
    {
        Start(MirrorRows | MirrorColumns, Format16);
        Command(0x2a, 0xff, 0xff, 0xff, 0xff);
        Command(0x2b, 0, 9, 0, 3, 1, 2, 3);
        Command(0x2c, [.. new byte[4000]]);
        Command(0x2a, 0, 200, 0, 3);
        Command(0x2c, [.. Enumerable.Repeat((byte)0xff, 4001)]);
        Command(0x3a, 7);
        Command(0x2c, 1, 2, 3, 4, 5);
        Command(0x77, 1, 2, 3, 4, 5, 6);
        Assert.Equal([0xff, 0xff], _master.Both(0, 0));
        Assert.All(Picture(), p => Assert.Equal((0, 0, 0), p));
        Start(MirrorRows | MirrorColumns, Format16);
        Command(0x2a, 0, 0, 0, 127);
        Command(0x2b, 0, 0, 0, 159);
        Command(0x2c, 0xff, 0xff);
        Assert.Equal((255, 255, 255), Picture()[0]);
    }

    [Fact]
    public void A_verb_sends_its_picture()
    {
        Start(MirrorRows | MirrorColumns, Format16);
        Command(0x2c, 0xf8, 0);
        List<string> lines = [];
        Assert.Null(BoardCommands.Run(_board, ["picture", "display0"], lines.Add));
        Assert.All(lines, line => Assert.InRange(line.Length, 4, 4096));
        Assert.Equal((255, 0, 0), Decode([.. lines.SelectMany(Convert.FromBase64String)])[0]);
        Assert.Equal("there is no display 'dc': display0", BoardCommands.Run(_board, ["picture", "dc"], lines.Add));
    }

    private static (byte R, byte G, byte B)[] Pattern()
    {
        (byte, byte, byte)[] all = new (byte, byte, byte)[Width * Height];
        for (int i = 0; i < all.Length; i++)
            all[i] = (Widen(i & 31, 5), Widen(i >> 3 & 63, 6), Widen(i >> 9 & 31, 5));
        return all;
    }

    // What has no more than 5 and 6 bits has as many in any format.
    private static byte Widen(int value, int bits) => (byte)(value << (8 - bits) | value >> (2 * bits - 8));

    private static byte[] Pixel((byte R, byte G, byte B) p, byte format)
    {
        if (format == Format18)
            return [p.R, p.G, p.B];
        int value = p.R >> 3 << 11 | p.G >> 2 << 5 | p.B >> 3;
        return [(byte)(value >> 8), (byte)value];
    }

    private void Start(byte order, byte format)
    {
        Command(0x11);
        Command(0x36, order);
        Command(0x3a, format);
        Command(0x29);
    }

    private void Command(byte command, params byte[] data)
    {
        Set(_dataCommand, high: false);
        _master.Write(command);
        if (data.Length > 0)
            Data(data);
    }

    private void Data(params byte[] data)
    {
        Set(_dataCommand, high: true);
        _master.Write(data);
    }

    private static void Set(Level level, bool high) => Assert.Null(level.Parameters[0].TrySet(high ? "high" : "low"));

    private (byte R, byte G, byte B)[] Picture() => Decode(_display.TakePicture());

    // By its rules; of the checksums, that of the pixels and that of the last part, which is always the same.
    private static (byte, byte, byte)[] Decode(byte[] png)
    {
        Assert.Equal([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], png[..8]);
        Assert.Equal("IEND"u8.ToArray(), png[^8..^4]);
        Assert.Equal([0xae, 0x42, 0x60, 0x82], png[^4..]);
        int at = 8;
        byte[] pixels = [];
        while (at < png.Length)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at));
            ReadOnlySpan<byte> type = png.AsSpan(at + 4, 4);
            ReadOnlySpan<byte> data = png.AsSpan(at + 8, length);
            if (type.SequenceEqual("IHDR"u8))
                Assert.Equal([0, 0, 0, Width, 0, 0, 0, Height, 8, 2, 0, 0, 0], data.ToArray());
            if (type.SequenceEqual("IDAT"u8))
                pixels = Inflate(data.ToArray());
            at += 12 + length;
        }

        List<(byte, byte, byte)> all = [];
        for (int y = 0; y < Height; y++)
        {
            int row = y * (1 + 3 * Width);
            Assert.Equal(0, pixels[row]);
            for (int x = 0; x < Width; x++)
                all.Add((pixels[row + 1 + 3 * x], pixels[row + 2 + 3 * x], pixels[row + 3 + 3 * x]));
        }

        return [.. all];
    }

    // Checks the checksum, too.
    private static byte[] Inflate(byte[] data)
    {
        using ZLibStream stream = new(new MemoryStream(data), CompressionMode.Decompress);
        using MemoryStream all = new();
        stream.CopyTo(all);
        return all.ToArray();
    }
}
