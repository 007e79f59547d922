// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;
using VhostDevice.TestKit;
using VhostDevice.TestKit.Devices;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>Memory tables that must not be believed. What was there before stays, and the ring goes on.</summary>
[Collection(BackEndCollection.Name)]
public sealed class HostileMemoryTests : LeakChecked
{
    private const ulong FileSize = 0x10000;

    public static TheoryData<string, ulong, ulong, ulong, ulong> Absurd { get; } = new()
    {
        { "empty", 0x1000, 0, 0x1000, 0 },
        { "guest address wraps", ulong.MaxValue - 0xfff, 0x2000, 0x1000, 0 },
        { "user address wraps", 0x1000, 0x2000, ulong.MaxValue - 0xfff, 0 },
        { "beyond the end of the file", 0x1000, 0x1000, 0x1000, FileSize },
        { "one byte too long", 0x1000, FileSize, 0x1000, 1 },
        { "offset wraps", 0x1000, 0x1000, 0x1000, ulong.MaxValue },
        { "offset and size wrap", 0x1000, 0x1000, 0x1000, ulong.MaxValue - 0xfff },
        { "offset is negative", 0x1000, 0x1000, 0x1000, 1UL << 63 },
        { "huge", 0, 1UL << 60, 0, 0 },
        { "all of it", 0, ulong.MaxValue, 0, 0 },
    };

    public static TheoryData<string> WrongFiles { get; } = ["directory", "epoll", "socket", "eventfd", "pipe", "readonly", "null"];

    [Theory]
    [MemberData(nameof(Absurd))]
    public void An_absurd_region_is_refused(string what, ulong guest, ulong size, ulong user, ulong offset)
    {
        MemoryRegionEntry region = new() { GuestAddress = guest, Size = size, UserAddress = user, MmapOffset = offset };
        using OwnedFd file = Expect.NewMemFd(FileSize);
        AssertRefused(what, [region], [file.Fd]);
    }

    [Theory]
    [MemberData(nameof(WrongFiles))]
    public void A_file_that_is_no_memory_is_refused(string kind)
    {
        (OwnedFd fd, IDisposable other) = WrongFile(kind);
        using (other)
        using (fd)
            AssertRefused(kind, [new MemoryRegionEntry { GuestAddress = 0x1000, Size = 0x1000, UserAddress = 0x1000 }], [fd.Fd]);
    }

    [Theory]
    [InlineData(0x1000, 0x1fff, 0x1000, 0x9000)] // guest addresses overlap
    [InlineData(0x1000, 0x9000, 0x1000, 0x1fff)] // user addresses overlap
    [InlineData(0x1000, 0x1000, 0x1000, 0x1000)]
    public void Regions_that_overlap_are_refused(ulong guest0, ulong guest1, ulong user0, ulong user1)
    {
        using OwnedFd file = Expect.NewMemFd(FileSize);
        AssertRefused("overlap", [
            new MemoryRegionEntry { GuestAddress = guest0, Size = 0x1000, UserAddress = user0 },
            new MemoryRegionEntry { GuestAddress = guest1, Size = 0x1000, UserAddress = user1 }], [file.Fd, file.Fd]);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    [InlineData(8, 7)]
    public void Each_region_needs_one_descriptor(int regions, int fds)
    {
        using OwnedFd file = Expect.NewMemFd(FileSize);
        MemoryRegionEntry[] entries =
        [
            .. Enumerable.Range(1, regions)
                .Select(
                    i =>
                        new MemoryRegionEntry
                        {
                            GuestAddress = (ulong)i << 20,
                            Size = 0x1000,
                            UserAddress = (ulong)i << 20,
                        }),
        ];
        AssertRefused("descriptors", entries, [.. Enumerable.Repeat(file.Fd, fds)]);
    }

    [Fact]
    public void Good_regions_before_a_bad_one_are_given_back()
    {
        using OwnedFd file = Expect.NewMemFd(FileSize);
        MemoryRegionEntry[] entries =
        [
            .. Enumerable.Range(1, 8).Select(
                i =>
                    new MemoryRegionEntry
                    {
                        GuestAddress = (ulong)i << 20,
                        Size = 0x1000,
                        UserAddress = (ulong)i << 20,
                    }),
        ];
        entries[7].Size = FileSize + 1;
        AssertRefused("the last one", entries, [.. Enumerable.Repeat(file.Fd, 8)]);
    }

    [Fact]
    public void Removing_what_is_not_there_is_refused()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice front = backEnd.Attach();
        MemoryRegionEntry entry = front.Memory.Regions[0].Entry;
        foreach (MemoryRegionEntry wrong in (MemoryRegionEntry[])[
            entry with { Size = entry.Size - 1 }, entry with { GuestAddress = entry.GuestAddress + 1 },
            entry with { UserAddress = entry.UserAddress + 1 }])
            Assert.True(front.Connection.RemMemReg(wrong).IsNegative);
        Assert.Equal([1], front.Request(0, [1], 1));
        // "The mmap offset is ignored."
        Assert.True(front.Connection.RemMemReg(entry with { MmapOffset = 4711 }).IsPositive);
    }

    // SET_MEM_TABLE, and ADD_MEM_REG where it is one region, beside a ring that runs.
    private static void AssertRefused(string what, MemoryRegionEntry[] regions, int[] fds)
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice front = backEnd.Attach();
        int mapped = ProcessResources.Take().Mappings.Count;
        Assert.True(front.Connection.SetMemTable(regions, fds).IsNegative, what);
        if (regions.Length == 1 && fds.Length <= 1)
        {
            using ReceivedMessage answer = front.Connection.Exchange(
                FrontEndRequest.AddMemReg, Payloads.Of(new SingleMemoryRegion { Region = regions[0] }), fds);
            Payloads.AssertAnswer(answer, FrontEndRequest.AddMemReg, Payloads.Number(1));
        }

        Assert.Equal(mapped, ProcessResources.Take().Mappings.Count);
        Assert.Equal([1, 2], front.Request(0, [1, 2], 2));
        Assert.NotEmpty(backEnd.Log.From(LogLevel.Warning));
    }

    private static (OwnedFd Fd, IDisposable Other) WrongFile(string kind)
    {
        switch (kind)
        {
            case "directory":
                return (Expect.Open("/tmp"), Stream.Null);
            case "readonly":
                return (Expect.Open("/proc/self/exe"), Stream.Null);
            case "null":
                return (Expect.Open("/dev/null", write: true), Stream.Null);
            case "socket":
                return Expect.NewPair();
            case "pipe":
                return Expect.NewPipe();
            case "epoll":
                return (SpecialFiles.NewEpoll(), Stream.Null);
            default:
                return (Expect.NewEventFd(), Stream.Null);
        }
    }
}
