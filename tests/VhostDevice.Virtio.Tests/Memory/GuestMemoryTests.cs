// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Memory;

namespace VhostDevice.Virtio.Tests.Memory;

/// <summary>Which tables are refused, and what an address means in those that are not. No byte is touched.</summary>
public sealed unsafe class GuestMemoryTests
{
    private static GuestRegion Region(ulong guest, ulong user, ulong size) => new(guest, user, (byte*)(0x10_0000_0000 + guest), size, null);

    private static string Refuse(params GuestRegion[] regions)
    {
        Assert.False(GuestMemory.TryCreate(regions, out GuestMemory memory, out string problem));
        Assert.Same(GuestMemory.Empty, memory);
        Assert.NotEmpty(problem);
        return problem;
    }

    private static GuestMemory Accept(params GuestRegion[] regions)
    {
        Assert.True(GuestMemory.TryCreate(regions, out GuestMemory memory, out string problem), problem);
        return memory;
    }

    [Fact]
    public void Empty_and_wrapping_regions_are_refused()
    {
        Assert.Contains("empty", Refuse(Region(0x1000, 0x1000, 0)), StringComparison.Ordinal);
        Assert.Contains("wraps", Refuse(Region(ulong.MaxValue - 0xfff, 0, 0x1000 + 1)), StringComparison.Ordinal);
        Assert.Contains("wraps", Refuse(Region(0, ulong.MaxValue - 0xfff, 0x1000 + 1)), StringComparison.Ordinal);
        Assert.Contains("wraps", Refuse(Region(1, 1, ulong.MaxValue)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0x1000, 0x1000)] // the same
    [InlineData(0x0800, 0x1000)] // over the start
    [InlineData(0x1fff, 0x1000)] // over the last byte
    [InlineData(0x1100, 0x0100)] // inside
    [InlineData(0x0000, 0x9000)] // around
    public void Overlaps_are_refused_in_guest_and_in_user_addresses(ulong at, ulong size)
    {
        GuestRegion fixedRegion = Region(0x1000, 0x1000, 0x1000);
        Assert.Contains("guest address", Refuse(fixedRegion, Region(at, 0x100000, size)), StringComparison.Ordinal);
        Assert.Contains("user address", Refuse(Region(0x100000, at, size), fixedRegion), StringComparison.Ordinal);
    }

    [Fact]
    public void Neighbours_are_no_overlap() =>
        Accept(Region(0x2000, 0x1000, 0x1000), Region(0x1000, 0x3000, 0x1000), Region(0x3000, 0x2000, 0x1000));

    [Fact]
    public void At_most_509_regions()
    {
        GuestRegion[] regions = [.. Enumerable.Range(0, 510).Select(static i => Region((ulong)i * 0x1000, (ulong)i * 0x1000, 0x1000))];
        Assert.Contains("509", Refuse(regions), StringComparison.Ordinal);
        GuestMemory memory = Accept(regions[1..]);
        Assert.Equal(509, memory.Regions.Length);
        for (ulong i = 1; i < 510; i++)
        {
            Assert.True(memory.TryTranslate((i * 0x1000) + 5, 0x1000 - 5, out byte* host));
            Assert.Equal(0x10_0000_0005ul + (i * 0x1000), (ulong)host);
        }
    }

    [Fact]
    public void No_regions_are_a_valid_table_without_addresses()
    {
        GuestMemory memory = Accept();
        Assert.True(memory.Translate(0, out ulong contiguous) == null);
        Assert.Equal(0ul, contiguous);
        Assert.False(memory.TryTranslateUser(0, 0, out _));
        Assert.True(GuestMemory.Empty.Translate(0, out _) == null);
    }

    [Fact]
    public void Translation_ends_with_its_region()
    {
        GuestMemory memory = Accept(Region(0x4000, 0x91000, 0x1000), Region(0x1000, 0x95000, 0x2000));
        AssertAt(memory, 0x1000, 0x2000);
        AssertAt(memory, 0x2fff, 1);
        AssertAt(memory, 0x4000, 0x1000);
        AssertAt(memory, 0x4fff, 1);
        foreach (ulong hole in new ulong[] { 0, 0xfff, 0x3000, 0x3fff, 0x5000, ulong.MaxValue })
        {
            Assert.True(memory.Translate(hole, out ulong contiguous) == null);
            Assert.Equal(0ul, contiguous);
        }

        Assert.True(memory.TryTranslate(0x1800, 0x1800, out _));
        Assert.False(memory.TryTranslate(0x1800, 0x1801, out _));
        Assert.False(memory.TryTranslate(0x1800, ulong.MaxValue, out _));
        Assert.False(memory.TryTranslate(0x3000, 0, out _));
    }

    [Fact]
    public void User_addresses_are_their_own_space()
    {
        GuestMemory memory = Accept(Region(0x4000, 0x91000, 0x1000), Region(0x1000, 0x95000, 0x2000));
        Assert.True(memory.TryTranslateUser(0x91ff0, 0x10, out byte* host));
        Assert.Equal(0x10_0000_4ff0ul, (ulong)host);
        Assert.False(memory.TryTranslateUser(0x91ff0, 0x11, out host));
        Assert.True(host == null);
        Assert.True(memory.TryTranslateUser(0x95000, 0x2000, out host));
        Assert.Equal(0x10_0000_1000ul, (ulong)host);
        Assert.False(memory.TryTranslateUser(0x95000, ulong.MaxValue, out _));
        Assert.False(memory.TryTranslateUser(0x1000, 1, out _));
        Assert.False(memory.TryTranslateUser(0x97000, 0, out _));
    }

    [Fact]
    public void The_last_byte_of_the_address_space_is_never_part_of_a_region()
    {
        GuestMemory memory = Accept(Region(ulong.MaxValue - 0x1000, ulong.MaxValue - 0x1000, 0x1000));
        AssertAt(memory, ulong.MaxValue - 1, 1);
        Assert.True(memory.Translate(ulong.MaxValue, out _) == null);
        Assert.False(memory.TryTranslate(ulong.MaxValue - 1, 2, out _));
        Assert.True(memory.Translate(0, out _) == null);
    }

    private static void AssertAt(GuestMemory memory, ulong address, ulong expected)
    {
        Assert.Equal(0x10_0000_0000 + address, (ulong)memory.Translate(address, out ulong contiguous));
        Assert.Equal(expected, contiguous);
    }
}
