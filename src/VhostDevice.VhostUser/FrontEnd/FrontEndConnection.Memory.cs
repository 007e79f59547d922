// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using VhostDevice.Linux;
using VhostDevice.VhostUser.Wire;

namespace VhostDevice.VhostUser.FrontEnd;

/// <content>Guest memory, the IOTLB, and shared memory regions.</content>
public sealed partial class FrontEndConnection
{
    /// <summary>SET_MEM_TABLE with all regions of <paramref name="memory"/> and their descriptors.</summary>
    public Ack SetMemTable(FrontEndMemory memory)
    {
        memory.Table(out MemoryRegionEntry[] entries, out int[] fds);
        return SetMemTable(entries, fds);
    }

    /// <summary>SET_MEM_TABLE: replaces the memory table. The specification allows up to 8 regions and one descriptor for each.</summary>
    public Ack SetMemTable(ReadOnlySpan<MemoryRegionEntry> regions, ReadOnlySpan<int> fds) =>
        Tell(FrontEndRequest.SetMemTable, TablePayload(regions), fds);

    /// <summary>
    /// SET_MEM_TABLE after POSTCOPY_LISTEN: the answer is the table with the addresses at which the back-end mapped the
    /// regions as <see cref="MemoryRegionEntry.UserAddress"/>. End it with <see cref="AcknowledgePostcopyTable"/>.
    /// </summary>
    public MemoryRegionEntry[] SetMemTableForPostcopy(ReadOnlySpan<MemoryRegionEntry> regions, ReadOnlySpan<int> fds)
    {
        Ask(FrontEndRequest.SetMemTable, TablePayload(regions), fds);
        ReadOnlySpan<byte> payload = _socket.Payload;
        int head = Unsafe.SizeOf<MemoryTableHeader>();
        if (payload.Length != head + (regions.Length * Unsafe.SizeOf<MemoryRegionEntry>()))
            throw BadReply(FrontEndRequest.SetMemTable, $"has {payload.Length} bytes of payload for {regions.Length} regions");
        return MemoryMarshal.Cast<byte, MemoryRegionEntry>(payload[head..]).ToArray();
    }

    /// <summary>Tells the back-end that the page faults of its new mappings will be served; there is no answer.</summary>
    public void AcknowledgePostcopyTable()
    {
        ulong done = 0;
        Send(FrontEndRequest.SetMemTable, Bytes(in done));
    }

    /// <summary>GET_MAX_MEM_SLOTS (needs <see cref="ProtocolFeatures.ConfigureMemSlots"/>): how many regions the back-end takes.</summary>
    public ulong GetMaxMemSlots() => AskNumber(FrontEndRequest.GetMaxMemSlots);

    /// <summary>ADD_MEM_REG (needs <see cref="ProtocolFeatures.ConfigureMemSlots"/>) with the region's one descriptor.</summary>
    public Ack AddMemReg(in MemoryRegionEntry region, OwnedFd file) =>
        Tell(FrontEndRequest.AddMemReg, new SingleMemoryRegion { Region = region }, [file.Fd]);

    /// <summary>REM_MEM_REG (needs <see cref="ProtocolFeatures.ConfigureMemSlots"/>): found by both addresses and the size.</summary>
    public Ack RemMemReg(in MemoryRegionEntry region) =>
        Tell(FrontEndRequest.RemMemReg, new SingleMemoryRegion { Region = region });

    /// <summary>
    /// IOTLB_MSG (needs ACCESS_PLATFORM): adds or invalidates a translation. The specification wants an answer always;
    /// front-ends and back-ends in use know it as an acknowledgement that is asked for.
    /// </summary>
    public Ack IotlbMsg(in IotlbMessage message) => Tell(FrontEndRequest.IotlbMsg, in message);

    /// <summary>
    /// GET_SHARED_OBJECT (needs <see cref="ProtocolFeatures.SharedObject"/>): the dma-buf of that id, null when the
    /// back-end has none.
    /// </summary>
    public OwnedFd? GetSharedObject(Guid id)
    {
        Span<byte> uuid = stackalloc byte[16];
        id.TryWriteBytes(uuid, bigEndian: true, out _);
        Ask(FrontEndRequest.GetSharedObject, uuid);
        using ReceivedMessage reply = _socket.Detach();
        return reply.TakeFd();
    }

    /// <summary>GET_SHMEM_CONFIG (needs <see cref="ProtocolFeatures.ShmemMap"/>): bytes of each shared memory region, by id; 0 for none.</summary>
    public ulong[] GetShmemConfig()
    {
        Ask(FrontEndRequest.GetShmemConfig, default);
        ReadOnlySpan<byte> payload = _socket.Payload;
        int head = Unsafe.SizeOf<ShmemConfigHeader>();
        if (payload.Length < head)
            throw BadReply(FrontEndRequest.GetShmemConfig, $"has only {payload.Length} bytes of payload");
        uint count = MemoryMarshal.Read<ShmemConfigHeader>(payload).Count;
        ReadOnlySpan<ulong> sizes = MemoryMarshal.Cast<byte, ulong>(payload[head..]);
        if (count > ShmemConfigHeader.MaxRegions || count > sizes.Length)
            throw BadReply(FrontEndRequest.GetShmemConfig, $"announces {count} regions in {payload.Length} bytes");
        // The count leaves out ids without a region, so that the last region need not be the count's.
        return sizes[..(sizes.LastIndexOfAnyExcept(0UL) + 1)].ToArray();
    }

    private static byte[] TablePayload(ReadOnlySpan<MemoryRegionEntry> regions)
    {
        MemoryTableHeader head = new() { Count = (uint)regions.Length };
        return [.. Bytes(in head), .. MemoryMarshal.AsBytes(regions)];
    }
}
