// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Linux;
using VhostDevice.VhostUser.Wire;

namespace VhostDevice.VhostUser.FrontEnd;

/// <summary>
/// This front-end's end of the channel on which a back-end makes requests (vhost-user, "Back-end communication").
/// Requests are read whenever something waits here or for an answer on the connection, so a back-end that waits for its
/// acknowledgement never deadlocks with a front-end that waits for an answer. VRING_CALL and VRING_ERR are counted by
/// ring, everything else is kept for <see cref="TryReceive"/>. Not thread-safe.
/// </summary>
public sealed class BackEndChannel : IDisposable
{
    /// <summary>A flood of requests that nobody takes is an error of the test or of the back-end.</summary>
    private const int MaxKept = 4096;
    private const int MaxRings = 256;

    private readonly MessageSocket _socket;
    private readonly Queue<ReceivedMessage> _kept = new();
    private readonly long[] _calls = new long[MaxRings];
    private readonly long[] _callsSeen = new long[MaxRings];
    private readonly long[] _errors = new long[MaxRings];

    /// <summary>Takes over this front-end's end of a connected stream socket.</summary>
    public BackEndChannel(OwnedFd socket) => _socket = new MessageSocket(socket);

    /// <summary>
    /// What requests with NEED_REPLY are answered as soon as they are read: 0 agrees. Null: nothing is answered by
    /// itself and all requests, ring notifications too, wait for <see cref="TryReceive"/> and <see cref="Answer"/>.
    /// </summary>
    public ulong? AutomaticAnswer { get; set; } = 0;

    /// <summary>
    /// Asked, in turn, to serve what is read, before <see cref="AutomaticAnswer"/> is given; what one of them serves is not
    /// kept. Only while that is not null.
    /// </summary>
    public IList<IBackEndRequestHandler> Handlers { get; } = [];

    /// <summary>How long a back-end may leave the second half of a request outstanding, or not take an answer.</summary>
    public TimeSpan Patience { get; set; } = FrontEndConnection.DefaultReplyTimeout;

    /// <summary>The back-end has closed its end or sent what is no message; nothing more will come.</summary>
    public bool IsClosed { get; private set; }

    internal int Fd => _socket.Fd;

    /// <summary>VRING_CALL messages that came for a ring so far, as far as they were read.</summary>
    public long Calls(int ring) => _calls[ring];

    /// <summary>VRING_ERR messages that came for a ring so far, as far as they were read.</summary>
    public long Errors(int ring) => _errors[ring];

    /// <summary>The oldest request not taken yet; waits for one. The caller disposes it.</summary>
    public bool TryReceive(TimeSpan timeout, out ReceivedMessage? message)
    {
        Deadline deadline = Deadline.After(timeout);
        while (!_kept.TryDequeue(out message))
        {
            if (!WaitAndPump(deadline))
                return false;
        }

        return true;
    }

    /// <summary>Waits until a VRING_CALL came for the ring since this method last returned true for it.</summary>
    public bool WaitForCall(int ring, TimeSpan timeout) => WaitForCall(ring, Deadline.After(timeout));

    internal bool WaitForCall(int ring, Deadline deadline)
    {
        while (_calls[ring] == _callsSeen[ring])
        {
            if (!WaitAndPump(deadline))
                return false;
        }

        _callsSeen[ring] = _calls[ring];
        return true;
    }

    internal bool WaitFor(Func<bool> happened, Deadline deadline)
    {
        while (!happened())
        {
            if (!WaitAndPump(deadline))
                return false;
        }

        return true;
    }

    /// <summary>Answers a request, for <see cref="AutomaticAnswer"/> null.</summary>
    /// <param name="fds">For SHARED_OBJECT_LOOKUP; they stay the caller's.</param>
    public void Answer(ReceivedMessage message, ulong code, ReadOnlySpan<int> fds = default) =>
        FrontEndException.ThrowIfError(Reply(message.Header.Request, code, fds), "answer to a back-end request");

    /// <summary>Reads the requests that are there, without waiting.</summary>
    public void Pump()
    {
        while (!IsClosed && EventFd.Wait(_socket.Fd, 0))
            ReadOne();
    }

    public void Dispose()
    {
        IsClosed = true;
        while (_kept.TryDequeue(out ReceivedMessage? message))
            message.Dispose();
        _socket.Dispose();
    }

    private bool WaitAndPump(Deadline deadline)
    {
        if (IsClosed || !EventFd.Wait(_socket.Fd, deadline.Milliseconds))
            return false;
        Pump();
        return true;
    }

    private void ReadOne()
    {
        if (_socket.Receive(Deadline.After(Patience), out _) != ReceiveOutcome.Message)
        {
            IsClosed = true;
            return;
        }

        MessageHeader header = _socket.Header;
        if (AutomaticAnswer is not null && Handlers.Count > 0 && TryHandle())
            return;
        bool counted = AutomaticAnswer is not null && Count((BackEndRequest)header.Request);
        if (!counted && _kept.Count < MaxKept)
            _kept.Enqueue(_socket.Detach());
        // An answer that cannot be sent means that the back-end is going away, which the connection will show.
        if (AutomaticAnswer is { } code && (header.Flags & MessageFlags.NeedReply) != 0)
            IsClosed |= Reply(header.Request, code, default).IsError;
    }

    private bool TryHandle()
    {
        using ReceivedMessage message = _socket.Detach();
        foreach (IBackEndRequestHandler handler in Handlers)
        {
            if (!handler.TryServe(message, out ulong code, out OwnedFd? file))
                continue;
            using (file)
            {
                // A look-up is answered always, what else there is if it is asked for.
                if (message.NeedsReply || message.Header.Request == (uint)BackEndRequest.SharedObjectLookup)
                    IsClosed |= Reply(message.Header.Request, code, file is null ? [] : [file.Fd]).IsError;
            }

            return true;
        }

        _socket.Attach(message);
        return false;
    }

    private bool Count(BackEndRequest request)
    {
        long[]? counters = request switch
        {
            BackEndRequest.VringCall => _calls,
            BackEndRequest.VringErr => _errors,
            _ => null,
        };
        if (counters is null || _socket.Payload.Length != 8)
            return false;
        uint ring = MemoryMarshal.Read<VringState>(_socket.Payload).Index;
        if (ring >= MaxRings)
            return false;
        counters[ring]++;
        return true;
    }

    private Errno Reply(uint request, ulong code, ReadOnlySpan<int> fds)
    {
        MessageHeader header = new() { Request = request, Flags = MessageFlags.Version1 | MessageFlags.Reply, PayloadSize = sizeof(ulong) };
        return _socket.Send(header, MemoryMarshal.AsBytes(new ReadOnlySpan<ulong>(in code)), fds, Deadline.After(Patience));
    }
}
