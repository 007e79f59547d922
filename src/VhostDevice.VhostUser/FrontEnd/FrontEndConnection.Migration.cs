// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.VhostUser.Wire;

namespace VhostDevice.VhostUser.FrontEnd;

/// <summary>A back-end's record of requests under way, as GET_INFLIGHT_FD returns it. Owns the descriptor.</summary>
/// <param name="Description">Where in the file it lies, and for how many queues of what size.</param>
/// <param name="File">The shared memory.</param>
public sealed record InflightArea(InflightDescription Description, OwnedFd File) : IDisposable
{
    public void Dispose() => File.Dispose();
}

/// <summary>The answer to SET_DEVICE_STATE_FD.</summary>
/// <param name="Error">0 for success.</param>
/// <param name="File">The back-end's own channel, to be used instead of the front-end's; the caller closes it.</param>
public readonly record struct DeviceStateAnswer(byte Error, OwnedFd? File);

/// <content>Migration and recovery: dirty log, in-flight requests, device state, postcopy.</content>
public sealed partial class FrontEndConnection
{
    /// <summary>SET_LOG_BASE with the dirty bitmap's file (needs <see cref="ProtocolFeatures.LogShmfd"/>); always answered.</summary>
    /// <param name="size">Bytes of the bitmap: one bit for each 4096 bytes of guest address space.</param>
    /// <param name="offset">Where in the file it begins.</param>
    public Ack SetLogBase(OwnedFd file, ulong size, ulong offset)
    {
        LogDescription log = new() { MmapSize = size, MmapOffset = offset };
        Ask(FrontEndRequest.SetLogBase, Bytes(in log), [file.Fd]);
        // The specification asks for an answer but names no payload; peers send a u64 or nothing.
        return new Ack(FrontEndRequest.SetLogBase, true, _socket.Payload.IsEmpty ? 0 : ReplyNumber(FrontEndRequest.SetLogBase));
    }

    /// <summary>SET_LOG_FD: an eventfd that the back-end may signal when it has written to the log.</summary>
    public Ack SetLogFd(OwnedFd eventFd) => Tell(FrontEndRequest.SetLogFd, default, [eventFd.Fd]);

    /// <summary>GET_INFLIGHT_FD (needs <see cref="ProtocolFeatures.InflightShmfd"/>): a new, empty record.</summary>
    public InflightArea GetInflightFd(ushort queueCount, ushort queueSize)
    {
        InflightDescription wanted = new() { QueueCount = queueCount, QueueSize = queueSize };
        Ask(FrontEndRequest.GetInflightFd, Bytes(in wanted));
        InflightDescription got = Reply<InflightDescription>(FrontEndRequest.GetInflightFd);
        using ReceivedMessage reply = _socket.Detach();
        OwnedFd file = reply.TakeFd() ?? throw BadReply(FrontEndRequest.GetInflightFd, "has no descriptor");
        return new InflightArea(got, file);
    }

    /// <summary>SET_INFLIGHT_FD: gives a former record back after a reconnect.</summary>
    public Ack SetInflightFd(InflightArea area) => Tell(FrontEndRequest.SetInflightFd, area.Description, [area.File.Fd]);

    /// <summary>SET_DEVICE_STATE_FD (needs <see cref="ProtocolFeatures.DeviceState"/>): begins a transfer over <paramref name="fd"/>.</summary>
    public DeviceStateAnswer SetDeviceStateFd(DeviceStateDirection direction, DeviceStatePhase phase, OwnedFd fd)
    {
        DeviceStateTransfer transfer = new() { Direction = direction, Phase = phase };
        Ask(FrontEndRequest.SetDeviceStateFd, Bytes(in transfer), [fd.Fd]);
        ulong code = ReplyNumber(FrontEndRequest.SetDeviceStateFd);
        using ReceivedMessage reply = _socket.Detach();
        bool hasFd = (code & DeviceStateReply.NoFd) == 0 && (code & DeviceStateReply.ErrorMask) == 0;
        OwnedFd? file = hasFd ? reply.TakeFd() ?? throw BadReply(FrontEndRequest.SetDeviceStateFd, "announces a descriptor and has none") : null;
        return new DeviceStateAnswer((byte)(code & DeviceStateReply.ErrorMask), file);
    }

    /// <summary>CHECK_DEVICE_STATE: whether the back-end could use the state it was sent; 0 for yes.</summary>
    public ulong CheckDeviceState() => AskNumber(FrontEndRequest.CheckDeviceState);

    /// <summary>POSTCOPY_ADVISE (needs <see cref="ProtocolFeatures.PageFault"/>): the back-end's userfaultfd, null when it has none.</summary>
    public OwnedFd? PostcopyAdvise()
    {
        Ask(FrontEndRequest.PostcopyAdvise, default);
        using ReceivedMessage reply = _socket.Detach();
        return reply.TakeFd();
    }

    /// <summary>POSTCOPY_LISTEN: from now on missing pages fault.</summary>
    public Ack PostcopyListen() => Tell(FrontEndRequest.PostcopyListen, default);

    /// <summary>POSTCOPY_END: all pages are there; 0 for success.</summary>
    public ulong PostcopyEnd() => AskNumber(FrontEndRequest.PostcopyEnd);
}
