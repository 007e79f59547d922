// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;
using VhostDevice.Virtio.Devices;
using VhostDevice.Virtio.Memory;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Fuzz.Device;

/// <summary>
/// A device on rings that keep the rules, with a driver whose requests do not. Driver, device and loop share a thread, so
/// that a finding happens again.
/// </summary>
internal sealed unsafe class DeviceRig : IDeviceHost, IVirtqueueOwner, IDisposable
{
    internal const ushort RingSize = 16;

    // More than a chain of a ring of that size may have.
    private const int MostPieces = 8;
    private const int MostStopMs = 10_000;
    private const ulong MemoryBytes = 1 << 20;

    private readonly Func<VirtioDevice> _make;
    private readonly RigLoop _loop;
    private readonly bool _ownsLoop;
    private readonly FrontEndMemory _memory = new(MemoryBytes);
    private readonly GuestMemory _guest;
    private readonly OwnedVirtqueue?[] _queues;
    private readonly SplitDriverQueue[] _drivers;
    private readonly Dictionary<ushort, Chain>[] _chains;
    private readonly HashSet<OwnedVirtqueue> _pending = [];
    private readonly HashSet<OwnedVirtqueue> _requested = [];
    private readonly ulong _room;
    private ulong _used;
    private VirtioDevice _device;

    /// <param name="make">A device for a front-end, as the program makes one for each connection.</param>
    /// <param name="shared">A loop of several rigs; stays the caller's.</param>
    internal DeviceRig(Func<VirtioDevice> make, RigLoop? shared = null)
    {
        _make = make;
        _loop = shared ?? new RigLoop();
        _ownsLoop = shared is null;
        _loop.Add(this);
        ulong address = FrontEndMemory.DefaultGuestAddress;
        GuestRegion region = new(address, _memory.UserAddress(address), _memory.Pointer(address, MemoryBytes), MemoryBytes, backing: null);
        Promise.Keep(GuestMemory.TryCreate([region], out _guest, out string problem), problem);
        _device = make();
        _queues = new OwnedVirtqueue?[_device.QueueCount];
        _drivers = [.. Enumerable.Range(0, _queues.Length).Select(i => new SplitDriverQueue(_memory, i, RingSize, eventIdx: false))];
        _chains = [.. _drivers.Select(_ => new Dictionary<ushort, Chain>())];
        _room = _memory.Allocate(MemoryBytes / 2, 4096);
        Begin();
    }

    public EventLoop Loop => _loop.Loop;

    internal int QueueCount => _queues.Length;

    /// <summary>Chains that came back, and those of them in which the device wrote something.</summary>
    internal int Returned { get; private set; }

    internal int Answered { get; private set; }

    /// <summary>Looks at what the device wrote into a chain: all that it may write, and how much of it counts.</summary>
    internal Action<int, byte[], int>? Looks { get; set; }

    public void NotifyConfigChanged()
    {
    }

    public void ReportFault(Exception fault) => Promise.Keep(false, $"no fault within a device ({fault})");

    public void CompletionsPending(Virtqueue queue) => _pending.Add(_queues[queue.Index]!);

    public void ServiceRequested(Virtqueue queue) => _requested.Add(_queues[queue.Index]!);

    public void Drained(Virtqueue queue)
    {
        // The stop looks at the count.
    }

    public void TranslationMissing(Virtqueue queue, IotlbMiss miss) => Promise.Keep(false, "without an IOMMU nothing is translated");

    public void QueueBroken(Virtqueue queue, string reason) => Promise.Keep(false, $"a good ring stays ({reason})");

    /// <summary>Offers a chain; lost when the ring or the memory is full.</summary>
    /// <param name="readable">What the driver wrote, cut into so many pieces.</param>
    /// <param name="writable">Bytes that the device may write, cut into so many pieces.</param>
    internal void Offer(int queue, ReadOnlySpan<byte> readable, int readablePieces, int writable, int writablePieces)
    {
        readablePieces = Math.Min(Math.Min(readablePieces, MostPieces), readable.Length);
        writablePieces = Math.Min(Math.Min(writablePieces, MostPieces), writable);
        int total = readable.Length + writable;
        if (readablePieces + writablePieces == 0 || _used + (ulong)total > MemoryBytes / 2)
            return;
        ulong at = _room + _used;
        _memory.Write(at, readable);
        _memory.Span(at + (ulong)readable.Length, writable).Fill(0xa5);
        Span<DriverBuffer> buffers = stackalloc DriverBuffer[2 * MostPieces];
        int count = 0;
        Cut(buffers, ref count, at, readable.Length, readablePieces, writable: false);
        Cut(buffers, ref count, at + (ulong)readable.Length, writable, writablePieces, writable: true);
        if (!_drivers[queue].TryAdd(buffers[..count], out ushort id))
            return;
        _used += (ulong)total;
        _chains[queue].Add(id, new Chain(at + (ulong)readable.Length, writable));
        _drivers[queue].Publish();
    }

    /// <summary>A kick: one turn of the queue, as the session makes it.</summary>
    internal void Serve(int queue, int budget = 64)
    {
        if (_queues[queue] is not { } live)
            return;
        live.BeginTurn(budget);
        live.SuppressKicks();
        _device.ServeQueue(live);
        live.EndTurn(paused: false);
        Publish(live);
        _ = live.RequestKicks();
    }

    /// <summary>Lets the loop do what waits, and whatever comes of that.</summary>
    internal void Turn() => _loop.Turn();

    /// <summary>Gives queues the turns that were asked for, and shows the driver what is complete.</summary>
    /// <returns>Whether a turn had been asked for.</returns>
    internal bool ServeRequested()
    {
        bool any = _requested.Count > 0;
        foreach (OwnedVirtqueue queue in _requested.ToArray())
        {
            _requested.Remove(queue);
            Serve(queue.Index);
        }

        foreach (OwnedVirtqueue queue in _pending.ToArray())
            Publish(queue);
        return any;
    }

    /// <summary>The driver stops a queue, and starts it anew from its beginning.</summary>
    internal void Restart(int queue)
    {
        Stop(queue);
        Start(queue);
    }

    /// <summary>The front-end leaves and another one comes.</summary>
    internal void Reconnect()
    {
        End();
        _device = _make();
        Begin();
    }

    /// <summary>The driver writes into the configuration.</summary>
    internal void WriteConfig(int offset, ReadOnlySpan<byte> data)
    {
        if (offset + data.Length <= _device.Config.Length)
            _ = _device.TryWriteConfig(offset, data);
    }

    /// <summary>Everything ends: every chain must be back.</summary>
    internal void End()
    {
        for (int i = 0; i < _queues.Length; i++)
            Stop(i);
        _device.Dispose();
        _used = 0;
    }

    public void Dispose()
    {
        foreach (SplitDriverQueue driver in _drivers)
            driver.Dispose();
        _guest.Release();
        _memory.Dispose();
        if (_ownsLoop)
            _loop.Dispose();
    }

    private static void Cut(Span<DriverBuffer> buffers, ref int count, ulong at, int length, int pieces, bool writable)
    {
        for (int i = 0; i < pieces; i++)
        {
            int part = length / (pieces - i);
            buffers[count++] = writable ? DriverBuffer.Writable(at, (uint)part) : DriverBuffer.Readable(at, (uint)part);
            at += (ulong)part;
            length -= part;
        }
    }

    private void Begin()
    {
        _device.Attach(this);
        _device.AcceptFeatures(_device.Features);
        for (int i = 0; i < _queues.Length; i++)
            Start(i);
    }

    private void Start(int queue)
    {
        _drivers[queue].Reset();
        _chains[queue].Clear();
        VringAddress at = _drivers[queue].RingAddress;
        Promise.Keep(
            VirtqueueFactory.TryCreate(
                queue,
                RingSize,
                new RingAddresses(at.Descriptor, at.Available, at.Used),
                0,
                new RingFeatures(EventIdx: false, Indirect: false, NotifyOnEmpty: false),
                _guest,
                this,
                out OwnedVirtqueue? made,
                out string problem),
            problem);
        made!.Begin(stoppedAt: null);
        made.EndTurn(paused: false);
        _queues[queue] = made;
        _device.QueueStarted(made);
        Serve(queue);
    }

    private void Stop(int queue)
    {
        Turn();
        OwnedVirtqueue live = _queues[queue]!;
        _device.QueueStopping(live);
        live.EndTurn(paused: true);
        // A device may have to wait for somebody else, but not for long.
        long start = Environment.TickCount64;
        for (Turn(); live.InFlight > 0 && Environment.TickCount64 - start < MostStopMs; Turn())
            Thread.Sleep(1);
        Publish(live);
        Promise.Keep(live.InFlight == 0, $"what a device took goes back when its queue stops (queue {queue}: {live.InFlight})");
        live.Stop();
        _queues[queue] = null;
        _requested.Remove(live);
        _pending.Remove(live);
    }

    private void Publish(OwnedVirtqueue queue)
    {
        _pending.Remove(queue);
        _ = queue.Publish();
        while (_drivers[queue.Index].TryPop(out UsedChain used))
        {
            Promise.Keep(_chains[queue.Index].Remove(used.Id, out Chain chain), "only what was offered comes back, and once");
            Promise.Keep(used.Length <= (uint)chain.Writable, "a device writes no more than it may");
            Returned++;
            Answered += used.Length > 0 ? 1 : 0;
            Looks?.Invoke(queue.Index, _memory.Span(chain.Address, chain.Writable).ToArray(), (int)used.Length);
        }
    }

    private readonly record struct Chain(ulong Address, int Writable);
}
