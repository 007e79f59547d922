// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Vsock;

/// <summary>
/// Sends the messages of one connection from a thread that may wait, for hosts whose sockets take part of a message
/// rather than nothing (<see cref="IVsockHost.CutsMessages"/>). It has one message at a time, and a copy of that.
/// </summary>
internal sealed class MessageSender : WorkItem, IDisposable
{
    private readonly Worker _worker = new("vsock-messages");
    private readonly Action<MessageSender> _free;
    private SocketFlow? _flow;
    private OwnedFd? _left;
    private byte[]? _message;
    private int _length;
    private int _fd;
    private bool _endsRecord;
    private Errno _errno;

    /// <param name="free">Called when it is nobody's any more.</param>
    internal MessageSender(EventLoop loop, Action<MessageSender> free)
        : base(loop) => _free = free;

    /// <summary>Begins to send; <see cref="SocketFlow.MessageSent"/> says what became of it.</summary>
    internal void Send(SocketFlow flow, ReadOnlySpan<byte> message, bool endsRecord)
    {
        _flow = flow;
        _fd = flow.Socket.Fd;
        _length = message.Length;
        _message = ArrayPool<byte>.Shared.Rent(_length);
        message.CopyTo(_message);
        _endsRecord = endsRecord;
        _worker.Add(this);
    }

    /// <summary>The connection is over. A socket that is still being sent to is closed once that has ended, which is soon.</summary>
    internal void Leave(WatchedFd socket)
    {
        if (IsOut)
        {
            _ = StreamSocket.Shutdown(socket.Fd, reading: true, writing: true);
            _left = socket.Release();
        }
        else
        {
            _free(this);
        }

        _flow = null;
    }

    public void Dispose()
    {
        _worker.Dispose();
        Return();
    }

    protected override void Work() => _ = StreamSocket.SendMessageWaiting(_fd, _message.AsSpan(0, _length), _endsRecord, out _errno);

    protected override void Done(Exception? fault)
    {
        Return();
        if (_flow is { } flow)
            flow.MessageSent(_errno);
        else
            _free(this);
    }

    private void Return()
    {
        if (_message is not null)
            ArrayPool<byte>.Shared.Return(_message);
        _message = null;
        _left?.Dispose();
        _left = null;
    }
}
