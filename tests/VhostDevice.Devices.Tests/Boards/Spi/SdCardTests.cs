// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.Models;
using VhostDevice.Devices.Boards.Spi;
using Xunit;

namespace VhostDevice.Devices.Tests.Boards.Spi;

/// <summary>Memory cards: who they say they are, and what they do with blocks.</summary>
public sealed class SdCardTests : IDisposable
{
    private const int Block = SdHost.Block;

    private readonly ManualTime _time = new();
    private readonly Board _board;

    public SdCardTests() => _board = new Board("test", _time);

    public static TheoryData<long, bool> Sizes => new()
    {
        { 512 << 10, false },
        { 1 << 20, false },
        { 64 << 20, false },
        { (64 << 20) + (512 << 10), false },
        { 1 << 30, false },
        { (1 << 30) + (512 << 10), false },
        { 2L << 30, false },
        { (2L << 30) + (512 << 10), true },
        { 64L << 30, true },
        { 2L << 40, true },
    };

    public void Dispose() => _board.Dispose();

    [Fact]
    public void Checksums_are_those_of_the_specification()
    {
        // Examples of the specification: CMD0, CMD17, CMD8; 512 bytes 0xff.
        Assert.Equal(0x95, SdChecksum.OfCommand([0x40, 0, 0, 0, 0]));
        Assert.Equal(0x55, SdChecksum.OfCommand([0x51, 0, 0, 0, 0]));
        Assert.Equal(0x87, SdChecksum.OfCommand([0x48, 0, 0, 1, 0xaa]));
        Assert.Equal(0x7fa1, SdChecksum.OfData([.. Enumerable.Repeat((byte)0xff, Block)]));
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void It_says_who_it_is_and_how_large(long size, bool high)
    {
        (SdHost host, _) = Make(size);
        host.Start(high);
        Assert.Equal([0, (byte)(high ? 0xc0 : 0x80), 0xff, 0x80, 0], host.Ask(58, 0, 5));
        byte[] csd = host.Register(9);
        Assert.Equal(SdChecksum.OfCommand(csd.AsSpan(0, 15)), csd[15]);
        Assert.Equal(high ? 1 : 0, csd[0] >> 6);
        long said = high
            ? ((csd[7] & 0x3fL) << 16 | (long)csd[8] << 8 | csd[9]) * (512 << 10) + (512 << 10)
            : (((csd[6] & 3L) << 10 | (long)csd[7] << 2 | (long)(csd[8] >> 6)) + 1)
                << ((((csd[9] & 3) << 1 | csd[10] >> 7) + 2) + (csd[5] & 0xf));
        Assert.Equal(size, said);
        byte[] cid = host.Register(10);
        Assert.Equal("SIM-D"u8.ToArray(), cid[3..8]);
        Assert.Equal(SdChecksum.OfCommand(cid.AsSpan(0, 15)), cid[15]);
        Assert.Equal([0], host.AskApplication(51));
        Assert.Equal([0x02, 0x05], host.TakeBlock(8)[..2]);
        Assert.Equal([0, 0], host.AskApplication(13, 0, 2));
        _ = host.TakeBlock(64);
        Assert.Equal([0], host.Ask(6, 0x00fffff1));
        byte[] functions = host.TakeBlock(64);
        Assert.Equal([0x80, 0x01, 0x00, 0x00, 0x0f], functions[12..17]);
    }

    [Fact]
    public void It_is_silent_until_somebody_speaks_SPI()
    {
        (SdHost host, _) = Make();
        Assert.Equal([0xff, 0xff], host.AskRaw(SdHost.Command(8, 0x1aa), 2));
        Assert.Equal([0xff, 0xff], host.AskRaw([0x40, 0, 0, 0, 0, 0x97], 2));
        Assert.Equal([1], host.Ask(0));
        // Until it is ready it does not do much.
        Assert.Equal([5], host.Ask(17));
        Assert.Equal([5], host.AskApplication(51));
        Assert.Equal([1, 0, 0xff, 0x80, 0], host.Ask(58, 0, 5));
        // Its other checksums matter when it is told so; those of two commands always.
        Assert.Equal([9], host.AskRaw([0x48, 0, 0, 1, 0xaa, 1], 1));
    }

    [Fact]
    public void A_large_one_waits_for_hosts_that_know_such()
    {
        (SdHost host, _) = Make(4L << 30);
        host.Ask(0);
        for (int i = 0; i < 3; i++)
            Assert.Equal([1], host.AskApplication(41, 1u << 30));
        host.Ask(8, 0x1aa);
        for (int i = 0; i < 3; i++)
            Assert.Equal([1], host.AskApplication(41));
        host.AskApplication(41, 1u << 30);
        Assert.Equal([0], host.AskApplication(41, 1u << 30));
        Assert.Equal([0xc0], host.Ask(58, 0, 2)[1..]);
    }

    [Theory]
    [InlineData(1 << 20, false)]
    [InlineData(4L << 30, true)]
    public void Blocks_are_where_they_were_written(long size, bool high)
    {
        (SdHost host, _) = Make(size);
        host.Start(high);
        uint step = high ? 1u : Block;
        uint last = (uint)(size / Block - 1) * step;
        foreach (uint address in new uint[] { 0, step, last })
        {
            Assert.Equal([0], host.Ask(24, address));
            Assert.Equal(5, host.GiveBlock(SdHost.Pattern((int)address)));
            Assert.Equal(1, host.WaitWhileBusy());
        }

        Assert.Equal(SdHost.Pattern(0), host.Read(0));
        Assert.Equal(SdHost.Pattern((int)step), host.Read(step));
        Assert.Equal(SdHost.Pattern((int)last), host.Read(last));
        Assert.Equal(new byte[Block], host.Read(2 * step));
        Assert.Equal([0x40], host.Ask(17, last + step));
        Assert.Equal([0x40], host.Ask(24, uint.MaxValue));
        if (!high)
            Assert.Equal([0x20], host.Ask(17, 1));
    }

    [Fact]
    public void Several_go_one_after_the_other_until_they_are_stopped()
    {
        (SdHost host, _) = Make(1 << 20);
        host.Start();
        Assert.Equal([0], host.Ask(25, 4 * Block));
        for (int i = 4; i < 8; i++)
            Assert.Equal(5, host.GiveBlock(SdHost.Pattern(i), 0xfc));
        host.Master.Write(0xfd);
        host.WaitWhileBusy();
        Assert.Equal([0], host.AskApplication(22));
        Assert.Equal([0, 0, 0, 4], host.TakeBlock(4));
        Assert.Equal([0], host.Ask(18, 4 * Block));
        for (int i = 4; i < 8; i++)
            Assert.Equal(SdHost.Pattern(i), host.TakeBlock());
        // In the middle of the next.
        _ = host.Ones(20);
        Assert.Equal([0], host.Ask(12));
        host.WaitWhileBusy();
        Assert.Equal(0xff, host.Token());
        // Over its end there is nothing.
        Assert.Equal([0], host.Ask(18, (1 << 20) - Block));
        _ = host.TakeBlock();
        Assert.Equal(0x08, host.Token());
        Assert.Equal(0xff, host.Token());
        Assert.Equal([0], host.Ask(25, (1 << 20) - Block));
        Assert.Equal(5, host.GiveBlock(SdHost.Pattern(1), 0xfc));
        Assert.Equal(0x0d, host.GiveBlock(SdHost.Pattern(2), 0xfc));
        host.Master.Write(0xfd);
        host.WaitWhileBusy();
        Assert.Equal([0, 4], host.Ask(13, 0, 2));
        Assert.Equal([0, 0], host.Ask(13, 0, 2));
    }

    [Fact]
    public void Parts_of_blocks_are_read_where_a_card_is_addressed_by_bytes()
    {
        (SdHost host, _) = Make(1 << 20);
        host.Start();
        host.Ask(24);
        host.GiveBlock(SdHost.Pattern(7));
        Assert.Equal([0x40], host.Ask(16, 0));
        Assert.Equal([0x40], host.Ask(16, 513));
        Assert.Equal([0], host.Ask(16, 16));
        Assert.Equal(SdHost.Pattern(7)[100..116], host.Read(100, 16));
        Assert.Equal([0x20], host.Ask(17, 500));
        // Only whole blocks are written.
        Assert.Equal([0x40], host.Ask(24));
    }

    [Fact]
    public void Checksums_matter_when_the_host_says_so()
    {
        (SdHost host, _) = Make(1 << 20);
        host.Start();
        Assert.Equal([0, 0], host.AskRaw([0x4d, 0, 0, 0, 0, 0xff], 2));
        Assert.Equal([0], host.Ask(59, 1));
        Assert.Equal([8], host.AskRaw([0x4d, 0, 0, 0, 0, 0xff], 1));
        host.Ask(24);
        Assert.Equal(0x0b, host.GiveBlock(SdHost.Pattern(1), checksum: 0x1234));
        Assert.Equal(new byte[Block], host.Read(0));
        Assert.Equal([0], host.Ask(59, 0));
        host.Ask(24);
        Assert.Equal(5, host.GiveBlock(SdHost.Pattern(1), checksum: 0x1234));
        Assert.Equal(SdHost.Pattern(1), host.Read(0));
    }

    [Fact]
    public void What_is_erased_is_zeros_and_takes_as_long_as_there_is_of_it()
    {
        (SdHost host, _) = Make(16 << 20);
        host.Start();
        foreach (uint i in new uint[] { 1, 2, 3, 30_000 })
        {
            host.Ask(24, i * Block);
            host.GiveBlock(SdHost.Pattern((int)i));
        }

        Assert.Equal([0], host.Ask(32, 2 * Block));
        Assert.Equal([0], host.Ask(33, 30_000 * Block));
        Assert.Equal([0], host.Ask(38));
        // A mebibyte at each look.
        Assert.InRange(host.WaitWhileBusy(), 14, 16);
        Assert.Equal(SdHost.Pattern(1), host.Read(Block));
        Assert.Equal(new byte[Block], host.Read(2 * Block));
        Assert.Equal(new byte[Block], host.Read(30_000 * Block));
    }

    [Fact]
    public void Erasing_has_an_order()
    {
        (SdHost host, _) = Make(1 << 20);
        host.Start();
        host.Ask(24);
        host.GiveBlock(SdHost.Pattern(1));
        Assert.Equal([0x10], host.Ask(38));
        Assert.Equal([0x10], host.Ask(33));
        Assert.Equal([0], host.Ask(32, Block));
        Assert.Equal([0], host.Ask(33));
        Assert.Equal([0x40], host.Ask(38)); // the last before the first
        Assert.Equal([0], host.Ask(32));
        Assert.Equal([2], host.Ask(16, Block)); // something else in between
        Assert.Equal([0x10], host.Ask(38));
        Assert.Equal([0x40], host.Ask(32, 1 << 20));
        Assert.Equal(SdHost.Pattern(1), host.Read(0));
    }

    [Fact]
    public void The_switch_at_its_side_keeps_it_as_it_is()
    {
        (SdHost host, SdCard card) = Make(1 << 20);
        host.Start();
        host.Ask(24);
        host.GiveBlock(SdHost.Pattern(1));
        Assert.False(card.Pins[1].Level);
        card.WriteProtect.Value = true;
        Assert.True(card.Pins[1].Level);
        Assert.Equal(0x10, host.Register(9)[14] & 0x10);
        Assert.Equal([0], host.Ask(24));
        Assert.Equal(0x0d, host.GiveBlock(SdHost.Pattern(2)));
        Assert.Equal([0, 0x20], host.Ask(13, 0, 2));
        host.Ask(32);
        host.Ask(33);
        host.Ask(38);
        host.WaitWhileBusy();
        Assert.Equal([0, 0x20], host.Ask(13, 0, 2));
        Assert.Equal(SdHost.Pattern(1), host.Read(0));
    }

    [Fact]
    public void Pulled_out_it_says_nothing_and_then_begins_from_the_start()
    {
        (SdHost host, SdCard card) = Make(1 << 20);
        host.Start();
        host.Ask(24);
        host.GiveBlock(SdHost.Pattern(1));
        host.Ask(25, Block);
        host.Master.Write(0xfc, 1, 2, 3); // in the middle of a block
        Assert.Equal(PinLevel(card), (false, "cd"));
        card.Connected.Value = false;
        Assert.Equal([0xff, 0xff], host.AskRaw(SdHost.Command(13), 2));
        card.Connected.Value = true;
        Assert.Equal([0xff, 0xff], host.AskRaw(SdHost.Command(13), 2));
        host.Start();
        Assert.Equal(SdHost.Pattern(1), host.Read(0));

        static (bool, string) PinLevel(SdCard card) => (card.Pins[0].Level, card.Pins[0].Name);
    }

    [Fact]
    public void It_works_for_as_long_as_it_is_told_after_each_block()
    {
        (SdHost host, SdCard card) = Make(1 << 20);
        host.Start();
        card.Busy.Value = 5;
        host.Ask(24);
        Assert.Equal(5, host.GiveBlock(SdHost.Pattern(1)));
        Assert.Equal([0, 0, 0], host.Ones(3));
        // Nothing is heard meanwhile but the question how it is.
        Assert.Equal([0, 0], host.Master.Both([.. SdHost.Command(17), 0xff, 0xff])[6..]);
        Assert.Equal([0, 0], host.Ask(13, 0, 2));
        _time.PassMilliseconds(5);
        Assert.Equal(1, host.WaitWhileBusy());
        Assert.Equal(SdHost.Pattern(1), host.Read(0));
    }

    [Fact]
    public void Half_a_block_and_half_a_command_end_with_the_selection()
    {
        (SdHost host, _) = Make(1 << 20);
        host.Start();
        host.Ask(24);
        host.Master.Write(0xfe, 1, 2, 3);
        // A guest that went on after a pause would otherwise write what comes next.
        _time.PassMilliseconds(SimulatedSpiBus.LongestPause.TotalMilliseconds);
        Assert.Equal([0, 0], host.Ask(13, 0, 2));
        Assert.Equal(new byte[Block], host.Read(0));
        host.Master.Write(0x51, 0, 0);
        _time.PassMilliseconds(SimulatedSpiBus.LongestPause.TotalMilliseconds);
        Assert.Equal([0, 0], host.Ask(13, 0, 2));
    }

    [Fact]
    public void What_it_was_asked_for_outlives_the_selection()
    {
        (SdHost host, _) = Make(1 << 20);
        host.Start();
        // Linux's driver deselects it behind a command that data follows.
        host.Master.Exchange([0xff, .. SdHost.Command(24), 0xff, 0xff], 9, ends: true);
        Assert.Equal(5, host.GiveBlock(SdHost.Pattern(1)));
        byte[] answer = host.Master.Exchange([0xff, .. SdHost.Command(17), 0xff, 0xff], 9, ends: true);
        Assert.Equal(0, answer[8]);
        Assert.Equal(SdHost.Pattern(1), host.TakeBlock());
    }

    [Fact]
    public void Whatever_comes_it_can_be_started_again()
    {
        (SdHost host, SdCard card) = Make(1 << 20);
        Random random = new(1);
        byte[] some = new byte[700];
        for (int i = 0; i < 2000; i++)
        {
            random.NextBytes(some);
            // Many of them are commands, tokens and whole ones.
            switch (random.Next(4))
            {
                case 0:
                    SdHost.Command(random.Next(64), (uint)random.Next(4 << 20)).CopyTo(some, random.Next(600));
                    break;
                case 1:
                    some[0] = (byte)random.Next(0xfc, 0xff);
                    break;
                case 2:
                    host.Start();
                    break;
            }

            _ = host.Master.Both(some[..random.Next(1, some.Length)]);
            _time.PassMilliseconds(random.Next(2) * 100);
            card.Connected.Value = false;
            card.Connected.Value = true;
        }

        host.Start();
        Assert.Equal(Block, host.Read(0).Length);
    }

    private (SdHost Host, SdCard Card) Make(long size = 1 << 20)
    {
        SimulatedSpiBus bus = new(_board, "spi0");
        SdCard card = new(_board, size);
        bus.Attach(card, 0);
        return (new SdHost(bus), card);
    }
}
