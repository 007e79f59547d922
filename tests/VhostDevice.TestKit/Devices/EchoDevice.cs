// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Devices;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.TestKit.Devices;

/// <summary>Answers each request with what it said.</summary>
public sealed class EchoDevice(int queues = 1, ulong features = 0) : RequestDevice
{
    private int _answers;

    public DeviceJournal Journal { get; } = new();

    /// <summary>Requests answered.</summary>
    public int Answers => _answers;

    public override uint DeviceId => 42;

    public override int QueueCount => queues;

    public override ushort MaxQueueSize => 256;

    /// <summary>None on the first, which is the messages'.</summary>
    public override int LoopOf(int queue) => queue + 1;

    public override ulong Features => features;

    public override void AcceptFeatures(ulong features) => Journal.Add($"features {features:x}");

    public override void QueueStarted(Virtqueue queue) => Journal.Add($"started {queue.Index}");

    public override void QueueStopping(Virtqueue queue) => Journal.Add($"stopping {queue.Index}");

    public override void Reset() => Journal.Add("reset");

    protected override void OnAttached() => Journal.Add("attached");

    protected override uint Answer(Virtqueue queue, DescriptorChain request)
    {
        Interlocked.Increment(ref _answers);
        ChainReader reader = request.Reader();
        ChainWriter writer = request.Writer();
        Span<byte> buffer = stackalloc byte[256];
        for (int n = reader.Read(buffer); n > 0 && writer.Write(buffer[..n]) == n;)
            n = reader.Read(buffer);
        return writer.Written;
    }

    protected override void Dispose(bool disposing)
    {
        Journal.Add("disposed");
        base.Dispose(disposing);
    }
}
