// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Vsock;

/// <summary>Where a connection between the guest and a socket of this machine stands, and what leads out of there.</summary>
internal enum SocketState
{
    /// <summary>Nobody's; waits to be used again.</summary>
    Free,

    /// <summary>A host program connected and has not said yet to which port. Ends with its line, with anything else that
    /// it writes, when it leaves, or with <see cref="FlowPatience.GreetingMs"/>.</summary>
    Greeting,

    /// <summary>The guest asked, and the socket is not connected yet. Ends with the outcome, with the guest's reset, or
    /// with <see cref="FlowPatience.ConnectMs"/>.</summary>
    Connecting,

    /// <summary>A host program asked, and the guest has not answered yet. Ends with the answer, or with
    /// <see cref="FlowPatience.ConnectMs"/>.</summary>
    Requested,

    /// <summary>Ends as <see cref="Ends"/> says, with the guest's reset, or with a packet that breaks the rules.</summary>
    Open,

    /// <summary>The guest has closed. What it sent before goes out still. Ends when that is out, when the host program is
    /// gone, or when it has taken nothing for <see cref="FlowPatience.DrainMs"/>.</summary>
    Draining,

    /// <summary>The socket is gone, and the guest is sent a reset, or its own is waited for. Ends with that, with a new
    /// request for the same ports, or with <see cref="FlowPatience.CloseMs"/>.</summary>
    Closing,
}

/// <summary>
/// A connection between the guest and a socket of this machine. Its life is here; what comes from the guest and what
/// goes to it are in the other parts. The end of the device, a reset and a front-end that leaves end it in any state.
/// </summary>
internal sealed partial class SocketFlow : VsockFlow, IFdHandler, IDisposable
{
    private const Readiness WatchReading = Readiness.Readable | Readiness.PeerClosed | Readiness.EdgeTriggered;
    private const Readiness Gone = Readiness.HangUp | Readiness.Error;

    private readonly IFlowOwner _owner;
    private readonly WatchedFd _socket;
    private SocketState _state;
    private Pending _pending;
    private VsockCredit _credit;
    private Ends _ends;

    // Whether the listener's backlog was full, so that connecting is tried again.
    private bool _retries;

    // Whether the socket's peer is gone, so that nobody reads how the socket is closed.
    private bool _isPeerGone;

    internal SocketFlow(IFlowOwner owner)
        : base(owner.Cid)
    {
        _owner = owner;
        _socket = new WatchedFd(owner.Loop, this);
    }

    /// <summary>Packets that wait to be sent to the guest.</summary>
    [Flags]
    private enum Pending
    {
        None = 0,
        Request = 1,
        Response = 2,
        CreditUpdate = 4,
        CreditRequest = 8,
        Reset = 16,
    }

    internal bool IsFree => _state == SocketState.Free;

    internal bool IsStream => Key.Type == VsockType.Stream;

    internal SocketState State => _state;

    internal WatchedFd Socket => _socket;

    /// <summary>When the connection has waited for too long; 0: it may wait for ever.</summary>
    internal long Deadline { get; private set; }

    /// <summary>Whether the device looks at the deadline.</summary>
    internal bool IsTimed { get; set; }

    public void Dispose() => _socket.Dispose();

    // ---- beginnings ----

    /// <summary>A host program connected, and it is known to where. The key is set, the connection is in the table.</summary>
    internal void BeginRequest()
    {
        _state = SocketState.Requested;
        if (!TryTakeWindow())
            return;
        _pending = Pending.Request;
        Wait(FlowPatience.ConnectMs);
        _owner.Activate(this);
    }

    /// <summary>The guest asks for a connection; it is in the table.</summary>
    internal void ConnectForGuest(in VsockHeader request)
    {
        _state = SocketState.Connecting;
        _ = _credit.Update(request.BufferSize, request.Forwarded);
        if (!TryTakeWindow())
            return;
        TryConnect();
        // Most often it is done by now.
        if (_state == SocketState.Connecting)
            Wait(FlowPatience.ConnectMs);
    }

    /// <summary>Back to what it was when it was made, for <see cref="FlowTable.Free"/>.</summary>
    internal void Clear()
    {
        CloseSocket();
        Drop();
        _state = SocketState.Free;
        _pending = Pending.None;
        _credit = default;
        _ends = default;
        Deadline = 0;
        _retries = _isPeerGone = false;
        _received = _forwarded = _forwardedSent = 0;
        _readable = _endNear = _ignoresOverhead = false;
        _creditWaitMs = 0;
        _readSize = 0;
        _owner.ReturnWindow(_window);
        _window = 0;
    }

    // ---- time ----

    /// <summary>Called every now and then while there is a deadline.</summary>
    internal void Tick(long now)
    {
        if (_state == SocketState.Connecting && _retries && now < Deadline)
        {
            TryConnect();
            return;
        }

        if (now < Deadline)
            return;
        switch (_state)
        {
            case SocketState.Greeting:
                LogGreeting("a host program has not written CONNECT and a port in time");
                Reject();
                break;
            case SocketState.Draining:
                EndDrain(now);
                break;
            case SocketState.Open:
                AskForCreditAgain();
                break;
            default:
                Abort();
                break;
        }
    }

    // ---- events of the socket ----

    public void OnReady(Readiness readiness)
    {
        bool isGone = (readiness & Gone) != 0;
        _isPeerGone |= isGone;
        _endNear |= (readiness & (Readiness.PeerClosed | Gone)) != 0;
        switch (_state)
        {
            case SocketState.Greeting:
                // What follows the line needs no event of its own.
                _readable = true;
                _ = ReadGreeting();
                break;
            case SocketState.Connecting:
                FinishConnect();
                break;
            case SocketState.Requested:
                // Looked at when the guest has answered.
                _readable |= (readiness & ~Readiness.Writable) != 0;
                break;
            case SocketState.Open:
            case SocketState.Draining:
                if (isGone || (_state == SocketState.Open && HidesThatItIsGone(readiness)))
                    HostStoppedReceiving();
                if (isGone || (readiness & Readiness.Writable) != 0)
                    FlushOutput();
                if (_state == SocketState.Open && (readiness & ~Readiness.Writable) != 0)
                {
                    _readable = true;
                    _owner.Activate(this);
                }

                break;
            default:
                break;
        }
    }

    // Where the end is found by reading, it has to be asked for once nothing is read any more.
    private bool HidesThatItIsGone(Readiness readiness) =>
        (readiness & Readiness.PeerClosed) != 0 && !_ends.GuestReceives && _owner.Host.HidesClose
        && StreamSocket.PeerReceivesNothing(_socket.Fd);

    private void TryConnect()
    {
        Errno errno = _owner.Host.Connect(Key.PeerPort, !IsStream, _socket);
        _retries = errno == Errno.EAGAIN;
        if (_retries)
            return;
        if (errno == Errno.EMFILE)
            _owner.NoteNoDescriptors(errno);
        if (errno.IsSuccess)
            Open();
        else if (errno != Errno.EINPROGRESS)
            Refuse(errno);
        else if (_socket.Watch(Readiness.Writable | WatchReading).IsError)
            Abort();
    }

    private void FinishConnect()
    {
        Errno errno = StreamSocket.ConnectResult(_socket.Fd);
        if (errno.IsError)
            Refuse(errno);
        else
            Open();
    }

    private void Refuse(Errno errno)
    {
        if (_owner.Log.IsEnabled(LogLevel.Debug))
        {
            _owner.Log.LogDebug(
                "guest {Cid} asks for port {Port} of CID {PeerCid}, and no program of the host serves it: {Errno}",
                _owner.Cid, Key.PeerPort, Key.PeerCid, errno);
        }

        Abort();
    }

    private void Open()
    {
        if (!TryTakeSender())
        {
            Abort();
            return;
        }

        _state = SocketState.Open;
        Deadline = 0;
        _pending |= Pending.Response;
        if (!IsStream && StreamSocket.IsDatagram(_socket.Fd))
            _ends.Host |= VsockFlags.ShutdownSend; // nothing ever comes from there
        if (_socket.Interest != Readiness.None)
            _socket.Interest = WatchReading;
        else if (_socket.Watch(WatchReading).IsError)
            Abort();
        _owner.Activate(this);
    }

    private bool TryTakeWindow()
    {
        _window = _owner.TakeWindow(!IsStream);
        if (_window == 0)
            Abort();
        return _window != 0;
    }

    private void CloseSocket()
    {
        _sender?.Leave(_socket);
        _sender = null;
        _socket.Close();
    }

    // The peer reads the end, and what it sent is no reason for a reset.
    private void CloseForPeerToRead()
    {
        if (!_isPeerGone && _socket.Fd >= 0)
            StreamSocket.DiscardInput(_socket.Fd);
        CloseSocket();
    }

    private void Drop()
    {
        _out.Drop();
        _in.Drop();
    }

    private void Wait(int milliseconds)
    {
        Deadline = _owner.Now + milliseconds;
        _owner.Time(this);
    }
}
