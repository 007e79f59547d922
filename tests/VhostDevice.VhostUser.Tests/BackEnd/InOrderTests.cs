// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.TestKit;
using VhostDevice.TestKit.Devices;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.Virtio;
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>VIRTIO_F_IN_ORDER: offered by devices that keep order, and kept whatever the device does.</summary>
[Collection(BackEndCollection.Name)]
public sealed class InOrderTests : LeakChecked
{
    [Fact]
    public void It_is_offered_by_a_device_that_keeps_order_only()
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice());
        using FrontEndConnection c = backEnd.Connect();
        Assert.Equal(0ul, c.GetFeatures() & VirtioFeatures.InOrder);
        using TestBackEnd<HoldingDevice> ordered = new(() => new HoldingDevice { ClaimsOrder = true });
        using FrontEndConnection o = ordered.Connect();
        Assert.Equal(VirtioFeatures.InOrder, o.GetFeatures() & VirtioFeatures.InOrder);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_completion_that_comes_early_waits_for_those_before_it(bool packed)
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice { ClaimsOrder = true });
        using FrontEndDevice front = backEnd.Attach(Ordered(packed));
        Assert.True(front.Queues[0].InOrder);
        ushort[] ids = [.. Enumerable.Range(0, 4).Select(i => front.Post(0, 4).Id)];
        backEnd.Until(d => d.Held.Count == 4, "requests taken");
        backEnd.With(d => d.Complete(2, 3));
        backEnd.With(d => d.Complete(1, 2));
        backEnd.Settle();
        Assert.False(front.Queues[0].HasUsed);
        backEnd.With(d => d.Complete(0, 1));
        for (int i = 0; i < 3; i++)
            Assert.Equal(new UsedChain(ids[i], 4), front.Queues[0].Take());
        backEnd.With(d => d.Complete(0, 4));
        Assert.Equal(new UsedChain(ids[3], 4), front.Queues[0].Take());
    }

    // Malformed requests need no work, so they would overtake everything.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_malformed_request_waits_for_its_turn(bool packed)
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice { ClaimsOrder = true });
        using FrontEndDevice front = backEnd.Attach(Ordered(packed));
        ushort first = front.Post(0, 4).Id;
        ushort bad = front.Queues[0].Add(DriverBuffer.Writable(1UL << 50, 4));
        front.Queues[0].Submit();
        ushort last = front.Post(0, 4).Id;
        backEnd.Until(d => d.Held.Count == 2, "requests taken");
        backEnd.Settle();
        Assert.False(front.Queues[0].HasUsed);
        backEnd.With(d => d.Complete(1));
        backEnd.With(d => d.Complete(0));
        Assert.Equal(new UsedChain(first, 4), front.Queues[0].Take());
        Assert.Equal(new UsedChain(bad, 0), front.Queues[0].Take());
        Assert.Equal(new UsedChain(last, 4), front.Queues[0].Take());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_stop_lets_go_of_what_waits(bool packed)
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice { ClaimsOrder = true, LetsGo = true });
        using FrontEndDevice front = backEnd.Attach(Ordered(packed));
        front.Post(0, 4);
        front.Post(0, 4);
        backEnd.Until(d => d.Held.Count == 2, "requests taken");
        backEnd.With(d => d.Complete(1));
        front.Connection.ResetDevice().ThrowIfNegative();
        front.Queues[0].Reset();
        front.StartQueue(front.Queues[0]);
        front.EnableQueues(true);
        front.Post(0, 4);
        backEnd.Until(d => d.Held.Count == 1, "request of the new start");
        backEnd.With(d => d.Complete(0));
        Assert.Equal(4u, front.Queues[0].Take().Length);
    }

    /// <summary>
    /// Each hold of guest memory is let go of once, or it is unmapped under the ring: the count of mappings tells, and the
    /// next start touches it.
    /// </summary>
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void A_stop_that_lets_go_of_requests_releases_memory_once(bool inOrder, bool packed)
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice { ClaimsOrder = true, LetsGo = true });
        FrontEndDeviceOptions options = inOrder ? Ordered(packed) : TestOptions.Small;
        using FrontEndDevice front = backEnd.Attach(options.Suspending());
        Assert.Equal(inOrder, front.Queues[0].InOrder);
        for (int i = 0; i < 4; i++)
            front.Post(0, 4);
        backEnd.Until(d => d.Held.Count == 4, "requests taken");
        backEnd.With(d => d.Complete(3));
        backEnd.With(d => d.Complete(2));
        backEnd.With(d => d.Complete(1));
        int before = Mappings();
        _ = front.Connection.GetVringBase(0);
        Assert.Equal(before, Mappings());
        front.StartQueue(front.Queues[0]);
        backEnd.Until(d => d.Held.Count >= 1, "taken again");
    }

    private static int Mappings() =>
        File.ReadAllLines("/proc/self/maps").Count(static l => l.Contains("memfd:guest", StringComparison.Ordinal));

    private static FrontEndDeviceOptions Ordered(bool packed)
    {
        FrontEndDeviceOptions options = TestOptions.Small with { Features = TestOptions.Small.Features | VirtioFeatures.InOrder };
        return packed ? options.Packed() : options;
    }
}
