// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Devices;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.TestKit.Devices;

/// <summary>Where a <see cref="ThrowingDevice"/> fails.</summary>
public enum Fault
{
    None,
    Features,
    Config,
    Attached,
    AcceptFeatures,
    Started,
    Serve,
    Stopping,
    Reset,
    WriteConfig,
    Dispose,
    QueueCount,
}

/// <summary>A device with a bug in one place. Where it does not fail it gives every request back empty.</summary>
public sealed class ThrowingDevice(Fault fault) : VirtioDevice
{
    private static readonly byte[] s_config = new byte[4];

    public override uint DeviceId => 42;

    public override int QueueCount => Or(Fault.QueueCount, 2);

    public override ulong Features => Or(Fault.Features, 0UL);

    public override ReadOnlySpan<byte> Config => Or(Fault.Config, s_config);

    public override bool TryWriteConfig(int offset, ReadOnlySpan<byte> data) => Or(Fault.WriteConfig, true);

    public override void AcceptFeatures(ulong features) => Or(Fault.AcceptFeatures, 0);

    public override void QueueStarted(Virtqueue queue) => Or(Fault.Started, 0);

    public override void ServeQueue(Virtqueue queue)
    {
        while (queue.TryPop(out DescriptorChain? chain))
            queue.Complete(chain, 0);
        Or(Fault.Serve, 0);
    }

    public override void QueueStopping(Virtqueue queue) => Or(Fault.Stopping, 0);

    public override void Reset() => Or(Fault.Reset, 0);

    protected override void OnAttached() => Or(Fault.Attached, 0);

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        Or(Fault.Dispose, 0);
    }

    private T Or<T>(Fault here, T value) => fault == here ? throw new InvalidOperationException($"fault in {here}") : value;
}
