// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Devices;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.TestKit.Devices;

/// <summary>8 bytes of configuration space, of which the driver may write the second half.</summary>
public sealed class ConfigDevice : VirtioDevice
{
    public const int FirstWritable = 4;

    private readonly byte[] _config = [1, 2, 3, 4, 5, 6, 7, 8];

    public override uint DeviceId => 42;

    public override int QueueCount => 1;

    public override ReadOnlySpan<byte> Config => _config;

    public override bool TryWriteConfig(int offset, ReadOnlySpan<byte> data)
    {
        if (offset < FirstWritable)
            return false;
        data.CopyTo(_config.AsSpan(offset));
        return true;
    }

    /// <summary>Changes a byte and tells the driver.</summary>
    public void Change(int offset, byte value)
    {
        _config[offset] = value;
        Host.NotifyConfigChanged();
    }

    public override void ServeQueue(Virtqueue queue)
    {
        while (queue.TryPop(out DescriptorChain? chain))
            queue.Complete(chain, 0);
    }
}
