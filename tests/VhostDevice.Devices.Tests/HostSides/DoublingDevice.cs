// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Devices;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Tests.HostSides;

/// <summary>Gets a number of 4 bytes, gives its double in 8 with a status of 1 behind it.</summary>
internal sealed class DoublingDevice(TestHostSide host, int queues = 1) : BlockingRequestDevice<DoublingDevice.Request>(host.Calls)
{
    internal const byte Good = 1;
    internal const byte Bad = 2;

    /// <summary>A number with which reading throws, and one with which writing does.</summary>
    internal const uint UnreadableNumber = 0xbad1;
    internal const uint UnwritableNumber = 0xbad2;

    public override uint DeviceId => 200;

    public override int QueueCount => queues;

    internal int Requests { get; private set; }

    internal Virtqueue?[] Queues { get; } = new Virtqueue?[queues];

    internal bool IsWithHost => IsOut;

    /// <summary>A queue has been told to stop and not to start again.</summary>
    internal bool IsStopping { get; private set; }

    public override void QueueStarted(Virtqueue queue)
    {
        Queues[queue.Index] = queue;
        IsStopping = false;
    }

    public override void QueueStopping(Virtqueue queue) => IsStopping = true;

    protected override Request NewRequest()
    {
        Requests++;
        return new Request();
    }

    protected override bool TryRead(Virtqueue queue, DescriptorChain chain, Request request)
    {
        if (!chain.Reader().TryRead(out uint number) || chain.ReadableBytes != sizeof(uint) || chain.WritableBytes != 9)
            return false;
        request.Number = number != UnreadableNumber ? number : throw new InvalidOperationException("a mistake in reading");
        return true;
    }

    protected override void Call(Request request) => request.Doubled = host.Double(request.Number);

    protected override uint Write(DescriptorChain chain, Request request)
    {
        if (request.Number == UnwritableNumber)
            throw new InvalidOperationException("a mistake in writing");
        ChainWriter writer = chain.Writer();
        writer.TryWrite(request.Doubled);
        writer.TryWrite(Good);
        return writer.Written;
    }

    protected override uint WriteError(DescriptorChain chain)
    {
        ChainWriter writer = chain.Writer();
        writer.TryWrite(0ul);
        writer.TryWrite(Bad);
        return writer.Written;
    }

    internal sealed class Request
    {
        internal uint Number { get; set; }

        internal ulong Doubled { get; set; }
    }
}
