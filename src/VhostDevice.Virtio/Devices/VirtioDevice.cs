// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers;
using VhostDevice.Linux;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Virtio.Devices;

/// <summary>
/// A virtio device. One object serves one front-end, from <see cref="Attach"/> to <see cref="Dispose()"/>, and is only
/// ever called on its host's loop, unless it asks for more (<see cref="LoopOf"/>). It sees chains; kicks, interrupts,
/// ring state and memory are not its business.
/// </summary>
/// <remarks>
/// A device that answers each request at once derives from <see cref="RequestDevice"/>. One that keeps chains (a
/// stream, or a slow host side) takes them in <see cref="ServeQueue"/> and completes them whenever it can.
/// </remarks>
public abstract class VirtioDevice : IDisposable
{
    private IDeviceHost? _host;

    /// <summary>Virtio device id (virtio 1.3 §5).</summary>
    public abstract uint DeviceId { get; }

    /// <summary>Number of virtqueues, at least 1.</summary>
    public abstract int QueueCount { get; }

    /// <summary>
    /// Whether requests are answered in the order in which they came, so that VIRTIO_F_IN_ORDER is offered. A driver
    /// that accepts it gets order in any case: what the device completes early is then kept back. So this is for
    /// devices that would not be slowed down by it.
    /// </summary>
    public virtual bool KeepsOrder => false;

    /// <summary>Largest size of a ring that a front-end may choose; a power of two.</summary>
    public virtual ushort MaxQueueSize => 1024;

    /// <summary>
    /// Which loop of its host's crew serves a queue, if it has one; 0 is the leader, <see cref="IDeviceHost.Loop"/>.
    /// <see cref="ServeQueue"/> is then called on the queue's own loop, where its chains are to be completed, too;
    /// everything else on the leader's while the others stand still.
    /// </summary>
    public virtual int LoopOf(int queue) => 0;

    /// <summary>Feature bits of this device type; those of the transport are added by the host.</summary>
    public virtual ulong Features => 0;

    /// <summary>The configuration space as the driver sees it now; empty when the device type has none.</summary>
    public virtual ReadOnlySpan<byte> Config => default;

    /// <summary>
    /// Bytes of each shared memory region that the device type has, by its id (virtio 1.3 §2.10); whole pages, 0 for an id
    /// that is not used. Always the same. With any, a front-end is offered to map things into them
    /// (<see cref="IDeviceHost.MapShared"/>).
    /// </summary>
    public virtual ReadOnlySpan<ulong> SharedMemorySizes => default;

    /// <summary>Whether the device shares objects with the guest's other devices; see <see cref="IDeviceHost.AddSharedObject"/>.</summary>
    public virtual bool SharesObjects => false;

    /// <summary>Where the device may do more than answer: its host, once attached.</summary>
    /// <exception cref="InvalidOperationException">Not attached yet.</exception>
    protected IDeviceHost Host => _host ?? throw new InvalidOperationException("The device is not attached to a host.");

    /// <summary>Called once, before anything else.</summary>
    public void Attach(IDeviceHost host)
    {
        _host = host;
        OnAttached();
    }

    /// <summary>The driver writes the configuration space; false refuses, as for a field that is read-only.</summary>
    /// <param name="offset">Checked: <paramref name="data"/> lies within <see cref="Config"/>.</param>
    public virtual bool TryWriteConfig(int offset, ReadOnlySpan<byte> data) => false;

    /// <summary>The driver settled on these feature bits.</summary>
    public virtual void AcceptFeatures(ulong features)
    {
    }

    /// <summary>The ring is live and enabled; <see cref="ServeQueue"/> follows. The device may keep the queue until it is stopped.</summary>
    public virtual void QueueStarted(Virtqueue queue)
    {
    }

    /// <summary>There may be chains to take. Take what can be served and return; leave the rest in the ring.</summary>
    public abstract void ServeQueue(Virtqueue queue);

    /// <summary>
    /// The ring takes nothing more: it stops, or is disabled. Complete what is held of it without need; a chain that is
    /// still worked on may be completed later, and the stop waits for it, however long that takes. What cannot be
    /// hurried need not be: <see cref="CancelRequests"/> follows when it has to be.
    /// </summary>
    public virtual void QueueStopping(Virtqueue queue)
    {
    }

    /// <summary>
    /// All chains of a queue that takes nothing more have to come back as soon as possible: cancel what can be cancelled
    /// (an operation of the host, a wait for somebody else) and give up what need not be done. Called after
    /// <see cref="QueueStopping"/> when nobody needs the answers any more (a reset, a front-end that has left), or when
    /// a stop has waited for longer than a front-end bears well (5 s). May be called again for the same queue, and for
    /// one whose ring is stopped already.
    /// </summary>
    /// <remarks>
    /// Each chain still comes back through <see cref="Virtqueue.Complete"/>, exactly once, within this call or later, with
    /// the answer of a request that failed or did less; after that its memory is not touched any more. Until the last one is
    /// back the stop is not answered, and after the end of a connection this device is neither disposed nor followed by
    /// another one: what is never completed keeps the next front-end waiting.
    /// </remarks>
    public virtual void CancelRequests(Virtqueue queue)
    {
    }

    /// <summary>
    /// How long a stop waits for chains before the device is asked to hurry (<see cref="CancelRequests"/>); null: 5 s, as
    /// for a disk. Shorter for requests that nobody misses, longer for those that cannot be done in parts.
    /// </summary>
    public virtual TimeSpan? StopPatience => null;

    /// <summary>
    /// Lets go of all chains of a queue that is stopping, without completing them: nobody waits for them any more, or
    /// another start of the ring serves them again. Once this has returned true their memory must not be touched.
    /// </summary>
    /// <returns>False, and nothing changed, when the device cannot stop what it began; it is then waited for.</returns>
    public virtual bool TryAbandon(Virtqueue queue) => false;

    /// <summary>What its user can change when a front-end asks for more queues than there are, for the log; null: nothing.</summary>
    /// <param name="queues">How many it asks for, at least.</param>
    public virtual string? AdviseOnQueues(ulong queues) => null;

    /// <summary>Lines about the device for people who look into a running process. On its host's loop, while others stand still.</summary>
    public virtual IEnumerable<string> DescribeState() => [];

    /// <summary>
    /// The guest's memory is another one from now on: regions came or went, or the driver's addresses mean something else.
    /// A device that keeps places of it (<see cref="IDeviceHost.HoldMemory"/>) looks them up in a new hold and ends the
    /// old one, or the front-end's memory stays mapped. Called while no other loop of the host works, also before a guest
    /// has started any queue.
    /// </summary>
    public virtual void MemoryChanged()
    {
    }

    /// <summary>
    /// The front-end hands over its end of the display (GPU_SET_SOCKET, vhost-user-gpu specification), as soon as it is
    /// connected, and once more whenever it likes, in place of the former one. Nothing may be waited for on it: the
    /// front-end waits for this message first.
    /// </summary>
    /// <param name="socket">A connected stream socket that does not block; the device's from now on when the result is true.</param>
    /// <returns>False: the device has no display.</returns>
    public virtual bool TryTakeGpuSocket(OwnedFd socket) => false;

    /// <summary>Another device of the guest wants an object of this one; may be asked for what was never added.</summary>
    /// <returns>A descriptor for the caller to close; null when there is no such object.</returns>
    public virtual OwnedFd? GetSharedObject(Guid id) => null;

    /// <summary>Back to the state of a new device; all queues are stopped already.</summary>
    public virtual void Reset()
    {
    }

    /// <summary>
    /// The version of what <see cref="SaveState"/> writes, for a device that keeps something between two requests which
    /// its driver relies on. 0: there is nothing to keep.
    /// </summary>
    public virtual uint StateVersion => 0;

    /// <summary>
    /// Writes everything that a device of another process needs to go on in place of this one, once all queues are
    /// stopped; requests are not among it, since those that are not completed stay in the ring. This device may go on
    /// itself after that, when the guest stays after all.
    /// </summary>
    /// <param name="target">Bytes in a form of the device's own, at most 16 MiB; docs/migration.md lists the forms.</param>
    public virtual void SaveState(IBufferWriter<byte> target)
    {
    }

    /// <summary>Goes on where another device saved its state. Called before the queues are started, with what anybody may have written.</summary>
    /// <param name="version">That of the device that saved.</param>
    /// <param name="problem">What is wrong when the result is false; the device must be as it was then.</param>
    public virtual bool TryLoadState(uint version, ReadOnlySpan<byte> state, out string problem)
    {
        problem = version == 0 && state.IsEmpty ? "" : "this device has no state";
        return problem.Length == 0;
    }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Set-up that needs the loop.</summary>
    protected virtual void OnAttached()
    {
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}
