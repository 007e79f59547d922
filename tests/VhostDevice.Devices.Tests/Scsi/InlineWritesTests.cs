// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scsi.Storage;
using Xunit;

namespace VhostDevice.Devices.Tests.Scsi;

/// <summary>When writes are made on the loop, and when they are left to the engine.</summary>
public sealed class InlineWritesTests
{
    private const long Quick = 10;
    private const long Slow = 5000;

    [Fact]
    public void While_they_are_quick_all_are()
    {
        InlineWrites writes = default;
        for (int i = 0; i < 10_000; i++)
        {
            Assert.True(writes.TryBegin());
            writes.Took(Quick);
        }
    }

    [Theory]
    [InlineData(1, 64)]
    [InlineData(2, 128)]
    [InlineData(5, 1024)]
    [InlineData(11, 65536)]
    [InlineData(30, 65536)]
    public void Each_that_waited_leaves_twice_as_many_to_the_engine(int slow, int expected)
    {
        InlineWrites writes = default;
        int left = 0;
        for (int i = 0; i < slow; i++)
        {
            Assert.True(writes.TryBegin());
            writes.Took(Slow);
            left = CountLeft(ref writes);
        }

        Assert.Equal(expected, left);
    }

    [Fact]
    public void Many_quick_ones_make_up_for_a_slow_one()
    {
        InlineWrites writes = default;
        for (int i = 0; i < 4; i++)
        {
            writes.Took(Slow);
            _ = CountLeft(ref writes);
        }

        // 512 now; 256 quick ones make half of it.
        for (int i = 0; i < 256; i++)
            writes.Took(Quick);
        writes.Took(Slow);
        Assert.Equal(512, CountLeft(ref writes));
        // One that is slow in between ends the row.
        for (int i = 0; i < 255; i++)
            writes.Took(Quick);
        writes.Took(Slow);
        Assert.Equal(1024, CountLeft(ref writes));
    }

    // Up to the one that is made again.
    private static int CountLeft(ref InlineWrites writes)
    {
        int left = 0;
        while (!writes.TryBegin())
            left++;
        return left;
    }
}
