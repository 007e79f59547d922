// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.Models;
using VhostDevice.Devices.Boards.Spi;
using VhostDevice.Devices.Spi;
using VhostDevice.Hosting;
using Xunit;

namespace VhostDevice.Devices.Tests.Boards.Spi;

/// <summary>Who hears what on a simulated bus, and when chips are selected.</summary>
public sealed class SpiBusTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly Board _board;

    public SpiBusTests() => _board = new Board("test", _time);

    public void Dispose() => _board.Dispose();

    [Fact]
    public void Auto_deselects_when_the_chip_says_that_its_message_is_over()
    {
        (SpiMaster master, NotingChip chip) = Make(SpiSelectRule.Auto);
        master.Write(1);
        master.Write(2);
        Assert.Equal("v01,02", chip.Text);
        chip.Over = true;
        master.Write(3);
        master.Write(4);
        Assert.Equal("v01,02,03^v04^", chip.Text);
    }

    [Fact]
    public void Auto_deselects_when_nothing_comes_for_a_while()
    {
        (SpiMaster master, NotingChip chip) = Make(SpiSelectRule.Auto);
        master.Write(1);
        _time.PassMilliseconds(999.9);
        master.Write(2);
        _time.PassMilliseconds(1000);
        master.Write(3);
        Assert.Equal("v01,02^v03", chip.Text);
    }

    [Fact]
    public void Auto_deselects_when_the_mode_is_another_one()
    {
        (SpiMaster master, NotingChip chip) = Make(SpiSelectRule.Auto);
        master.Write(1);
        master.Mode = SpiTransferMode.SecondEdge;
        master.Write(2);
        Assert.Equal("v01^v02", chip.Text);
    }

    [Fact]
    public void Hold_deselects_only_when_asked_to()
    {
        (SpiMaster master, NotingChip chip) = Make(SpiSelectRule.Hold);
        chip.Over = true;
        master.Write(1);
        _time.PassMilliseconds(1000);
        master.Exchange([2], 0, ends: true);
        master.Write(3);
        Assert.Equal("v01,02^v03", chip.Text);
    }

    [Fact]
    public void Request_deselects_after_each()
    {
        (SpiMaster master, NotingChip chip) = Make(SpiSelectRule.Request);
        master.Write(1);
        master.Write(2);
        Assert.Equal("v01^v02^", chip.Text);
    }

    [Fact]
    public void Another_chip_another_guest_and_a_guest_that_leaves_end_a_message()
    {
        SimulatedSpiBus bus = new(_board, "spi0", SpiSelectRule.Hold);
        NotingChip one = new(), two = new();
        bus.Attach(one, 0);
        bus.Attach(two, 1);
        SpiMaster first = new(bus), other = new(bus, chip: 1), stranger = new(bus);
        first.Write(1);
        other.Write(2);
        Assert.Equal(("v01^", "v02"), (one.Text, two.Text));
        first.Write(3);
        stranger.Write(4);
        Assert.Equal(("v01^v03^v04", "v02^"), (one.Text, two.Text));
        object guest = new();
        SpiTransfer transfer = new(guest);
        transfer.Begin(new() { BitsPerWord = 8 }, 1, 0);
        transfer.Sent[0] = 5;
        bus.Transfer(transfer);
        bus.Leave(new object());
        Assert.Equal("v01^v03^v04^v05", one.Text);
        bus.Leave(guest);
        Assert.Equal("v01^v03^v04^v05^", one.Text);
    }

    [Fact]
    public void Where_there_is_no_chip_nobody_pulls_the_line_down()
    {
        SimulatedSpiBus bus = new(_board, "spi0");
        bus.Attach(new LoopBack(_board, chipSelect: 2), 2);
        Assert.Equal(3, bus.Abilities.ChipSelects);
        Assert.Equal([0xff, 0xff], new SpiMaster(bus, chip: 1).Both(1, 2));
        Assert.Equal([1, 2], new SpiMaster(bus, chip: 2).Both(1, 2));
    }

    [Fact]
    public void A_loop_back_sends_back_in_any_mode_and_size()
    {
        SimulatedSpiBus bus = new(_board, "spi0");
        bus.Attach(new LoopBack(_board), 0);
        SpiMaster master = new(bus);
        byte[] data = [1, 2, 0x80, 4];
        foreach (byte bits in new byte[] { 8, 16, 32 })
        {
            for (uint mode = 0; mode < 32; mode++)
            {
                (master.Mode, master.BitsPerWord) = ((SpiTransferMode)mode, bits);
                Assert.Equal(data, master.Both(data));
                Assert.Equal(new byte[4], master.Read(4));
            }
        }
    }

    [Theory]
    [InlineData(8, 0u, "01028004")]
    [InlineData(16, 0u, "02010480")]
    [InlineData(32, 0u, "04800201")]
    [InlineData(8, 8u, "80400120")]
    [InlineData(16, 8u, "80400120")]
    public void Words_go_with_their_first_bit_first(byte bits, uint mode, string wire)
    {
        (SpiMaster master, NotingChip chip) = Make(SpiSelectRule.Request);
        (master.BitsPerWord, master.Mode) = (bits, (SpiTransferMode)mode);
        // The chip sends back what it gets.
        Assert.Equal([1, 2, 0x80, 4], master.Both(1, 2, 0x80, 4));
        Assert.Equal(wire, chip.Wire);
    }

    [Theory]
    [InlineData(0u, true)]
    [InlineData(3u, true)]
    [InlineData(1u, false)]
    [InlineData(2u, false)]
    [InlineData(4u, false)] // its chip select is active low
    public void A_chip_hears_only_the_modes_that_it_knows(uint mode, bool hears)
    {
        SimulatedSpiBus bus = new(_board, "spi0");
        bus.Attach(new Max31855(_board), 0);
        SpiMaster master = new(bus) { Mode = (SpiTransferMode)mode };
        Assert.Equal(hears, master.Read(4)[0] != 0xff);
    }

    [Fact]
    public void A_chip_that_is_not_connected_says_nothing()
    {
        SimulatedSpiBus bus = new(_board, "spi0");
        Max31855 chip = new(_board);
        bus.Attach(chip, 0);
        chip.Connected.Value = false;
        Assert.Equal([0xff, 0xff, 0xff, 0xff], new SpiMaster(bus).Read(4));
        chip.Connected.Value = true;
        Assert.Equal([1, 0x90, 0x19, 0], new SpiMaster(bus).Read(4));
    }

    [Fact]
    public void A_place_is_one_chips()
    {
        SimulatedSpiBus bus = new(_board, "spi0");
        bus.Attach(new LoopBack(_board, "first"), 0);
        BoardException problem = Assert.Throws<BoardException>(() => bus.Attach(new NotingChip(), 0));
        Assert.Contains("bus spi0 has first at chip select 0 already", problem.Message, StringComparison.Ordinal);
        Assert.Throws<BoardException>(() => bus.Attach(new NotingChip(), SimulatedSpiBus.MaxChipSelects));
    }

    [Fact]
    public void A_guest_has_one_bus()
    {
        Assert.Contains("has no SPI bus", Assert.Throws<StartupException>(() => SimulatedSpiBus.OnlyOne(_board)).Message, StringComparison.Ordinal);
        SimulatedSpiBus bus = new(_board, "spi0");
        Assert.Same(bus, SimulatedSpiBus.OnlyOne(_board));
        _ = new SimulatedSpiBus(_board, "spi1");
        StartupException problem = Assert.Throws<StartupException>(() => SimulatedSpiBus.OnlyOne(_board));
        Assert.Contains("has several SPI buses", problem.Message, StringComparison.Ordinal);
    }

    private (SpiMaster Master, NotingChip Chip) Make(SpiSelectRule rule)
    {
        SimulatedSpiBus bus = new(_board, "spi0", rule);
        NotingChip chip = new();
        bus.Attach(chip, 0);
        return (new SpiMaster(bus), chip);
    }

    /// <summary>Sends back what it gets, and notes it: v, bytes, ^.</summary>
    private sealed class NotingChip : ISpiPeripheral
    {
        private readonly System.Text.StringBuilder _text = new();

        internal bool Over { get; set; }

        internal string Text => _text.ToString();

        internal string Wire => Text.Replace(",", "", StringComparison.Ordinal).Trim('v', '^');

        public bool IsOver => Over;

        public bool Takes(SpiTransferMode mode) => true;

        public void Select() => _text.Append('v');

        public void Exchange(ReadOnlySpan<byte> sent, Span<byte> received)
        {
            if (_text[^1] != 'v')
                _text.Append(',');
            _text.Append(string.Join(',', sent.ToArray().Select(b => b.ToString("x2", System.Globalization.CultureInfo.InvariantCulture))));
            if (!received.IsEmpty)
                sent.CopyTo(received);
        }

        public void Deselect() => _text.Append('^');
    }
}
