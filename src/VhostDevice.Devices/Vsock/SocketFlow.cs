// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Vsock;

/// <summary>Where a connection between the guest and a socket of this machine stands.</summary>
internal enum SocketState
{
    /// <summary>Nobody's; waits to be used again.</summary>
    Free,

    /// <summary>A host program connected and has not said yet to which port.</summary>
    Greeting,

    /// <summary>The guest asked, and the socket is not connected yet.</summary>
    Connecting,

    /// <summary>A host program asked, and the guest has not answered yet.</summary>
    Requested,

    Open,

    /// <summary>The guest has closed. What it sent before goes out still.</summary>
    Draining,

    /// <summary>The socket is gone and the guest was told; its reset is the last word.</summary>
    Closing,
}

/// <summary>
/// A connection between the guest and a socket of this machine. Its life is here; what comes from the guest and what
/// goes to it are in the other parts.
/// </summary>
internal sealed partial class SocketFlow : VsockFlow, IFdHandler, IDisposable
{
    private const Readiness WatchReading = Readiness.Readable | Readiness.PeerClosed | Readiness.EdgeTriggered;

    /// <summary>How long a host program may take to say where it wants to go.</summary>
    private const int GreetingPatienceMs = 30_000;

    /// <summary>How long a connection may take to be accepted, on either side. Linux guests wait for 2 s.</summary>
    private const int ConnectPatienceMs = 10_000;

    /// <summary>How long the guest has for its last word. Linux waits for 8 s for ours.</summary>
    private const int ClosePatienceMs = 10_000;

    /// <summary>How long a host program has to read what a guest sent before it closed.</summary>
    private const int DrainPatienceMs = 60_000;

    private readonly WatchedFd _socket;
    private SocketState _state;
    private Pending _pending;
    private VsockCredit _credit;
    private long _nextTry;

    // Ends of directions: what the guest said, and what it was told.
    private uint _guestShut;
    private uint _hostShut;
    private uint _toldShut;

    internal SocketFlow(VsockDevice device)
        : base(device) => _socket = new WatchedFd(device.Loop, this);

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

    /// <summary>A host program connected; its socket is there already.</summary>
    internal void BeginGreeting()
    {
        _state = SocketState.Greeting;
        Wait(GreetingPatienceMs);
        // It has most likely written by now.
        if (ReadGreeting() && _socket.Watch(WatchReading).IsError)
            Device.Free(this);
    }

    /// <summary>A host program connected, and it is known to where. The key is set, the connection is in the table.</summary>
    internal void BeginRequest()
    {
        _state = SocketState.Requested;
        _pending = Pending.Request;
        Wait(ConnectPatienceMs);
        Device.Activate(this);
    }

    /// <summary>The guest asks for a connection; it is in the table.</summary>
    internal void ConnectForGuest(in VsockHeader request)
    {
        _state = SocketState.Connecting;
        _ = _credit.Update(request.BufferSize, request.Forwarded);
        Wait(ConnectPatienceMs);
        TryConnect();
    }

    /// <summary>Back to what it was when it was made, for <see cref="VsockDevice.Free"/>.</summary>
    internal void Clear()
    {
        CloseSocket();
        ReturnBuffers();
        _state = SocketState.Free;
        _pending = Pending.None;
        _credit = default;
        Deadline = _nextTry = 0;
        _guestShut = _hostShut = _toldShut = 0;
        _received = _forwarded = _forwardedTold = 0;
        _readable = _endNear = _toTheBrim = false;
        _creditWaitMs = 0;
        _appetite = MinAppetite;
    }

    // ---- time ----

    /// <summary>Called every now and then while there is a deadline.</summary>
    internal void Tick(long now)
    {
        if (_state == SocketState.Connecting && _nextTry != 0 && now < Deadline)
        {
            TryConnect();
            return;
        }

        if (now < Deadline)
            return;
        switch (_state)
        {
            case SocketState.Greeting:
            case SocketState.Draining:
                Device.Free(this);
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
        _endNear |= (readiness & (Readiness.PeerClosed | Readiness.HangUp | Readiness.Error)) != 0;
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
                if ((readiness & (Readiness.HangUp | Readiness.Error)) != 0)
                    HostIsDeaf();
                if ((readiness & (Readiness.Writable | Readiness.HangUp | Readiness.Error)) != 0)
                    FlushOutput();
                if (_state == SocketState.Open && (readiness & ~Readiness.Writable) != 0)
                {
                    _readable = true;
                    Device.Activate(this);
                }

                break;
            default:
                break;
        }
    }

    private void TryConnect()
    {
        Errno errno = Device.Guest.Host.Connect(Key.PeerPort, !IsStream, _socket);
        if (errno == Errno.EAGAIN)
        {
            _nextTry = 1;
            return;
        }

        _nextTry = 0;
        if (errno == Errno.EMFILE)
            Device.NoteNoDescriptors(errno);
        if (errno.IsSuccess)
            Open();
        else if (errno != Errno.EINPROGRESS || _socket.Watch(Readiness.Writable | WatchReading).IsError)
            Abort();
    }

    private void FinishConnect()
    {
        if (StreamSocket.ConnectResult(_socket.Fd).IsError)
            Abort();
        else
            Open();
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
        if (_socket.Interest != Readiness.None)
            _socket.Interest = WatchReading;
        else if (_socket.Watch(WatchReading).IsError)
            Abort();
        Device.Activate(this);
    }

    // ---- ends ----

    /// <summary>Ends the connection with a reset to the guest, and drops what has not gone out.</summary>
    private void Abort()
    {
        CloseSocket();
        ReturnBuffers();
        _state = SocketState.Closing;
        _pending = Pending.Reset;
        Deadline = 0;
        Device.Activate(this);
    }

    // Both directions have ended on the host's side, and the guest knows it.
    private void AwaitLastWord()
    {
        CloseSocket();
        ReturnBuffers();
        _state = SocketState.Closing;
        Wait(ClosePatienceMs);
    }

    // The guest has closed: what it sent goes out first, then it hears the last word.
    private void Drain()
    {
        if (_outCount == 0)
        {
            Abort();
            return;
        }

        _state = SocketState.Draining;
        Wait(DrainPatienceMs);
    }

    // Nobody reads what the guest sends any more.
    private void HostIsDeaf()
    {
        if ((_hostShut & VsockFlags.ShutdownReceive) != 0)
            return;
        _hostShut |= VsockFlags.ShutdownReceive;
        DropOutput();
        Device.Activate(this);
    }

    private void CloseSocket()
    {
        _sender?.Leave(_socket);
        _sender = null;
        _socket.Close();
    }

    private void Wait(int milliseconds)
    {
        Deadline = Environment.TickCount64 + milliseconds;
        Device.Time(this);
    }
}
