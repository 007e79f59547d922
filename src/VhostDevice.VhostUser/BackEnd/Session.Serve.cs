// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;
using VhostDevice.VhostUser.Wire;
using VhostDevice.Virtio;
using VhostDevice.Virtio.Memory;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>The messages about the device as a whole.</summary>
internal sealed partial class Session
{
    private const ulong ConfigFlagsKnown = 3;

    private ProtocolFeatures _acceptedProtocol;
    private ulong _status;
    private bool _warnedOfShrinking;
    private MemoryAlarm? _memoryAlarm;

    internal ulong AcceptedFeatures { get; private set; }

    private ulong OfferedFeatures => Device.Features | VirtioFeatures.Transport | VirtioFeatures.ProtocolFeatures | VirtioFeatures.LogAll
        | (Device.KeepsOrder ? VirtioFeatures.InOrder : 0)
        | (_server.OffersIommu ? VirtioFeatures.AccessPlatform : 0);

    private ProtocolFeatures OfferedProtocol =>
        ProtocolFeatures.Mq | ProtocolFeatures.LogShmfd | ProtocolFeatures.ReplyAck | ProtocolFeatures.BackendReq | ProtocolFeatures.BackendSendFd
        | ProtocolFeatures.ResetDevice | ProtocolFeatures.InbandNotifications | ProtocolFeatures.ConfigureMemSlots | ProtocolFeatures.Status
        | ProtocolFeatures.InflightShmfd | ProtocolFeatures.DeviceState | ProtocolFeatures.GetVringBaseInflight
        | ProtocolFeatures.GetVringBaseSkipDrain
        // Some front-ends complain about a configuration space that their device type does not have.
        | (Device.Config.IsEmpty ? ProtocolFeatures.None : ProtocolFeatures.Config)
        | (_shared.Any ? ProtocolFeatures.ShmemMap : ProtocolFeatures.None)
        | (Device.SharesObjects ? ProtocolFeatures.SharedObject : ProtocolFeatures.None);

    private Outcome Serve(Message m)
    {
        if (NeedsDevice(m.Request))
        {
            if (!TryAttach())
                return Outcome.Parked;
            if (!TryWatchMemory(out Errno errno))
                return Outcome.Refused($"{m.Request}: the front-end's memory cannot be guarded: {errno}");
        }

        switch (m.Request)
        {
            case FrontEndRequest.GetFeatures:
                Reply(m, OfferedFeatures);
                return Outcome.Replied;
            case FrontEndRequest.SetFeatures:
                return SetFeatures(m.As<ulong>());
            case FrontEndRequest.GetProtocolFeatures:
                Reply(m, (ulong)OfferedProtocol);
                return Outcome.Replied;
            case FrontEndRequest.SetProtocolFeatures:
                return SetProtocolFeatures((ProtocolFeatures)m.As<ulong>());
            case FrontEndRequest.SetOwner:
                return Outcome.Done;
            case FrontEndRequest.ResetOwner:
                // "No longer used": front-ends that still send it mean that all rings be disabled.
                _ = ForAllRings(RingEvent.DisabledByFrontEnd);
                return WhenDrained(_rings, mayAbandon: false, m, static _ => Outcome.Done);
            case FrontEndRequest.GetQueueNum:
                Reply(m, (ulong)Device.QueueCount);
                return Outcome.Replied;
            case FrontEndRequest.SetMemTable:
                return SetMemTable(m);
            case FrontEndRequest.GetMaxMemSlots:
                Reply(m, (ulong)GuestMemory.MaxRegions);
                return Outcome.Replied;
            case FrontEndRequest.AddMemReg:
                return MemoryChanged(_table.TryAdd(m.As<SingleMemoryRegion>().Region, m.TakeFd(), out string addProblem), addProblem);
            case FrontEndRequest.RemMemReg:
                return MemoryChanged(_table.TryRemove(m.As<SingleMemoryRegion>().Region, out string removeProblem), removeProblem);
            case FrontEndRequest.IotlbMsg:
                return ServeIotlb(m);
            case FrontEndRequest.GetInflightFd:
                return GetInflightFd(m);
            case FrontEndRequest.SetInflightFd:
                return SetInflightFd(m);
            case FrontEndRequest.SetLogBase:
                return SetLogBase(m);
            case FrontEndRequest.SetLogFd:
                return SetLogFd(m.TakeFd());
            case FrontEndRequest.SetDeviceStateFd:
                return SetDeviceStateFd(m);
            case FrontEndRequest.CheckDeviceState:
                return CheckDeviceState(m);
            case FrontEndRequest.SetBackendReqFd:
                return SetBackendReqFd(m.TakeFd());
            case FrontEndRequest.GetShmemConfig:
                return GetShmemConfig(m);
            case FrontEndRequest.GetSharedObject:
                return GetSharedObject(m);
            case FrontEndRequest.GpuSetSocket:
                return SetGpuSocket(m.TakeFd());
            case FrontEndRequest.GetConfig:
                return GetConfig(m);
            case FrontEndRequest.SetConfig:
                return SetConfig(m);
            case FrontEndRequest.ResetDevice:
                return ResetDevice(m);
            case FrontEndRequest.GetStatus:
                Reply(m, _status);
                return Outcome.Replied;
            case FrontEndRequest.SetStatus:
                return SetStatus(m);
            default:
                return ServeRing(m);
        }
    }

    private static bool NeedsDevice(FrontEndRequest request) => MessageRule.For((uint)request) is { NeedsDevice: true };

    // What only reads, or is this connection's own, needs no ring to stand still for it. The others do: rings, memory, the
    // device's settings, whatever descriptor a ring signals, are used by their loops.
    private static bool IsApart(Message m) => m.Request switch
    {
        FrontEndRequest.GetFeatures or FrontEndRequest.GetProtocolFeatures or FrontEndRequest.GetQueueNum
            or FrontEndRequest.GetMaxMemSlots or FrontEndRequest.GetConfig or FrontEndRequest.GetStatus
            or FrontEndRequest.GetInflightFd or FrontEndRequest.GetShmemConfig or FrontEndRequest.SetOwner or FrontEndRequest.SetBackendReqFd
            or FrontEndRequest.CheckDeviceState => true,
        FrontEndRequest.SetStatus => m.Payload.Length == sizeof(ulong) && m.As<ulong>() != 0,
        _ => false,
    };

    private bool TryAttach()
    {
        if (_attached)
            return true;
        if (!_server.TryAcquire(this))
            return false;
        _attached = true;
        Counters.Attached++;
        Log.LogInformation("front-end attached");
        Device.Attach(this);
        if (AcceptedFeatures != 0)
            Device.AcceptFeatures(AcceptedFeatures & ~VirtioFeatures.LogAll);
        return true;
    }

    // Only where there is a guard can anybody raise the alarm, and be alive to hear it.
    private bool TryWatchMemory(out Errno errno)
    {
        errno = Errno.Success;
        if (_memoryAlarm is not null || MemoryMapping.Guard is null)
            return true;
        errno = MemoryAlarm.Create(Loop, MemoryLost, out _memoryAlarm);
        _table.Alarm = _memoryAlarm?.Fd;
        return errno.IsSuccess;
    }

    // Its content is zeroes by now, here and nowhere else. Nothing that was agreed upon can be kept with such a front-end.
    private void MemoryLost() => End("the front-end truncated the file of memory that it shares", LogLevel.Warning);

    private Outcome SetFeatures(ulong features)
    {
        if ((features & ~OfferedFeatures) != 0)
            return Outcome.Refused($"SET_FEATURES 0x{features:x} has bits that were not offered (0x{features & ~OfferedFeatures:x})");
        // Rings keep their state: a front-end sets features again while they run, to switch logging, which is not the
        // driver's doing and none of the device's business.
        bool onlyLogging = (features ^ AcceptedFeatures) == VirtioFeatures.LogAll;
        AcceptedFeatures = features;
        UseTranslation(features);
        if (_attached && !onlyLogging)
            Device.AcceptFeatures(features & ~VirtioFeatures.LogAll);
        foreach (Vring ring in _rings)
            ring.LoggingChanged();
        return (features & VirtioFeatures.ProtocolFeatures) == 0 ? ForAllRings(RingEvent.NegotiatedWithoutEnable) : Outcome.Done;
    }

    private Outcome SetProtocolFeatures(ProtocolFeatures features)
    {
        if ((features & ~OfferedProtocol) != 0)
            return Outcome.Refused($"SET_PROTOCOL_FEATURES has bits that were not offered (0x{(ulong)(features & ~OfferedProtocol):x})");
        const ProtocolFeatures inBandNeeds = ProtocolFeatures.BackendReq | ProtocolFeatures.ReplyAck;
        if ((features & ProtocolFeatures.InbandNotifications) != 0 && (features & inBandNeeds) != inBandNeeds)
            return Outcome.Fatal("INBAND_NOTIFICATIONS was accepted without BACKEND_REQ and REPLY_ACK");
        _acceptedProtocol = features;
        return Outcome.Done;
    }

    private Outcome SetMemTable(Message m)
    {
        MemoryTableHeader header = MemoryMarshal.Read<MemoryTableHeader>(m.Payload);
        ReadOnlySpan<byte> rest = m.Payload[Unsafe.SizeOf<MemoryTableHeader>()..];
        if (header.Count == 0 || header.Count > MessageRule.MaxTableRegions || rest.Length < header.Count * 32)
            return Outcome.Refused($"SET_MEM_TABLE announces {header.Count} regions in {rest.Length} bytes");
        if (m.Fds.Count != header.Count)
            return Outcome.Refused($"SET_MEM_TABLE has {header.Count} regions and {m.Fds.Count} file descriptors");
        ReadOnlySpan<MemoryRegionEntry> entries = MemoryMarshal.Cast<byte, MemoryRegionEntry>(rest)[..(int)header.Count];
        return MemoryChanged(_table.TryReplace(entries, m.TakeFd, out string problem), problem);
    }

    private Outcome MemoryChanged(bool good, string problem)
    {
        if (!good)
            return Outcome.Refused(problem);
        if (_table.CanShrink && !_warnedOfShrinking)
        {
            _warnedOfShrinking = true;
            Log.LogDebug(
                "guest memory is not sealed against shrinking (F_SEAL_SHRINK): truncating its file would end {What}",
                MemoryMapping.Guard is null ? "this process" : "the connection");
        }

        UseMemory();
        return Outcome.Done;
    }

    private Outcome GetConfig(Message m)
    {
        ConfigHeader header = m.As<ConfigHeader>();
        if (!IsConfigAccess(header, m.Payload.Length))
        {
            // The specification's way to say that the request makes no sense.
            Log.LogWarning("GET_CONFIG of {Size} bytes at {Offset} makes no sense", header.Size, header.Offset);
            Reply(m, []);
            return Outcome.Replied;
        }

        // Front-ends ask for as much as they were told the space has, which may be more than there is: zeroes follow.
        Span<byte> reply = stackalloc byte[m.Payload.Length];
        reply.Clear();
        MemoryMarshal.Write(reply, in header);
        ReadOnlySpan<byte> config = Device.Config;
        if (header.Offset < config.Length)
        {
            ReadOnlySpan<byte> part = config[(int)header.Offset..];
            part[..(int)Math.Min((uint)part.Length, header.Size)].CopyTo(reply[ConfigHeader.HeaderSize..]);
        }

        Reply(m, reply);
        return Outcome.Replied;
    }

    private Outcome SetConfig(Message m)
    {
        ConfigHeader header = m.As<ConfigHeader>();
        if (!IsConfigAccess(header, m.Payload.Length))
            return Outcome.Refused($"SET_CONFIG of {header.Size} bytes at {header.Offset} makes no sense");
        // A driver's write may cover padding behind the structure, which there is nobody to tell about.
        ReadOnlySpan<byte> data = m.Payload.Slice(ConfigHeader.HeaderSize, (int)header.Size);
        if (header.Offset >= Device.Config.Length)
            return Outcome.Done;
        data = data[..(int)Math.Min(header.Size, (uint)(Device.Config.Length - (int)header.Offset))];
        if (Device.TryWriteConfig((int)header.Offset, data))
            return Outcome.Done;
        // "Must not accept SET_CONFIG for read-only configuration space fields": but drivers write them all the same.
        return Outcome.Declined($"{header.Size} bytes at {header.Offset} of the configuration space are read-only");
    }

    private static bool IsConfigAccess(ConfigHeader header, int payload) =>
        header.Size > 0
        && (header.Flags & ~ConfigFlagsKnown) == 0
        && header.Size == payload - ConfigHeader.HeaderSize
        && header.Offset <= MessageRule.MaxPayloadOfAll - header.Size;

    // After the answer the driver may use the memory for something else: no request of before may write there any more.
    private Outcome ResetDevice(Message m)
    {
        foreach (Vring ring in _rings)
        {
            ring.BeginStop();
            // Nobody waits for the answers.
            ring.EndRequests(mayAbandon: true);
        }

        return WhenDrained(_rings, mayAbandon: true, m, _ =>
        {
            _status = 0;
            _resetIsDue = false;
            foreach (Vring ring in _rings)
                ring.Reset(keepsBase: false);
            ForgetTranslations();
            ForgetInflight();
            ForgetShared();
            if (_attached)
                Device.Reset();
            return Outcome.Done;
        });
    }

    private Outcome SetStatus(Message m)
    {
        ulong status = m.As<ulong>();
        if (status > byte.MaxValue)
            return Outcome.Refused($"SET_STATUS 0x{status:x}: the device status has 8 bits");
        if (status == 0)
            return StatusZero(m);
        _status = status;
        return Outcome.Done;
    }

    private Outcome ForAllRings(RingEvent e)
    {
        foreach (Vring ring in _rings)
            _ = ring.Apply(e);
        return Outcome.Done;
    }
}
