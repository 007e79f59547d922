// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Vsock;

/// <summary>How a connection ends: what <see cref="Ends"/> says, done.</summary>
internal sealed partial class SocketFlow
{
    // What is left for the guest before it can hear of the host program's end.
    private EndStep NextEnd() => _ends.Next(_endNear && (_readable || !_in.IsEmpty), _out.CanGoOut);

    /// <summary>Does what the ends ask for; the guest is told when it is the connection's turn.</summary>
    private void FollowEnds()
    {
        EndStep step = NextEnd();
        if (step.State == EndState.Finish)
        {
            Finish();
            return;
        }

        if (step.Shut != 0)
        {
            _ends.Shut |= step.Shut;
            _ = StreamSocket.Shutdown(
                _socket.Fd,
                reading: (step.Shut & VsockFlags.ShutdownReceive) != 0,
                writing: (step.Shut & VsockFlags.ShutdownSend) != 0);
        }

        if (step.Shutdown != 0)
            _owner.Activate(this);
        if (step.State != EndState.Drain || _state == SocketState.Draining)
            return;
        _state = SocketState.Draining;
        _in.Drop();
        _readable = false;
        StopAwaitingCredit();
        Wait(FlowPatience.DrainMs);
    }

    private void ReceiveShutdown(uint flags)
    {
        _ends.Guest |= flags & VsockFlags.ShutdownBoth;
        if (!_ends.GuestSends)
            _out.DropHalfAMessage();
        if (!_ends.GuestReceives)
        {
            // What was for it has nowhere to go.
            _readable = false;
            _in.Drop();
            StopAwaitingCredit();
        }

        FollowEnds();
    }

    private void ReceiveReset()
    {
        if (_state == SocketState.Requested && _owner.Log.IsEnabled(LogLevel.Debug))
            _owner.Log.LogDebug("guest {Cid} refuses a connection to its port {Port}", _owner.Cid, Key.GuestPort);
        _owner.Unlist(this);
        // What the guest sent before it closed is the host program's.
        if (_state is SocketState.Open or SocketState.Draining && !_ends.GuestSends && _ends.HostReceives && _out.CanGoOut)
        {
            _pending = Pending.None;
            _ends.Guest = VsockFlags.ShutdownBoth;
            FollowEnds();
            return;
        }

        _owner.Free(this);
    }

    // The host program sends nothing more.
    private void HostStoppedSending()
    {
        _readable = false;
        _ends.Host |= VsockFlags.ShutdownSend;
        if (_owner.Host.HidesClose && StreamSocket.PeerReceivesNothing(_socket.Fd))
            HostStoppedReceiving();
    }

    // Nobody reads what the guest sends any more.
    private void HostStoppedReceiving()
    {
        if (!_ends.HostReceives)
            return;
        _ends.Host |= VsockFlags.ShutdownReceive;
        _forwarded = _received;
        _out.Drop();
        OutputIsOut();
        if (_state != SocketState.Free)
            _owner.Activate(this);
    }

    // The host program has the time it needs as long as it reads at all. A socket says that it has room only when most of
    // it is free; so it is tried here.
    private void EndDrain(long now)
    {
        FlushOutput();
        if (_state != SocketState.Draining || now < Deadline)
            return;
        _owner.Log.LogWarning(
            "guest {Cid} has closed a connection to port {Port}, and the host program reads nothing: {Bytes} bytes are dropped",
            _owner.Cid, Key.PeerPort, _out.Count);
        _out.Drop();
        Finish();
    }

    // The guest has closed, and all that it sent is out. It may have reset the connection by now; then nobody is answered.
    private void Finish()
    {
        CloseForPeerToRead();
        if (IsListed)
            SendReset();
        else
            _owner.Free(this);
    }

    /// <summary>Ends the connection with a reset to the guest, and drops what has not gone out.</summary>
    private void Abort()
    {
        CloseSocket();
        SendReset();
    }

    private void SendReset()
    {
        Drop();
        _state = SocketState.Closing;
        _pending = Pending.Reset;
        Deadline = 0;
        _owner.Activate(this);
    }

    // Both directions have ended, and the guest has been told so.
    private void AwaitReset()
    {
        CloseForPeerToRead();
        Drop();
        _state = SocketState.Closing;
        _pending = Pending.None;
        _creditWaitMs = 0;
        Wait(FlowPatience.CloseMs);
    }
}
