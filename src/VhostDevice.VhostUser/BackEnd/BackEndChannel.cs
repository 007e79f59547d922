// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using VhostDevice.Linux;
using VhostDevice.VhostUser.Wire;
using VhostDevice.Virtio.Memory;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>
/// The back-end's own requests to the front-end (SET_BACKEND_REQ_FD). Notifications (this part) are sent without asking
/// for replies, because some front-ends hand over a pipe, on which none can come; for the same reason with write(2). A
/// front-end that stops reading does not stop this loop, and still learns everything once: what could not be sent is
/// remembered by kind. What is answered is in the other parts. Whatever else comes on a socket is read and thrown
/// away: descriptors that lie unread in it stay open, and one of them could be the front-end's own end of the
/// connection, whose end would then never come.
/// </summary>
internal sealed unsafe partial class BackEndChannel : IFdHandler, IDisposable
{
    /// <summary>The longest is SHMEM_MAP's.</summary>
    internal const int MaxMessage = MessageHeader.Size + 40;

    private const int NoRing = -1;

    private readonly EventLoop _loop;
    private readonly OwnedFd _fd;
    private readonly IBackEndChannelOwner _owner;
    private readonly Dictionary<int, IotlbMiss> _misses = [];
    private readonly byte[] _rest = new byte[MaxMessage];
    private readonly HashSet<(BackEndRequest Request, int Ring)> _unsent = [];
    private int _restLength;
    private FdWatch? _watch;
    private bool _reads;
    private bool _broken;

    private BackEndChannel(EventLoop loop, OwnedFd fd, bool isSocket, IBackEndChannelOwner owner)
    {
        _loop = loop;
        _fd = fd;
        _owner = owner;
        _reads = CanAnswer = isSocket;
        _requests = new RequestQueue(owner.ReportFault);
    }

    /// <summary>Takes ownership; false when this kind of file is no channel (a file system might make writes wait).</summary>
    internal static bool TryCreate(EventLoop loop, OwnedFd fd, IBackEndChannelOwner owner, out BackEndChannel? channel, out string problem)
    {
        channel = null;
        if (!IsChannel(fd.Fd, out bool isSocket, out problem))
        {
            fd.Dispose();
            return false;
        }

        SharedCallWatch.Start();
        channel = new BackEndChannel(loop, fd, isSocket, owner);
        channel.SetInterest();
        return true;
    }

    internal void NotifyConfigChanged() => Send(BackEndRequest.ConfigChangeMsg, NoRing);

    internal void Call(int ring) => Notify(BackEndRequest.VringCall, ring);

    internal void Error(int ring) => Notify(BackEndRequest.VringErr, ring);

    /// <summary>Asks for a translation. A ring waits for one at a time, so that the last one asked for is the one to send.</summary>
    internal void AskForTranslation(int ring, IotlbMiss miss)
    {
        _misses[ring] = miss;
        Send(BackEndRequest.IotlbMsg, ring);
    }

    public void OnReady(Readiness readiness)
    {
        if (_reads && (readiness & ~Readiness.Writable) != 0)
            TakeWhatCame();
        if ((readiness & ~Readiness.Readable) != 0)
            Flush();
        SetInterest();
    }

    public void Dispose()
    {
        _watch?.Dispose();
        _watch = null;
        _broken = true;
        _requests.Fail(Errno.ECANCELED);
        _answers.Dispose();
        _fd.Dispose();
    }

    private bool HasBacklog => _restLength > 0 || _unsent.Count > 0 || _requests.HasUnsent;

    /// <summary>
    /// Whether a descriptor can be a channel; it does not block from then on. A file system might make writes wait. A
    /// socket that listens, or is not connected yet, might become a connection to this very process later; one that is,
    /// keeps a front-end's place after it has gone.
    /// </summary>
    /// <param name="problem">Why not, when the result is false.</param>
    internal static bool IsChannel(int fd, out bool isSocket, out string problem)
    {
        Errno errno = Files.StatNow(fd, out FileFacts facts);
        isSocket = facts.Kind == FileKind.Socket;
        problem = "";
        if (errno.IsSuccess && isSocket)
        {
            byte[] peer = [];
            errno = UnixSocket.Inspect(fd, out bool isStream, out bool isListening);
            if (errno.IsSuccess)
                errno = isStream && !isListening ? UnixSocket.PeerName(fd, out peer) : Errno.EINVAL;
            if (errno.IsSuccess && OwnListeners.Contains(peer))
                problem = "it is a connection to this daemon, a socket or pipe to the front-end was expected";
        }
        else if (errno.IsSuccess && facts.Kind != FileKind.Fifo)
        {
            errno = Errno.ENOTSOCK;
        }

        if (errno.IsSuccess)
            errno = Files.SetNonBlocking(fd);
        if (errno.IsError)
            problem = $"a {facts.Kind} descriptor is no channel: {errno}";
        return problem.Length == 0;
    }

    private void Send(BackEndRequest request, int ring)
    {
        if (_broken)
            return;
        if (HasBacklog || (!TryWrite(request, ring) && !_broken))
            _unsent.Add((request, ring));
        SetInterest();
    }

    private void SetInterest()
    {
        Readiness interest = (_reads ? Readiness.Readable : Readiness.None) | (HasBacklog ? Readiness.Writable : Readiness.None);
        if (_broken || interest == Readiness.None)
        {
            _watch?.Dispose();
            _watch = null;
        }
        else if (_watch is not null)
        {
            _watch.Interest = interest;
        }
        else
        {
            _broken = _loop.Watch(_fd.Fd, interest, this, out _watch).IsError;
        }

        EndUnanswerable();
    }

    private void Flush()
    {
        if (_restLength > 0 && !TryWriteRest())
            return;
        SendRequests();
        if (_restLength > 0)
            return;
        foreach ((BackEndRequest Request, int Ring) next in _unsent)
        {
            if (_broken || !TryWrite(next.Request, next.Ring))
                return;
            _unsent.Remove(next);
            if (_restLength > 0)
                return;
        }
    }

    // True when all of it, or a part whose rest is kept, is on its way.
    private bool TryWrite(BackEndRequest request, int ring)
    {
        Span<byte> message = stackalloc byte[MaxMessage];
        int payload = WritePayload(message[MessageHeader.Size..], request, ring);
        MessageHeader header = new() { Request = (uint)request, Flags = MessageFlags.Version1, PayloadSize = (uint)payload };
        MemoryMarshal.Write(message, in header);
        return TryWrite(message[..(MessageHeader.Size + payload)]);
    }

    private int WritePayload(Span<byte> payload, BackEndRequest request, int ring)
    {
        if (ring == NoRing)
            return 0;
        if (request == BackEndRequest.IotlbMsg)
        {
            IotlbMiss miss = _misses[ring];
            IotlbMessage message = new() { Type = IotlbType.Miss, Iova = miss.Address, Permissions = (IotlbPermissions)miss.Access };
            MemoryMarshal.Write(payload, in message);
            return Unsafe.SizeOf<IotlbMessage>();
        }

        VringState state = new() { Index = (uint)ring };
        MemoryMarshal.Write(payload, in state);
        return Unsafe.SizeOf<VringState>();
    }

    private bool TryWriteRest()
    {
        Span<byte> rest = stackalloc byte[_restLength];
        _rest.AsSpan(0, _restLength).CopyTo(rest);
        return TryWrite(rest) && _restLength == 0;
    }

    private bool TryWrite(ReadOnlySpan<byte> bytes)
    {
        nint n;
        Errno errno;
        fixed (byte* p = bytes)
            n = NoWaitIo.Write(_fd.Fd, p, (nuint)bytes.Length, out errno);
        if (n < 0)
        {
            _broken = errno != Errno.EAGAIN;
            return false;
        }

        KeepRest(bytes[(int)n..]);
        return true;
    }

    // A stream socket may take part of a message; the rest must go before anything else.
    private void KeepRest(ReadOnlySpan<byte> rest)
    {
        rest.CopyTo(_rest);
        _restLength = rest.Length;
    }
}
