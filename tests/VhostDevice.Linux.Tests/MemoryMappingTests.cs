// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.CompilerServices;

namespace VhostDevice.Linux.Tests;

public unsafe class MemoryMappingTests : LeakChecked
{
    private static readonly ulong s_page = (ulong)Environment.SystemPageSize;

    [Fact]
    public void Two_mappings_share_the_file()
    {
        using OwnedFd fd = Expect.NewMemFd(s_page);
        using MemoryMapping first = Map(fd, 0, s_page);
        using MemoryMapping second = Map(fd, 0, s_page);
        first.Address[17] = 42;
        Assert.Equal(42, second.Address[17]);
    }

    [Fact]
    public void What_is_in_memory_is_found()
    {
        using OwnedFd fd = Expect.NewMemFd(5 * s_page);
        Assert.True(MemoryMapping.CanFindResident(fd.Fd, (5 * s_page) - 1));
        using MemoryMapping mapping = Map(fd, 0, 5 * s_page);
        byte value = 1;
        foreach (ulong page in (ulong[])[1, 4])
        {
            IoVec piece = new(&value, 1);
            _ = FileIo.PWriteV(fd.Fd, new ReadOnlySpan<IoVec>(in piece), (long)(page * s_page), out Errno errno);
            errno.Ok();
        }

        byte[] pages = new byte[4];
        mapping.FindResident(s_page, pages).Ok();
        Assert.Equal([1, 0, 0, 1], pages.Select(static b => b & 1));
    }

    [Fact]
    public void An_unaligned_offset_is_the_byte_asked_for()
    {
        using OwnedFd fd = Expect.NewMemFd(4 * s_page);
        using MemoryMapping whole = Map(fd, 0, 4 * s_page);
        using MemoryMapping part = Map(fd, s_page + 123, s_page);
        Assert.Equal(s_page, part.Length);
        whole.Address[s_page + 123] = 1;
        whole.Address[(2 * s_page) + 122] = 2;
        Assert.Equal(1, part.Address[0]);
        Assert.Equal(2, part.Address[s_page - 1]);
    }

    [Fact]
    public void The_mapping_is_widened_to_whole_pages_of_the_size_given()
    {
        const uint Huge = 1 << 21;
        using OwnedFd fd = Expect.NewMemFd(2 * Huge);
        using MemoryMapping mapping = Expect.Made(MemoryMapping.Map(fd.Fd, Huge + 5000, 10, Huge, out MemoryMapping? m), m);
        Assert.Equal(10UL, mapping.Length);
        (ulong start, ulong end, ulong offset) = Lines().Single(l => l.Start <= (ulong)mapping.Address && (ulong)mapping.Address < l.End);
        Assert.Equal(Huge, end - start);
        Assert.Equal(Huge, offset);
        Assert.Equal((ulong)mapping.Address, start + 5000);
    }

    [Fact]
    public void A_page_size_below_the_systems_is_raised()
    {
        using OwnedFd fd = Expect.NewMemFd(s_page);
        using MemoryMapping mapping = Expect.Made(MemoryMapping.Map(fd.Fd, 1, 1, 512, out MemoryMapping? m), m);
        Assert.Equal(1UL, (ulong)mapping.Address & (s_page - 1));
    }

    [Theory]
    [InlineData(0UL, 0UL, 0U)] // empty
    [InlineData(0UL, 4096UL, 12_288U)] // a page of three pages
    [InlineData(1UL << 63, 1UL, 0U)]
    [InlineData(ulong.MaxValue, 1UL, 0U)]
    [InlineData(0UL, ulong.MaxValue, 0U)]
    [InlineData(1UL, ulong.MaxValue, 0U)]
    [InlineData(long.MaxValue, 1UL, 0U)]
    [InlineData(long.MaxValue, ulong.MaxValue, 0U)] // both ends wrap round to one page
    [InlineData(long.MaxValue - 100UL, 4096UL, 0U)]
    [InlineData(long.MaxValue - (1UL << 30), (1UL << 63) + (1UL << 31), 1U << 30)]
    public void An_impossible_range_is_refused(ulong offset, ulong length, uint pageSize)
    {
        using OwnedFd fd = Expect.NewMemFd(s_page);
        Assert.Equal(Errno.EINVAL, MemoryMapping.Map(fd.Fd, offset, length, pageSize, out MemoryMapping? mapping));
        Assert.Null(mapping);
    }

    [Fact]
    public void A_range_that_is_too_large_for_the_address_space_is_an_error_value()
    {
        using OwnedFd fd = Expect.NewMemFd(s_page);
        Assert.Equal(Errno.ENOMEM, MemoryMapping.Map(fd.Fd, 0, 1UL << 60, 0, out MemoryMapping? mapping));
        Assert.Null(mapping);
    }

    [Fact]
    public void What_is_no_memory_cannot_be_mapped()
    {
        using OwnedFd fd = Expect.NewEventFd();
        Assert.Equal(Errno.ENODEV, MemoryMapping.Map(fd.Fd, 0, 1, 0, out _));
        Assert.Equal(Errno.EBADF, MemoryMapping.Map(-1, 0, 1, 0, out _));
    }

    [Fact]
    public void A_mapping_outlives_its_descriptor()
    {
        OwnedFd fd = Expect.NewMemFd(s_page);
        using MemoryMapping mapping = Map(fd, 0, s_page);
        fd.Dispose();
        mapping.Address[0] = 1;
    }

    [Fact]
    public void Dispose_unmaps_once()
    {
        using OwnedFd fd = Expect.NewMemFd(s_page);
        MemoryMapping mapping = Map(fd, 0, s_page);
        int mapped = Mappings();
        mapping.Dispose();
        Assert.Equal(mapped - 1, Mappings());

        // The address may serve another mapping by now, which a second Dispose must not take away.
        using MemoryMapping other = Map(fd, 0, s_page);
        mapping.Dispose();
        Assert.Equal(mapped, Mappings());
    }

    [Fact]
    public void Finalization_unmaps_what_was_forgotten()
    {
        using OwnedFd fd = Expect.NewMemFd(s_page);
        int before = Mappings();
        Forget(fd);
        for (int i = 0; i < 10 && Mappings() > before; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.Equal(before, Mappings());
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Forget(OwnedFd fd) => Map(fd, 0, s_page);

    private static MemoryMapping Map(OwnedFd fd, ulong offset, ulong length) =>
        Expect.Made(MemoryMapping.Map(fd.Fd, offset, length, 0, out MemoryMapping? m), m);

    private static IEnumerable<(ulong Start, ulong End, ulong Offset)> Lines()
    {
        foreach (string line in File.ReadLines("/proc/self/maps"))
        {
            string[] words = line.Split(' ');
            string[] range = words[0].Split('-');
            yield return (Hex(range[0]), Hex(range[1]), Hex(words[2]));
        }
    }

    private static ulong Hex(string text) => Convert.ToUInt64(text, 16);
}
