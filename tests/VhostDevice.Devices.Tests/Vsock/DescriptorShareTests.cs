// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Vsock;
using Xunit;

namespace VhostDevice.Devices.Tests.Vsock;

/// <summary>Descriptors are divided by guests, less what front-ends need.</summary>
public sealed class DescriptorShareTests
{
    [Theory]
    [InlineData(0ul, 1, 65536)]
    [InlineData(1ul << 20, 1, 65536)]
    [InlineData(1ul << 20, 32, 32734)]
    [InlineData(1024ul, 1, 944)]
    [InlineData(1024ul, 2, 456)]
    [InlineData(256ul, 2, 72)]
    [InlineData(64ul, 1, 1)]
    [InlineData(ulong.MaxValue, 1, 65536)]
    public void Each_guest_gets_its_share(ulong descriptors, int guests, int expected) =>
        Assert.Equal(expected, DescriptorShare.Of(descriptors, guests));

    [Theory]
    [InlineData(256ul)]
    [InlineData(1024ul)]
    [InlineData(1ul << 16)]
    public void All_guests_together_leave_room_for_their_front_ends(ulong descriptors)
    {
        for (int guests = 1; guests <= 6; guests++)
        {
            ulong all = (ulong)guests * (ulong)(DescriptorShare.Of(descriptors, guests) + DescriptorShare.OfFrontEnd);
            Assert.InRange(all + DescriptorShare.OfProcess, 0ul, descriptors);
        }
    }
}
