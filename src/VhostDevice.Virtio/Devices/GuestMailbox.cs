// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Virtio.Devices;

/// <summary>
/// What a device has for its guest at any time, each in one of the buffers that the driver has put into a queue: a frame, a
/// key, an alarm. Bounded (<see cref="LoopMailbox{T}"/>); what comes while there is no buffer, or while the queue is
/// stopped, waits for one. Takes no buffer that it does not fill.
/// </summary>
/// <typeparam name="T">What is sent.</typeparam>
public sealed class GuestMailbox<T>
{
    private readonly IDeviceHost _host;
    private readonly Func<DescriptorChain, T, uint> _write;
    private Virtqueue? _queue;
    private bool _isInTurn;

    /// <param name="host">The device's.</param>
    /// <param name="most">How many wait at most.</param>
    /// <param name="write">
    /// Writes one into a buffer, on the loop, and returns the bytes written from the buffer's start; 0 for a buffer that is too
    /// small, which costs what should have gone there.
    /// </param>
    /// <param name="dropsOldest"><see cref="LoopMailbox{T}.DropsOldest"/>.</param>
    /// <param name="merge">As for <see cref="LoopMailbox{T}"/>.</param>
    /// <param name="roomAgain"><see cref="LoopMailbox{T}.RoomAgain"/>.</param>
    public GuestMailbox(
        IDeviceHost host, int most, Func<DescriptorChain, T, uint> write, bool dropsOldest = false,
        Func<T, T, T>? merge = null, Action? roomAgain = null)
    {
        _host = host;
        _write = write;
        Items = new LoopMailbox<T>(host.Loop, most, Deliver, merge) { DropsOldest = dropsOldest, RoomAgain = roomAgain };
    }

    /// <summary>Where to add; cleared when a device forgets what it had for its guest.</summary>
    public LoopMailbox<T> Items { get; }

    /// <summary>
    /// The queue is started: for <see cref="VirtioDevice.QueueStarted"/>. A driver that begins gets nothing that was meant for
    /// a former one; a guest that was only paused does.
    /// </summary>
    public void Start(Virtqueue queue)
    {
        if (queue.BeginsAnew)
            Items.Clear();
        _queue = queue;
    }

    /// <summary>The queue stops: for <see cref="VirtioDevice.QueueStopping"/>.</summary>
    public void Stop() => _queue = null;

    /// <summary>There may be buffers: for <see cref="VirtioDevice.ServeQueue"/>.</summary>
    public void Serve(Virtqueue queue)
    {
        _isInTurn = true;
        try
        {
            Items.Resume();
        }
        finally
        {
            _isInTurn = false;
        }

        // Further buffers are of interest only to what waits for one; what comes later looks for itself.
        queue.WantsKicks = Items.Count > 0;
    }

    private bool Deliver(T item)
    {
        if (!_isInTurn)
        {
            _queue?.RequestService();
            return false;
        }

        if (_queue is not { } queue || !queue.TryPop(out DescriptorChain? chain))
            return false;
        uint written = 0;
        try
        {
            written = _write(chain, item);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            queue.Counters.Errors++;
            _host.ReportFault(fault);
        }

        queue.Complete(chain, written);
        return true;
    }
}
