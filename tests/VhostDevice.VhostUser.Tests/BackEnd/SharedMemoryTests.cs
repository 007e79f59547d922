// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using VhostDevice.Linux;
using VhostDevice.TestKit;
using VhostDevice.TestKit.Devices;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;
using VhostDevice.Virtio.Devices;
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>Shared memory regions: what a device has mapped into them, its driver sees.</summary>
[Collection(BackEndCollection.Name)]
public sealed class SharedMemoryTests : LeakChecked
{
    private const ulong Page = SharingDevice.Page;

    [Fact]
    public void Regions_are_told_by_their_ids_and_counted_without_the_empty_ones()
    {
        using TestBackEnd<SharingDevice> backEnd = new(() => new SharingDevice());
        using FrontEndConnection c = backEnd.Connect();
        Assert.True((c.GetProtocolFeatures() & ProtocolFeatures.ShmemMap) != 0);
        using ReceivedMessage answer = c.Exchange(FrontEndRequest.GetShmemConfig);
        Assert.Equal(8 + (256 * 8), answer.Payload.Length);
        Assert.Equal(1u, BinaryPrimitives.ReadUInt32LittleEndian(answer.Payload));
        Assert.Equal(SharingDevice.RegionSize, BinaryPrimitives.ReadUInt64LittleEndian(answer.Payload.AsSpan(16)));
        Assert.True(answer.Payload.AsSpan(24).IndexOfAnyExcept((byte)0) < 0);
        Assert.Equal([0, SharingDevice.RegionSize], c.GetShmemConfig());
    }

    [Fact]
    public void Without_regions_none_are_on_offer()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndConnection c = backEnd.Connect();
        Assert.Equal(ProtocolFeatures.None, c.GetProtocolFeatures() & (ProtocolFeatures.ShmemMap | ProtocolFeatures.SharedObject));
    }

    [Fact]
    public unsafe void What_is_mapped_is_the_same_memory_on_both_sides()
    {
        using SharingGuest guest = new();
        using MemoryMapping device = guest.BackEnd.With(static d =>
            Expect.Made(MemoryMapping.Map(d.File.Fd, 0, SharingDevice.RegionSize, 0, out MemoryMapping? mapping), mapping));
        guest.BackEnd.With(static d => d.Map(2 * Page, 3 * Page).Ok());
        Assert.Equal([("map 2000", Errno.Success)], guest.Ends(1));
        device.Address[3 * Page] = 0x31;
        Assert.Equal(0x31, guest.Window.Span(3 * Page, 1)[0]);
        guest.Window.Span(2 * Page, 1)[0] = 0x13;
        Assert.Equal(0x13, device.Address[2 * Page]);

        guest.BackEnd.With(static d => d.Unmap(2 * Page, 3 * Page).Ok());
        Assert.Equal([("unmap 2000", Errno.Success)], guest.Ends(1));
        Assert.Empty(guest.Window.Mappings);
        guest.BackEnd.With(static d => d.Map(3 * Page).Ok());
        Assert.Equal([("map 3000", Errno.Success)], guest.Ends(1));
    }

    [Fact]
    public void The_requests_have_the_form_of_the_specification()
    {
        using SharingGuest guest = new(automatic: false);
        guest.BackEnd.With(static d => d.Map(Page, 2 * Page, writable: false).Ok());
        using (ReceivedMessage map = guest.Take(BackEndRequest.ShmemMap))
        {
            Assert.Equal("0100000000000000 0010000000000000 0010000000000000 0020000000000000 0000000000000000", Words(map));
            Assert.Single(map.Fds);
            guest.Channel.Answer(map, 0);
        }

        _ = guest.Ends(1);
        guest.BackEnd.With(static d => d.Unmap(Page, 2 * Page).Ok());
        using (ReceivedMessage unmap = guest.Take(BackEndRequest.ShmemUnmap))
        {
            Assert.Equal("0100000000000000 0000000000000000 0010000000000000 0020000000000000 0000000000000000", Words(unmap));
            Assert.Empty(unmap.Fds);
            guest.Channel.Answer(unmap, 0);
        }

        _ = guest.Ends(1);
        guest.BackEnd.With(static d => d.Map(0).Ok());
        using ReceivedMessage writable = guest.Take(BackEndRequest.ShmemMap);
        Assert.EndsWith(" 0100000000000000", Words(writable), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 0UL, Page, 22)]
    [InlineData(2, 0UL, Page, 22)]
    [InlineData(255, 0UL, Page, 22)]
    [InlineData(1, 0UL, 0UL, 22)]
    [InlineData(1, 1UL, Page, 22)]
    [InlineData(1, 0UL, Page + 1, 22)]
    [InlineData(1, SharingDevice.RegionSize, Page, 22)]
    [InlineData(1, 0UL, SharingDevice.RegionSize + Page, 22)]
    [InlineData(1, Page, ulong.MaxValue - Page + 1, 22)]
    [InlineData(1, 0x8000UL, Page, 17)]
    [InlineData(1, 0x9000UL, Page, 17)]
    [InlineData(1, 0x7000UL, 2 * Page, 17)]
    [InlineData(1, 0UL, SharingDevice.RegionSize, 17)]
    [InlineData(1, 0x7000UL, Page, 0)]
    [InlineData(1, 0xa000UL, Page, 0)]
    public void What_cannot_be_mapped_is_refused_without_asking(byte region, ulong offset, ulong length, int errno)
    {
        using SharingGuest guest = new();
        guest.BackEnd.With(static d => d.Map(0x8000, 2 * Page).Ok());
        _ = guest.Ends(1);
        Assert.Equal(errno, guest.BackEnd.With(d => d.Front.MapShared(new SharedRange(region, offset, length), d.File, 0, true, d.Note("map"))).Code);
        if (errno != 0)
            Assert.False(guest.Channel.TryReceive(TimeSpan.Zero, out _));
        else
            Assert.Equal([("map", Errno.Success)], guest.Ends(1));
    }

    [Fact]
    public void Only_what_is_mapped_is_unmapped_and_only_whole()
    {
        using SharingGuest guest = new();
        guest.BackEnd.With(static d => d.Map(0, 2 * Page).Ok());
        _ = guest.Ends(1);
        Assert.Equal(Errno.ENOENT, guest.BackEnd.With(static d => d.Unmap(0)));
        Assert.Equal(Errno.ENOENT, guest.BackEnd.With(static d => d.Unmap(4 * Page)));
        Assert.Equal(
            Errno.EINVAL,
            guest.BackEnd.With(
                static d => d.Front.MapShared(new SharedRange(1, 4 * Page, Page), d.File, 5, true, d.Note("map"))));
        guest.BackEnd.With(static d => d.Unmap(0, 2 * Page).Ok());
        Assert.Equal(Errno.ENOENT, guest.BackEnd.With(static d => d.Unmap(0, 2 * Page)));
        _ = guest.Ends(1);
    }

    [Fact]
    public void A_front_end_that_cannot_map_says_so_and_the_place_is_free()
    {
        using SharingGuest guest = new(automatic: false);
        guest.BackEnd.With(static d => d.Map(0).Ok());
        using (ReceivedMessage map = guest.Take(BackEndRequest.ShmemMap))
            guest.Channel.Answer(map, 1);
        Assert.Equal([("map 0", Errno.EIO)], guest.Ends(1));
        guest.BackEnd.With(static d => d.Map(0).Ok());
        using (ReceivedMessage map = guest.Take(BackEndRequest.ShmemMap))
            guest.Channel.Answer(map, 0);
        Assert.Equal([("map 0", Errno.Success)], guest.Ends(1));
    }

    /// <summary>As QEMU does it: what is mapped becomes guest memory, of which all back-ends are told before the answer.</summary>
    [Fact]
    public void The_answer_may_come_after_another_memory_table()
    {
        using SharingGuest guest = new(automatic: false);
        for (ulong i = 0; i < 20; i++)
        {
            guest.BackEnd.With(d => d.Map(i * Page).Ok());
            using ReceivedMessage map = guest.Take(BackEndRequest.ShmemMap);
            guest.Front.Connection.SetMemTable(guest.Front.Memory).ThrowIfNegative();
            guest.Channel.Answer(map, 0);
            Assert.Equal([($"map {i * Page:x}", Errno.Success)], guest.Ends(1));
        }
    }

    [Fact]
    public void A_thousand_mappings_come_and_go()
    {
        using SharingGuest guest = new();
        for (int round = 0; round < 4; round++)
        {
            for (ulong i = 0; i < 256; i += 8)
            {
                guest.BackEnd.With(d =>
                {
                    for (ulong n = 0; n < 8; n++)
                        d.Map((i + n) * Page).Ok();
                });
                Assert.All(guest.Ends(8), static e => Assert.True(e.Errno.IsSuccess));
            }

            Assert.Equal(256, guest.Window.Mappings.Count);
            guest.BackEnd.With(static d =>
            {
                for (ulong i = 0; i < 256; i++)
                    d.Unmap(i * Page).Ok();
            });
            Assert.All(guest.Ends(256), static e => Assert.True(e.Errno.IsSuccess));
            Assert.Empty(guest.Window.Mappings);
        }
    }

    [Fact]
    public void A_reset_forgets_all_mappings()
    {
        using SharingGuest guest = new();
        guest.BackEnd.With(static d => d.Map(0).Ok());
        _ = guest.Ends(1);
        guest.Front.Reset();
        Assert.Empty(guest.Window.Mappings);
        guest.Front.Start();
        Assert.Equal(Errno.ENOENT, guest.BackEnd.With(static d => d.Unmap(0)));
        guest.BackEnd.With(static d => d.Map(0).Ok());
        Assert.Equal([("map 0", Errno.Success)], guest.Ends(1));
    }

    [Fact]
    public void The_next_connection_begins_without_mappings()
    {
        using SharingGuest guest = new();
        guest.BackEnd.With(static d => d.Map(0).Ok());
        _ = guest.Ends(1);
        guest.Front.Reattach(guest.BackEnd.Connect());
        guest.BackEnd.With(static d => d.Map(0).Ok());
        Assert.Equal([("map 0", Errno.Success)], guest.Ends(1));
        Assert.Equal([(0UL, Page)], guest.Window.Mappings);
    }

    private static string Words(ReceivedMessage message) =>
        string.Join(' ', message.Payload.Chunk(8).Select(static w => Convert.ToHexStringLower(w)));
}
