// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.VhostUser.Wire;

namespace VhostDevice.VhostUser.FrontEnd;

/// <content>The channel for the back-end's own requests.</content>
public sealed partial class FrontEndConnection
{
    /// <summary>
    /// SET_BACKEND_REQ_FD (needs <see cref="ProtocolFeatures.BackendReq"/>) with one end of a new socket pair; the other
    /// end is the result, which belongs to this connection. A former channel is closed.
    /// </summary>
    /// <exception cref="FrontEndException">Among others <see cref="FrontEndFailure.Refused"/> when the back-end says no.</exception>
    public BackEndChannel OpenBackEndChannel()
    {
        FrontEndException.ThrowIfError(UnixSocket.CreatePair(out OwnedFd? ours, out OwnedFd? theirs), "socketpair");
        _waiter?.Dispose();
        _channel?.Dispose();
        _channel = new BackEndChannel(ours!);
        _waiter = new ChannelWaiter(_socket, _channel);
        using (theirs)
            SetBackendReqFd(theirs!).ThrowIfNegative();
        return _channel;
    }

    /// <summary>SET_BACKEND_REQ_FD with a descriptor of the caller's, which may be the write end of a pipe, as User Mode Linux sends.</summary>
    public Ack SetBackendReqFd(OwnedFd fd) => Tell(FrontEndRequest.SetBackendReqFd, default, [fd.Fd]);

    /// <summary>While the connection waits for an answer, keeps reading the back-end's requests.</summary>
    private sealed class ChannelWaiter : IDisposable, IFdHandler
    {
        private readonly MessageSocket _socket;
        private readonly BackEndChannel _channel;
        private readonly EventLoop _loop;
        private readonly FdWatch _socketWatch;
        private FdWatch? _channelWatch;
        private bool _ready;

        internal ChannelWaiter(MessageSocket socket, BackEndChannel channel)
        {
            _socket = socket;
            _channel = channel;
            FrontEndException.ThrowIfError(EventLoop.Create(out EventLoop? loop), "epoll");
            _loop = loop!;
            FrontEndException.ThrowIfError(_loop.Watch(socket.Fd, Readiness.Readable, this, out FdWatch? watch), "epoll");
            _socketWatch = watch!;
            FrontEndException.ThrowIfError(_loop.Watch(channel.Fd, Readiness.Readable, new ChannelHandler(this), out _channelWatch), "epoll");
            socket.WaitReadable = Wait;
        }

        public void OnReady(Readiness readiness) => _ready = true;

        public void Dispose()
        {
            _socket.WaitReadable = null;
            _channelWatch?.Dispose();
            _socketWatch.Dispose();
            _loop.Dispose();
        }

        private bool Wait(int timeoutMilliseconds)
        {
            _ready = false;
            FrontEndException.ThrowIfError(_loop.Turn(timeoutMilliseconds, out _), "epoll");
            return _ready;
        }

        private void PumpChannel()
        {
            _channel.Pump();
            if (!_channel.IsClosed)
                return;
            // A closed channel stays readable for ever.
            _channelWatch?.Dispose();
            _channelWatch = null;
        }

        private sealed class ChannelHandler(ChannelWaiter owner) : IFdHandler
        {
            public void OnReady(Readiness readiness) => owner.PumpChannel();
        }
    }
}
