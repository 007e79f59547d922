// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.VhostUser.Wire;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>Objects that the devices of a guest share by an id (a picture of one is the input of another), and the display.</summary>
internal sealed partial class Session
{
    private const int UuidSize = 16;

    public Errno AddSharedObject(Guid id, Action<Errno> done) => AboutObject(BackEndRequest.SharedObjectAdd, id, done);

    public Errno RemoveSharedObject(Guid id, Action<Errno> done) => AboutObject(BackEndRequest.SharedObjectRemove, id, done);

    public Errno LookUpSharedObject(Guid id, Action<Errno, OwnedFd?> done)
    {
        Span<byte> uuid = stackalloc byte[UuidSize];
        id.TryWriteBytes(uuid, bigEndian: true, out _);
        Errno errno = MayRequest(ProtocolFeatures.SharedObject);
        // A front-end that says yes and sends nothing has none.
        return errno.IsError ? errno : Channel!.Request(
            BackEndRequest.SharedObjectLookup, uuid, null, (e, file) => done(e.IsSuccess && file is null ? Errno.ENOENT : e, file));
    }

    private Errno AboutObject(BackEndRequest request, Guid id, Action<Errno> done)
    {
        Span<byte> uuid = stackalloc byte[UuidSize];
        id.TryWriteBytes(uuid, bigEndian: true, out _);
        Errno errno = MayRequest(ProtocolFeatures.SharedObject);
        return errno.IsError ? errno : Channel!.Request(request, uuid, null, (e, _) => done(e));
    }

    // What is said on it is for the device to find out.
    private Outcome SetGpuSocket(OwnedFd? socket)
    {
        if (socket is null)
            return Outcome.Refused("GPU_SET_SOCKET came without a file descriptor");
        bool isGood = BackEndChannel.IsChannel(socket.Fd, out bool isSocket, out string problem) && isSocket;
        if (isGood && Device.TryTakeGpuSocket(socket))
            return Outcome.Done;
        socket.Dispose();
        if (isGood)
            return Outcome.Refused("GPU_SET_SOCKET: this device has no display");
        return Outcome.Refused($"GPU_SET_SOCKET: {(problem.Length > 0 ? problem : "a connected socket was expected")}");
    }

    // "The back-end will reply passing the fd when the operation is successful, or no fd otherwise"; the payload is the
    // request's, as peers have it.
    private Outcome GetSharedObject(Message m)
    {
        ReadOnlySpan<byte> uuid = m.Payload[..UuidSize];
        using OwnedFd? file = _attached ? Device.GetSharedObject(new Guid(uuid, bigEndian: true)) : null;
        Reply(m, uuid, file);
        return Outcome.Replied;
    }
}
