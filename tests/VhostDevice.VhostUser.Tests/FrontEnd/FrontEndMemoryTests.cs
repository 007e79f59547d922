// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using CsCheck;
using VhostDevice.Linux;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;
using Xunit;

namespace VhostDevice.VhostUser.Tests.FrontEnd;

public sealed unsafe class FrontEndMemoryTests
{
    [Fact]
    public void Table_of_regions()
    {
        using FrontEndMemory memory = new(
            [
                new RegionLayout(0x1000, 0x2000, UserAddress: 0xabc000, MmapOffset: 0x123),
                new RegionLayout(0x10000, 0x1000),
            ]);
        memory.Table(out MemoryRegionEntry[] entries, out int[] fds);
        Assert.Equal([memory.Regions[0].File.Fd, memory.Regions[1].File.Fd], fds);
        MemoryRegionEntry first = entries[0];
        Assert.Equal((0x1000UL, 0x2000UL, 0xabc000UL, 0x123UL), (first.GuestAddress, first.Size, first.UserAddress, first.MmapOffset));
        Assert.Equal((ulong)memory.Pointer(0x10000), entries[1].UserAddress);
        Assert.Equal(0xabc010UL, memory.UserAddress(0x1010));
        Assert.True(Files.Stat(fds[0], out FileFacts facts).IsSuccess);
        Assert.Equal(0x2123UL, facts.Size);
    }

    [Fact]
    public void Same_file_same_bytes()
    {
        using FrontEndMemory memory = new([new RegionLayout(0, 0x2000, FileSize: 0x3000)]);
        FrontEndRegion first = memory.Regions[0];
        memory.AddRegion(new RegionLayout(0x100000, 0x1800, MmapOffset: 0x1800, SharesFileOf: first));
        memory.Write(0x1fff, [77]);
        Assert.Equal(77, *memory.Pointer(0x1007ff));
        ArgumentException tooShort = Assert.Throws<ArgumentException>(
            () => memory.AddRegion(new RegionLayout(0x200000, 0x1000, MmapOffset: 0x2001, SharesFileOf: first)));
        Assert.StartsWith("the region's file has 12288 bytes, the region ends at 12289", tooShort.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Copies_cross_regions_that_follow_each_other()
    {
        using FrontEndMemory memory = new([new RegionLayout(0x1000, 0x1000), new RegionLayout(0x2000, 0x1000)]);
        byte[] data = [.. Enumerable.Range(0, 200).Select(i => (byte)i)];
        byte[] back = new byte[200];
        memory.Write(0x1fa0, data);
        memory.Read(0x1fa0, back);
        Assert.Equal(data, back);
        Assert.Throws<ArgumentOutOfRangeException>(() => memory.Pointer(0x1fa0, 0x61));
        Assert.Throws<ArgumentOutOfRangeException>(() => memory.Write(0x2fff, [1, 2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => memory.Pointer(0xfff));
        Assert.Throws<ArgumentOutOfRangeException>(() => memory.UserAddress(ulong.MaxValue));
    }

    [Fact]
    public void Regions_that_cannot_be()
    {
        using FrontEndMemory memory = new([new RegionLayout(0x1000, 0x1000)]);
        Assert.Throws<ArgumentException>(() => memory.AddRegion(new RegionLayout(0x1fff, 1)));
        Assert.Throws<ArgumentException>(() => memory.AddRegion(new RegionLayout(0, 0x1001)));
        Assert.Throws<ArgumentException>(() => memory.AddRegion(new RegionLayout(0, 0)));
        Assert.Throws<ArgumentException>(() => memory.AddRegion(new RegionLayout(ulong.MaxValue, 2)));
        memory.AddRegion(new RegionLayout(0x2000, 1));
        memory.AddRegion(new RegionLayout(0xfff, 1));
    }

    [Fact]
    public void Removed_regions_take_their_allocations_along()
    {
        using FrontEndMemory memory = new([new RegionLayout(0x1000, 0x1000), new RegionLayout(0x2000, 0x1000)]);
        memory.AllocateAt(0x1800, 0x100);
        memory.AllocateAt(0x2800, 0x100);
        Assert.Equal(0x1e00UL, memory.FreeBytes);
        memory.RemoveRegion(memory.Regions[0]);
        Assert.Equal(0xf00UL, memory.FreeBytes);
        Assert.Throws<ArgumentException>(() => memory.Free(0x1800));
        memory.Free(0x2800);
        Assert.Equal(0x1000UL, memory.FreeBytes);
    }

    [Fact]
    public void Allocations_never_overlap_and_all_comes_back() =>
        Gen.Select(Gen.Int[0, 2], Gen.ULong[1, 3000], Gen.Int[0, 12], Gen.Int).Array[0, 100].Sample(steps =>
        {
            using FrontEndMemory memory = new([new RegionLayout(0x1234, 0x4000), new RegionLayout(0x5234, 0x3001)]);
            ulong all = memory.FreeBytes;
            SortedList<ulong, ulong> taken = [];
            foreach ((int kind, ulong length, int log, int number) in steps)
            {
                if (kind == 0 && taken.Count > 0)
                {
                    ulong at = taken.Keys[(int)((uint)number % (uint)taken.Count)];
                    memory.Free(at);
                    taken.Remove(at);
                }
                else if (kind == 1)
                {
                    ulong at = 0x1234 + ((uint)number % 0x7001);
                    bool isFree = taken.All(t => at + length <= t.Key || t.Key + t.Value <= at)
                        && (at >= 0x5234 ? at + length <= 0x8235 : at + length <= 0x5234);
                    if (isFree)
                        memory.AllocateAt(at, length);
                    else
                        Assert.Throws<InsufficientMemoryException>(() => memory.AllocateAt(at, length));
                    if (isFree)
                        taken.Add(at, length);
                }
                else if (TryAllocate(memory, length, 1UL << log) is { } at)
                {
                    Assert.Equal(0UL, at & ((1UL << log) - 1));
                    Assert.All(taken, t => Assert.True(at + length <= t.Key || t.Key + t.Value <= at));
                    _ = memory.Pointer(at, length);
                    taken.Add(at, length);
                }

                Assert.Equal(all, memory.FreeBytes + (ulong)taken.Values.Sum(v => (long)v));
            }

            foreach (ulong at in taken.Keys)
                memory.Free(at);
            // In one piece again.
            memory.AllocateAt(0x1234, 0x4000);
            memory.AllocateAt(0x5234, 0x3001);
            Assert.Throws<InsufficientMemoryException>(() => memory.Allocate(1, 1));
        }, iter: 300);

    [Fact]
    public void Bad_arguments()
    {
        using FrontEndMemory memory = new(4096);
        Assert.Throws<ArgumentOutOfRangeException>(() => memory.Allocate(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => memory.Allocate(1, 3));
        Assert.Throws<ArgumentException>(() => memory.Free(0));
        Assert.Throws<InsufficientMemoryException>(() => memory.Allocate(4097, 1));
    }

    private static ulong? TryAllocate(FrontEndMemory memory, ulong length, ulong alignment)
    {
        try
        {
            return memory.Allocate(length, alignment);
        }
        catch (InsufficientMemoryException)
        {
            return null;
        }
    }
}
