// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Linux;
using VhostDevice.Virtio.Devices;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.TestDisk;

/// <summary>
/// A block device (virtio 1.3 §5.2) for tests: it keeps requests in flight for as long, and completes them in as wild
/// an order, as it is told to. A front-end's recovery and migration have something to do with it, which with a device
/// that answers at once they would not.
/// </summary>
public sealed class DiskDevice : VirtioDevice
{
    private const uint BlockSize = 512;
    private const uint Segments = 126;

    private readonly DiskOptions _options;
    private readonly DiskRequest _request;
    private readonly List<(Virtqueue Queue, DescriptorChain Chain)> _held = [];
    private readonly Random _random = new();
    private DiskConfig _config;
    private LoopTimer? _timer;

    /// <param name="file">Stays the caller's.</param>
    public DiskDevice(DiskFile file, DiskOptions options)
    {
        _options = options;
        _request = new DiskRequest(file);
        _config = new DiskConfig { Capacity = file.Sectors, SegMax = Segments, BlkSize = BlockSize, NumQueues = (ushort)options.Queues };
    }

    public override uint DeviceId => 2;

    public override int QueueCount => _options.Queues;

    public override ulong Features => DiskFeatures.SegMax | DiskFeatures.BlkSize | DiskFeatures.Flush | DiskFeatures.Mq;

    public override ReadOnlySpan<byte> Config => MemoryMarshal.AsBytes(new ReadOnlySpan<DiskConfig>(in _config));

    /// <summary>Requests that were taken and not completed.</summary>
    public int Held => _held.Count;

    public override void ServeQueue(Virtqueue queue)
    {
        while (queue.TryPop(out DescriptorChain? chain))
        {
            if (_options.Shuffle || _timer is not null)
                _held.Add((queue, chain));
            else
                queue.Complete(chain, _request.Serve(chain));
        }

        if (_timer is null)
            Complete(_held.Count);
        else if (_held.Count > 0 && !_timer.IsSet)
            _timer.Start(_options.Delay);
    }

    // All is done on the loop's thread, and nothing of a request before it is completed.
    public override bool TryAbandon(Virtqueue queue)
    {
        _held.RemoveAll(h => h.Queue == queue);
        return true;
    }

    // Front-ends forget what they asked for before a reset.
    public override void Reset() => Abandon();

    protected override void OnAttached()
    {
        if (_options.Delay > TimeSpan.Zero && Host.Loop.CreateTimer(DelayIsOver, out _timer).IsError)
            throw new InvalidOperationException("The test disk has no timer.");
    }

    protected override void Dispose(bool disposing)
    {
        _timer?.Dispose();
        Abandon();
        base.Dispose(disposing);
    }

    // Some stay for another while, so that young and old requests mix.
    private void DelayIsOver()
    {
        Complete(_options.Shuffle ? _random.Next(_held.Count) + 1 : _held.Count);
        if (_held.Count > 0)
            _timer!.Start(_options.Delay);
    }

    private void Complete(int count)
    {
        for (; count > 0 && _held.Count > 0; count--)
        {
            int index = _options.Shuffle ? _random.Next(_held.Count) : 0;
            (Virtqueue queue, DescriptorChain chain) = _held[index];
            _held.RemoveAt(index);
            queue.Complete(chain, _request.Serve(chain));
        }
    }

    // Their rings have stopped: this only gives the memory back.
    private void Abandon()
    {
        foreach ((Virtqueue queue, DescriptorChain chain) in _held)
            queue.Complete(chain, 0);
        _held.Clear();
    }
}
