// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux.Tests;

public class DescriptorLimitTests
{
    /// <summary>It is that of the whole test process, so it is left as it is found; a daemon's is raised in ManyConnectionsTests.</summary>
    [Fact]
    public void It_is_told_and_never_lowered()
    {
        ulong now = DescriptorLimit.Raise(1);
        Assert.InRange(now, 3u, ulong.MaxValue);
        Assert.Equal(now, DescriptorLimit.Raise(now));
    }
}
