// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;
using VhostDevice.Virtio;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>
/// A front-end whose guest has an IOMMU. What the driver calls an address is one of the IOMMU's; the guest-physical
/// addresses of the memory table are others, where nothing lies that the driver means. Translations are given page by
/// page, when the back-end asks.
/// </summary>
internal sealed class IommuGuest : IDisposable
{
    internal const ulong Page = 4096;
    private const ulong PhysicalOffset = 0x10_0000_0000;

    private readonly HashSet<ulong> _unmapped = [];
    private readonly Dictionary<ulong, ulong> _moved = [];

    internal IommuGuest(FrontEndConnection connection, int queues = 1, ushort size = 16, bool packed = false)
    {
        Connection = connection;
        ulong features = connection.GetFeatures();
        Features = VirtioFeatures.ProtocolFeatures | VirtioFeatures.Version1 | VirtioFeatures.IndirectDesc | VirtioFeatures.AccessPlatform
            | (packed ? VirtioFeatures.RingPacked : 0);
        if ((features & Features) != Features)
            throw new InvalidOperationException($"the back-end offers only {features:x}");
        ProtocolFeatures protocol = connection.GetProtocolFeatures();
        connection.SetProtocolFeatures(protocol & (ProtocolFeatures.Mq | ProtocolFeatures.ReplyAck | ProtocolFeatures.BackendReq)).ThrowIfNegative();
        connection.SetOwner().ThrowIfNegative();
        connection.SetFeatures(Features).ThrowIfNegative();
        Channel = connection.OpenBackEndChannel();
        TellMemory();
        for (int i = 0; i < queues; i++)
            Queues.Add(packed ? new PackedDriverQueue(Memory, i, size, eventIdx: false) : new SplitDriverQueue(Memory, i, size, eventIdx: false));
    }

    internal FrontEndConnection Connection { get; }

    internal ulong Features { get; }

    internal FrontEndMemory Memory { get; } = new(1 << 20);

    internal BackEndChannel Channel { get; }

    internal List<DriverQueue> Queues { get; } = [];

    /// <summary>All that the back-end asked for.</summary>
    internal List<(ulong Address, IotlbPermissions Permissions)> Asked { get; } = [];

    /// <summary>What a page may be used for.</summary>
    internal Func<ulong, IotlbPermissions> Permissions { get; set; } = static _ => IotlbPermissions.ReadWrite;

    internal void TellMemory()
    {
        Memory.Table(out MemoryRegionEntry[] entries, out int[] fds);
        for (int i = 0; i < entries.Length; i++)
            entries[i].GuestAddress += PhysicalOffset;
        Connection.SetMemTable(entries, fds).ThrowIfNegative();
    }

    internal void Start(DriverQueue queue)
    {
        uint index = (uint)queue.Index;
        queue.Notifier = new EventFdNotifier();
        VringAddress address = queue.RingAddress;
        address.Descriptor = DriverAddress(address.Descriptor);
        address.Available = DriverAddress(address.Available);
        address.Used = DriverAddress(address.Used);
        Connection.SetVringNum(index, queue.Size).ThrowIfNegative();
        Connection.SetVringBase(index, queue.RingBase).ThrowIfNegative();
        Connection.SetVringAddr(address).ThrowIfNegative();
        Connection.SetVringKick(index, queue.Notifier.KickFd).ThrowIfNegative();
        Connection.SetVringCall(index, queue.Notifier.CallFd).ThrowIfNegative();
        Connection.SetVringEnable(index, true).ThrowIfNegative();
    }

    /// <summary>The page has no translation until <see cref="Map"/>; the back-end forgets the one that it has.</summary>
    internal void Unmap(ulong address)
    {
        _unmapped.Add(address / Page);
        Invalidate(address & ~(Page - 1), Page);
    }

    /// <summary>The page may be translated again; says so if the back-end has asked for it.</summary>
    internal void Map(ulong address)
    {
        _unmapped.Remove(address / Page);
        Update(address);
    }

    /// <summary>From now on the driver's page is another one of the memory.</summary>
    internal void Move(ulong address, ulong to)
    {
        MoveUnseen(address, to);
        Invalidate(address & ~(Page - 1), Page);
    }

    /// <summary>As <see cref="Move"/>, but the front-end does not say so: it only does while a ring runs.</summary>
    internal void MoveUnseen(ulong address, ulong to) => _moved[address / Page] = to / Page;

    internal void Invalidate(ulong address, ulong size) =>
        Connection.IotlbMsg(new IotlbMessage { Type = IotlbType.Invalidate, Iova = address, Size = size }).ThrowIfNegative();

    /// <summary>Answers what was asked so far, as an IOMMU does; an address without a mapping gets no answer.</summary>
    internal void Answer(TimeSpan patience)
    {
        while (Channel.TryReceive(patience, out ReceivedMessage? message))
        {
            using (message)
            {
                Xunit.Assert.Equal((uint)BackEndRequest.IotlbMsg, message!.Header.Request);
                IotlbMessage miss = message.Read<IotlbMessage>();
                Xunit.Assert.Equal(IotlbType.Miss, miss.Type);
                Asked.Add((miss.Iova, miss.Permissions));
                if (!_unmapped.Contains(miss.Iova / Page) && (Permissions(miss.Iova) & miss.Permissions) == miss.Permissions)
                    Update(miss.Iova);
            }

            patience = TimeSpan.Zero;
        }
    }

    /// <summary>Answers until something is used, and takes that.</summary>
    internal UsedChain Take(DriverQueue queue)
    {
        UsedChain used = default;
        AnswerUntil(() => queue.TryPop(out used), "a chain is used");
        return used;
    }

    internal void AnswerUntil(Func<bool> done, string what)
    {
        long end = Environment.TickCount64 + (long)LoopThread.Patience.TotalMilliseconds;
        while (!done())
        {
            if (Environment.TickCount64 > end)
                throw new TimeoutException(what);
            Answer(TimeSpan.FromMilliseconds(5));
        }
    }

    public void Dispose()
    {
        foreach (DriverQueue queue in Queues)
        {
            queue.Notifier?.Dispose();
            queue.Dispose();
        }

        Connection.Dispose();
        Memory.Dispose();
    }

    private ulong DriverAddress(ulong user)
    {
        FrontEndRegion region = Memory.Regions.Single(r => user - r.UserAddress < r.Size);
        return region.GuestAddress + (user - region.UserAddress);
    }

    private void Update(ulong address)
    {
        ulong page = address / Page;
        Connection.IotlbMsg(new IotlbMessage
        {
            Type = IotlbType.Update,
            Iova = page * Page,
            Size = Page,
            UserAddress = Memory.UserAddress(_moved.GetValueOrDefault(page, page) * Page),
            Permissions = Permissions(address),
        }).ThrowIfNegative();
    }
}
