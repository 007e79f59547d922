// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using CsCheck;
using VhostDevice.Virtio.Memory;

namespace VhostDevice.Virtio.Tests.Memory;

/// <summary>The cache of translations against a model that has an entry for every address.</summary>
public sealed class IotlbTests
{
    private const ulong Space = 64;

    private static readonly Gen<(int Kind, ulong Address, ulong Size, MemoryAccess Access)> GenStep =
        Gen.Select(Gen.Int[0, 3], Gen.ULong[0, Space - 1], Gen.ULong[0, 12], Gen.Int[1, 3].Select(static a => (MemoryAccess)a));

    [Fact]
    public void Every_address_means_what_the_model_says() =>
        GenStep.Array[0, 60].Sample(static steps =>
        {
            Iotlb iotlb = new();
            (ulong User, MemoryAccess Access, int Entry)[] model = new (ulong, MemoryAccess, int)[Space + 16];
            int entry = 0;
            foreach ((int kind, ulong address, ulong size, MemoryAccess access) in steps)
            {
                bool add = kind > 0;
                if (add)
                    Assert.Equal(size > 0, iotlb.TryAdd(address, size, 0x1000 + (address * 16), access));
                else if (size > 0)
                    iotlb.Remove(address, address + size - 1);
                if (size == 0)
                    continue;
                // Whatever overlaps goes as a whole.
                int[] hit = [.. model[(int)address..(int)(address + size)].Select(static m => m.Entry).Where(static e => e > 0).Distinct()];
                for (int i = 0; i < model.Length; i++)
                {
                    if (hit.Contains(model[i].Entry))
                        model[i] = default;
                }

                entry++;
                for (ulong i = 0; add && i < size; i++)
                    model[address + i] = (0x1000 + (address * 16) + i, access, entry);
            }

            Assert.Equal(model.Select(static m => m.Entry).Where(static e => e > 0).Distinct().Count(), iotlb.Count);
            for (ulong address = 0; address < (ulong)model.Length; address++)
            {
                foreach (MemoryAccess access in new[] { MemoryAccess.Read, MemoryAccess.Write })
                {
                    bool expected = (model[address].Access & access) != 0;
                    Assert.Equal(expected, iotlb.TryTranslate(address, access, out ulong user, out ulong contiguous));
                    Assert.Equal(!expected, iotlb.TakeMiss(out IotlbMiss miss));
                    if (expected)
                    {
                        Assert.Equal(model[address].User, user);
                        Assert.Equal((ulong)model.Skip((int)address).TakeWhile(m => m.Entry == model[address].Entry).Count(), contiguous);
                    }
                    else
                    {
                        Assert.Equal(new IotlbMiss(address, access), miss);
                    }
                }
            }
        });

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(0xffff_ffff_ffff_f000, 0x1001, 0)]
    [InlineData(0, 0x1001, 0xffff_ffff_ffff_f000)]
    public void What_is_empty_or_wraps_around_is_refused(ulong address, ulong size, ulong user) =>
        Assert.False(new Iotlb().TryAdd(address, size, user, MemoryAccess.ReadWrite));

    [Fact]
    public void The_ends_of_the_address_space_are_addresses_too()
    {
        Iotlb iotlb = new();
        Assert.True(iotlb.TryAdd(ulong.MaxValue, 1, 7, MemoryAccess.Read));
        Assert.True(iotlb.TryAdd(0, ulong.MaxValue, 0, MemoryAccess.Read));
        Assert.True(iotlb.TryTranslate(ulong.MaxValue, MemoryAccess.Read, out ulong user, out ulong contiguous));
        Assert.Equal((7UL, 1UL), (user, contiguous));
        Assert.True(iotlb.TryTranslate(5, MemoryAccess.Read, out user, out contiguous));
        Assert.Equal((5UL, ulong.MaxValue - 5), (user, contiguous));
        iotlb.Remove(0, ulong.MaxValue);
        Assert.Equal(0, iotlb.Count);
    }

    [Fact]
    public void A_front_end_that_maps_without_end_takes_no_memory_without_end()
    {
        Iotlb iotlb = new();
        for (ulong i = 0; i < 3 * Iotlb.MaxEntries; i++)
        {
            Assert.True(iotlb.TryAdd(i << 12, 4096, i << 12, MemoryAccess.ReadWrite));
            Assert.True(iotlb.TryTranslate(i << 12, MemoryAccess.Write, out _, out _));
        }

        Assert.Equal(Iotlb.MaxEntries, iotlb.Count);
    }
}
