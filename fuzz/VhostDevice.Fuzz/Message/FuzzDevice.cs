// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Devices;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Fuzz.Message;

/// <summary>Queue 0 answers at once, queue 1 when the input says so; a byte of the configuration space can be written.</summary>
internal sealed partial class FuzzDevice : VirtioDevice
{
    private const int MostHeld = 8;
    private readonly byte[] _config = new byte[6];
    private readonly List<(Virtqueue Queue, DescriptorChain Chain)> _held = [];
    private bool _attached;
    private bool _disposed;

    public override uint DeviceId => 42;

    public override int QueueCount => 2;

    public override ushort MaxQueueSize => 64;

    public override ulong Features => 5;

    public override ReadOnlySpan<byte> Config => _config;

    /// <summary>Requests answered.</summary>
    internal int Answered { get; private set; }

    public override bool TryWriteConfig(int offset, ReadOnlySpan<byte> data)
    {
        Promise.Keep(!_disposed && offset >= 0 && data.Length <= _config.Length - offset, "writes of the configuration space lie within it");
        data.CopyTo(_config.AsSpan(offset));
        return offset > 2;
    }

    public override void ServeQueue(Virtqueue queue)
    {
        Promise.Keep(!_disposed, "a disposed device is left alone");
        while (_held.Count < MostHeld && queue.TryPop(out DescriptorChain? chain))
        {
            if (queue.Index == 0)
                Answer(queue, chain);
            else
                _held.Add((queue, chain));
        }
    }

    // Sometimes the device gives back what it holds, sometimes the stop has to wait.
    public override void QueueStopping(Virtqueue queue)
    {
        Promise.Keep(!_disposed, "a disposed device is left alone");
        if ((_held.Count & 1) == 0)
            CompleteAll();
    }

    public override void Reset() => Promise.Keep(!_disposed, "a disposed device is left alone");

    internal void CompleteOne(byte which)
    {
        if (_held.Count == 0)
            return;
        (Virtqueue queue, DescriptorChain chain) = _held[which % _held.Count];
        _held.RemoveAt(which % _held.Count);
        Answer(queue, chain);
    }

    internal void CompleteAll()
    {
        while (_held.Count > 0)
            CompleteOne(0);
    }

    internal void ChangeConfig()
    {
        _config[0]++;
        if (_attached && !_disposed)
            Host.NotifyConfigChanged();
    }

    protected override void OnAttached()
    {
        Promise.Keep(!_attached, "a device is attached once");
        _attached = true;
    }

    protected override void Dispose(bool disposing)
    {
        Promise.Keep(!_disposed, "a device is disposed once");
        _disposed = true;
        LetGo();
        base.Dispose(disposing);
    }

    private void Answer(Virtqueue queue, DescriptorChain chain)
    {
        Answered++;
        Span<byte> buffer = stackalloc byte[64];
        ChainWriter writer = chain.Writer();
        writer.Write(buffer[..chain.Reader().Read(buffer)]);
        queue.Complete(chain, writer.Written);
    }
}
