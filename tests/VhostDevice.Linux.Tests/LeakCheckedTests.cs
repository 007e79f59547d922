// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Xunit.Sdk;

namespace VhostDevice.Linux.Tests;

/// <summary>The leak check itself must be able to fail.</summary>
public class LeakCheckedTests
{
    [Fact]
    public void A_descriptor_left_open_is_noticed()
    {
        Probe probe = new();
        using OwnedFd left = Expect.NewEventFd();
        XunitException e = Assert.ThrowsAny<XunitException>(probe.Dispose);
        Assert.Contains("eventfd", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mapping_left_behind_is_noticed()
    {
        using OwnedFd file = Expect.NewMemFd(4096);
        Probe probe = new();
        using MemoryMapping left = Expect.Made(MemoryMapping.Map(file.Fd, 0, 4096, 0, out MemoryMapping? m), m);
        Assert.ThrowsAny<XunitException>(probe.Dispose);
    }

    private sealed class Probe : LeakChecked;
}
