// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.Wire;
using VhostDevice.Virtio;

namespace VhostDevice.VhostUser.FrontEnd;

/// <summary>
/// A whole device seen from the driver: handshake, features, memory, queues, started in the order in which QEMU does it.
/// Any negative acknowledgement on the way throws. Not thread-safe.
/// </summary>
public sealed partial class FrontEndDevice : IDisposable
{
    private readonly FrontEndDeviceOptions _options;
    private readonly bool _ownsMemory;
    private readonly List<DriverQueue> _queues = [];

    private FrontEndDevice(FrontEndConnection connection, FrontEndDeviceOptions options)
    {
        _options = options;
        _ownsMemory = options.Memory is null;
        Connection = connection;
        Connection.ReplyTimeout = options.ReplyTimeout;
        Memory = options.Memory ?? new FrontEndMemory(options.MemorySize);
    }

    public FrontEndConnection Connection { get; private set; }

    public FrontEndMemory Memory { get; }

    /// <summary>One for each of <see cref="FrontEndDeviceOptions.QueueSizes"/>.</summary>
    public IReadOnlyList<DriverQueue> Queues => _queues;

    /// <summary>What the back-end offered.</summary>
    public ulong OfferedFeatures { get; private set; }

    /// <summary>What is in use of it.</summary>
    public ulong Features { get; private set; }

    /// <summary>What the back-end offered.</summary>
    public ProtocolFeatures OfferedProtocolFeatures { get; private set; }

    /// <summary>What is in use of it.</summary>
    public ProtocolFeatures ProtocolFeatures { get; private set; }

    /// <summary>How many queues the back-end serves; null when it cannot tell.</summary>
    public ulong? MaxQueues { get; private set; }

    /// <summary>How many regions the back-end takes; 8 when it cannot tell.</summary>
    public ulong MaxMemorySlots { get; private set; } = MemoryTableHeader.MaxRegions;

    public bool IsStarted { get; private set; }

    /// <summary>The device's shared memory regions, where SHMEM_MAP is in use; null otherwise. The connection's.</summary>
    public SharedMemory? SharedMemory { get; private set; }

    /// <summary>The back-ends' record of requests in flight, where INFLIGHT_SHMFD is in use: from the first start to a reset.</summary>
    public InflightArea? Inflight { get; private set; }

    /// <summary>Connects, negotiates, and starts all queues.</summary>
    public static FrontEndDevice Connect(string path, FrontEndDeviceOptions? options = null) =>
        Attach(FrontEndConnection.Connect(path), options);

    /// <summary>Negotiates over a fresh connection, which it takes over, and starts all queues.</summary>
    /// <exception cref="FrontEndException">The back-end refused, or went away; the connection is closed.</exception>
    public static FrontEndDevice Attach(FrontEndConnection connection, FrontEndDeviceOptions? options = null)
    {
        FrontEndDevice device = Negotiate(connection, options);
        try
        {
            device.Start();
            return device;
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    /// <summary>Negotiates over a fresh connection, which it takes over, and makes the queues, without starting them.</summary>
    public static FrontEndDevice Negotiate(FrontEndConnection connection, FrontEndDeviceOptions? options = null)
    {
        FrontEndDevice device = new(connection, options ?? new FrontEndDeviceOptions());
        try
        {
            device.Handshake();
            device.MakeQueues();
            return device;
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    /// <summary>Reads the config space; zeros where the back-end has nothing. Needs <see cref="ProtocolFeatures.Config"/>.</summary>
    /// <exception cref="FrontEndException"><see cref="FrontEndFailure.Refused"/>.</exception>
    public byte[] ReadConfig(uint offset, uint size) =>
        Connection.GetConfig(offset, size)
        ?? throw new FrontEndException(
            FrontEndFailure.Refused,
            $"GET_CONFIG: the back-end refused {size} bytes at {offset}",
            FrontEndRequest.GetConfig);

    /// <summary>Whether the queues are packed.</summary>
    public bool IsPacked => (Features & VirtioFeatures.RingPacked) != 0;

    /// <summary>The packed queue of that number, for tests that write into its ring.</summary>
    public PackedDriverQueue Packed(int index) => (PackedDriverQueue)_queues[index];

    /// <summary>The split queue of that number, for tests that write into its rings.</summary>
    public SplitDriverQueue Split(int index) => (SplitDriverQueue)_queues[index];

    /// <summary>Closes the connection as a dying front-end does, without a word, and gives everything back.</summary>
    public void Dispose()
    {
        IsStarted = false;
        foreach (DriverQueue queue in _queues)
        {
            queue.Notifier?.Dispose();
            queue.Dispose();
        }

        _queues.Clear();
        Inflight?.Dispose();
        Connection.Dispose();
        SharedMemory?.Dispose();
        if (_ownsMemory)
            Memory.Dispose();
    }

    private bool Has(ProtocolFeatures feature) => (ProtocolFeatures & feature) != 0;

    private void Handshake()
    {
        OfferedFeatures = Connection.GetFeatures();
        Features = OfferedFeatures & _options.Features;
        if ((Features & VirtioFeatures.ProtocolFeatures) != 0)
            NegotiateProtocolFeatures();
        Connection.SetOwner().ThrowIfNegative();
    }

    private void NegotiateProtocolFeatures()
    {
        const ProtocolFeatures inBand = ProtocolFeatures.InbandNotifications | ProtocolFeatures.BackendReq | ProtocolFeatures.ReplyAck;
        ProtocolFeatures wanted = _options.ProtocolFeatures;
        OfferedProtocolFeatures = Connection.GetProtocolFeatures();
        if (_options.Notifications == QueueNotifications.InBand)
        {
            if ((OfferedProtocolFeatures & inBand) != inBand)
                throw new FrontEndException(
                    FrontEndFailure.NotOffered,
                    "the back-end does not offer in-band notifications",
                    FrontEndRequest.GetProtocolFeatures);
            wanted |= inBand;
        }

        ProtocolFeatures = OfferedProtocolFeatures & wanted;
        Connection.SetProtocolFeatures(ProtocolFeatures).ThrowIfNegative();
        if (Has(ProtocolFeatures.Mq))
            MaxQueues = Connection.GetQueueNum();
        if (Has(ProtocolFeatures.ConfigureMemSlots))
            MaxMemorySlots = Connection.GetMaxMemSlots();
        if (Has(ProtocolFeatures.BackendReq))
            Connection.OpenBackEndChannel();
        SharedMemory?.Dispose();
        SharedMemory = Has(ProtocolFeatures.ShmemMap) ? new SharedMemory(Connection.GetShmemConfig()) : null;
        if (SharedMemory is not null)
            Connection.BackEndChannel?.Handlers.Add(SharedMemory);
        if (Has(ProtocolFeatures.SharedObject) && _options.SharedObjects is { } objects)
            Connection.BackEndChannel?.Handlers.Add(objects.For(Connection));
    }

    private void MakeQueues()
    {
        if (MaxQueues is { } max && (ulong)_options.QueueSizes.Count > max)
            throw new FrontEndException(
                FrontEndFailure.NotOffered,
                $"the back-end has {max} queues, {_options.QueueSizes.Count} are wanted",
                FrontEndRequest.GetQueueNum);
        bool eventIdx = (Features & VirtioFeatures.EventIdx) != 0;
        for (int i = 0; i < _options.QueueSizes.Count; i++)
        {
            ushort size = _options.QueueSizes[i];
            DriverQueue queue = IsPacked
                ? new PackedDriverQueue(Memory, i, size, eventIdx, _options.RingBase, alignment: _options.RingAlignment)
                : new SplitDriverQueue(Memory, i, size, eventIdx, (ushort)(_options.RingBase ?? 0), alignment: _options.RingAlignment);
            queue.InOrder = (Features & VirtioFeatures.InOrder) != 0;
            _queues.Add(queue);
        }
    }
}
