// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using CsCheck;
using VhostDevice.Virtio.Memory;

namespace VhostDevice.Virtio.Tests.Memory;

/// <summary>Random tables against the plainest model there is: every region asked in turn.</summary>
public sealed unsafe class GuestMemoryModelTests
{
    private static readonly Gen<(ulong Guest, ulong User, ulong Size)> GenRegion =
        Gen.Select(Gen.ULong[0, 64], Gen.ULong[0, 64], Gen.ULong[0, 9]);

    [Fact]
    public void Tables_are_refused_exactly_when_regions_are_empty_or_touch() =>
        GenRegion.Array[0, 6].Sample(static regions =>
        {
            bool good = regions.All(static r => r.Size > 0)
                && Disjoint(regions.Select(static r => (r.Guest, r.Size)))
                && Disjoint(regions.Select(static r => (r.User, r.Size)));
            Assert.Equal(good, TryCreate(regions, out _));
        });

    [Fact]
    public void Every_address_means_what_the_model_says() =>
        GenRegion.Array[1, 6].Where(static regions => TryCreate(regions, out _)).Sample(static regions =>
        {
            Assert.True(TryCreate(regions, out GuestMemory memory));
            // Up and down, so that the remembered last region is of use now and then.
            for (ulong i = 0; i < 160; i++)
            {
                ulong address = i < 80 ? i : 160 - i;
                (ulong Guest, ulong User, ulong Size) byGuest = regions.FirstOrDefault(r => address - r.Guest < r.Size);
                byte* host = memory.Translate(address, out ulong contiguous);
                Assert.Equal(byGuest.Size == 0 ? 0 : byGuest.Guest + byGuest.Size - address, contiguous);
                Assert.Equal(byGuest.Size == 0 ? 0 : HostOf(byGuest.Guest) + address - byGuest.Guest, (ulong)host);

                (ulong Guest, ulong User, ulong Size) byUser = regions.FirstOrDefault(r => address - r.User < r.Size);
                bool found = memory.TryTranslateUser(address, 2, out host);
                Assert.Equal(byUser.Size > 0 && byUser.User + byUser.Size - address >= 2, found);
                Assert.Equal(found ? HostOf(byUser.Guest) + address - byUser.User : 0, (ulong)host);
            }
        });

    private static ulong HostOf(ulong guest) => 0x10000 + (guest * 0x100);

    private static bool TryCreate((ulong Guest, ulong User, ulong Size)[] regions, out GuestMemory memory) =>
        GuestMemory.TryCreate(
            [.. regions.Select(static r => new GuestRegion(r.Guest, r.User, (byte*)HostOf(r.Guest), r.Size, null))], out memory, out _);

    private static bool Disjoint(IEnumerable<(ulong Start, ulong Size)> ranges)
    {
        HashSet<ulong> taken = [];
        foreach ((ulong start, ulong size) in ranges)
        {
            for (ulong i = 0; i < size; i++)
            {
                if (!taken.Add(start + i))
                    return false;
            }
        }

        return true;
    }
}
