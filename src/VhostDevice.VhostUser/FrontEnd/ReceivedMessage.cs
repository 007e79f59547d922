// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Linux;
using VhostDevice.VhostUser.Wire;

namespace VhostDevice.VhostUser.FrontEnd;

/// <summary>A whole message from a back-end. Owns the descriptors that came with it until they are taken.</summary>
public sealed class ReceivedMessage : IDisposable
{
    private readonly List<OwnedFd> _fds;

    internal ReceivedMessage(MessageHeader header, byte[] payload, List<OwnedFd> fds)
    {
        Header = header;
        Payload = payload;
        _fds = fds;
    }

    public MessageHeader Header { get; }

    public byte[] Payload { get; }

    /// <summary>The descriptors not taken yet.</summary>
    public IReadOnlyList<OwnedFd> Fds => _fds;

    public bool IsReply => (Header.Flags & MessageFlags.Reply) != 0;

    public bool NeedsReply => (Header.Flags & MessageFlags.NeedReply) != 0;

    /// <summary>The payload as one structure.</summary>
    /// <exception cref="FrontEndException">The payload has another size (<see cref="FrontEndFailure.BadReply"/>).</exception>
    public unsafe T Read<T>()
        where T : unmanaged
    {
        if (Payload.Length != sizeof(T))
            throw new FrontEndException(
                FrontEndFailure.BadReply,
                $"message {Header.Request} has {Payload.Length} bytes of payload instead of {sizeof(T)}");
        return MemoryMarshal.Read<T>(Payload);
    }

    /// <summary>Hands the first remaining descriptor to the caller, null when there is none.</summary>
    public OwnedFd? TakeFd()
    {
        if (_fds.Count == 0)
            return null;
        OwnedFd fd = _fds[0];
        _fds.RemoveAt(0);
        return fd;
    }

    /// <summary>Closes the descriptors that nobody took.</summary>
    public void Dispose()
    {
        foreach (OwnedFd fd in _fds)
            fd.Dispose();
        _fds.Clear();
    }
}
