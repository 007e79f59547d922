// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Memory;

public sealed class GuestMemoryReadTests
{
    private static readonly byte[] Pattern = [.. Enumerable.Range(1, 64).Select(static i => (byte)i)];

    [Fact]
    public void A_read_goes_on_in_the_next_region()
    {
        TestGuest guest = new((0x2000, 0x1000), (0x1000, 0x1000), (0x3000, 8));
        guest.Fill(0x1ff0, Pattern);
        byte[] read = new byte[64];
        Assert.True(guest.Memory.TryRead(0x1ff0, read));
        Assert.Equal(Pattern, read);
        Assert.True(guest.Memory.TryRead(0x2ffc, read.AsSpan(0, 12)));
        Assert.False(guest.Memory.TryRead(0x2ffc, read.AsSpan(0, 13)));
    }

    [Fact]
    public void A_hole_in_the_middle_makes_a_read_fail()
    {
        TestGuest guest = new((0x1000, 0x1000), (0x2001, 0x1000));
        Assert.False(guest.Memory.TryRead(0x1fff, new byte[2]));
        Assert.True(guest.Memory.TryRead(0x1fff, new byte[1]));
        Assert.True(guest.Memory.TryRead(0x2000, []));
    }
}
