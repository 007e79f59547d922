// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.Virtio.Devices;
using VhostDevice.Virtio.Queues;
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Devices;

/// <summary>A device that is one method: every chain comes back, whatever that method does.</summary>
public sealed class RequestDeviceTests
{
    [Fact]
    public void Every_request_is_answered_at_once_in_order()
    {
        RingFixture f = new();
        using Echo device = new();
        f.Guest.Fill(f.Data, [1, 2, 3]);
        f.Driver.Offer(
            f.Driver.Chain(0, Desc.Out(f.Data, 3), Desc.In(f.Data + 8, 8)),
            f.Driver.Chain(4, Desc.In(f.Data + 16, 8)));
        f.Queue.BeginTurn(RingFixture.Budget);
        device.ServeQueue(f.Queue);
        _ = f.Queue.Publish();
        Assert.Equal([(0u, 3u), (4u, 0u)], f.Driver.TakeAllUsed());
        Assert.Equal([1, 2, 3], f.Guest.Copy(f.Data + 8, 3));
    }

    [Fact]
    public void A_fault_costs_one_request_and_is_reported()
    {
        RingFixture f = new();
        using Echo device = new();
        Host host = new();
        device.Attach(host);
        for (ushort i = 0; i < 3; i++)
            f.Offer((ushort)(2 * i), Desc.Out(f.Data, i == 1 ? 13u : 4u), Desc.In(f.Data + 64, 16));
        f.Queue.BeginTurn(RingFixture.Budget);
        device.ServeQueue(f.Queue);
        _ = f.Queue.Publish();
        Assert.Equal([(0u, 4u), (2u, 0u), (4u, 4u)], f.Driver.TakeAllUsed());
        Assert.IsType<NotSupportedException>(Assert.Single(host.Faults));
    }

    [Fact]
    public void A_turn_ends_with_its_budget()
    {
        RingFixture f = new();
        using Echo device = new();
        for (ushort i = 0; i < 5; i++)
            f.Offer(i, Desc.Out(f.Data, 1));
        f.Queue.BeginTurn(2);
        device.ServeQueue(f.Queue);
        Assert.True(f.Queue.OutOfBudget);
        Assert.Equal(2ul, f.Queue.Counters.Chains);
    }

    /// <summary>Sends back what it got; 13 bytes are bad luck.</summary>
    private sealed class Echo : RequestDevice
    {
        public override uint DeviceId => 42;

        public override int QueueCount => 1;

        protected override uint Answer(Virtqueue queue, DescriptorChain request)
        {
            if (request.ReadableBytes == 13)
                throw new NotSupportedException();
            ChainWriter writer = request.Writer();
            _ = writer.Write(request.ReadAll());
            return writer.Written;
        }
    }

    private sealed class Host : IDeviceHost
    {
        public List<Exception> Faults { get; } = [];

        public EventLoop Loop => throw new NotSupportedException();

        public void NotifyConfigChanged()
        {
        }

        public void ReportFault(Exception fault) => Faults.Add(fault);
    }
}
