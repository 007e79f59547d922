// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Linux;
using VhostDevice.VhostUser.Wire;

namespace VhostDevice.VhostUser.FrontEnd;

/// <summary>When a request without an answer of its own asks for one (NEED_REPLY).</summary>
public enum AckPolicy
{
    /// <summary>Always, once REPLY_ACK was negotiated by <see cref="FrontEndConnection.SetProtocolFeatures"/>.</summary>
    WhenNegotiated,

    /// <summary>Never: such requests return an <see cref="Ack"/> that was not received.</summary>
    Never,

    /// <summary>Always, negotiated or not. A back-end that ignores the flag makes the request time out.</summary>
    Always,
}

/// <summary>
/// The front-end's side of one vhost-user connection: one method per request of the specification, and raw messages
/// for tests. Control path: methods block up to <see cref="ReplyTimeout"/> and throw <see cref="FrontEndException"/>
/// when the connection fails; a back-end's "no" is a value (<see cref="Ack"/>). For one thread at a time.
/// </summary>
/// <remarks>
/// Nothing here keeps a caller from sending requests out of order or without negotiation: that is what tests want.
/// <see cref="FrontEndDevice"/> sends them as a virtual machine monitor does. Descriptors passed to a method stay the
/// caller's; those returned are the caller's to close.
/// </remarks>
public sealed partial class FrontEndConnection : IDisposable
{
    /// <summary>How long a back-end may take to answer unless told otherwise.</summary>
    public static readonly TimeSpan DefaultReplyTimeout = TimeSpan.FromSeconds(5);

    private readonly MessageSocket _socket;
    private BackEndChannel? _channel;
    private ChannelWaiter? _waiter;

    /// <summary>Speaks over a connected Unix stream socket, which it takes over and makes non-blocking.</summary>
    public FrontEndConnection(OwnedFd socket) => _socket = new MessageSocket(socket);

    /// <summary>How long one request may take, sending and answer together; negative for ever.</summary>
    public TimeSpan ReplyTimeout { get; set; } = DefaultReplyTimeout;

    public AckPolicy AckPolicy { get; set; }

    /// <summary>What <see cref="SetProtocolFeatures"/> sent last; none before.</summary>
    public ProtocolFeatures NegotiatedProtocolFeatures { get; private set; }

    /// <summary>What <see cref="SetFeatures"/> sent last; 0 before.</summary>
    public ulong NegotiatedFeatures { get; private set; }

    /// <summary>The channel opened by <see cref="OpenBackEndChannel"/>, which this connection closes with itself.</summary>
    public BackEndChannel? BackEndChannel => _channel;

    /// <summary>Connects to a listening back-end.</summary>
    /// <exception cref="FrontEndException"><see cref="FrontEndFailure.Connect"/>: nothing listens at
    /// <paramref name="path"/>, or it is no socket.</exception>
    public static FrontEndConnection Connect(string path)
    {
        Errno errno = UnixSocket.Connect(path, out OwnedFd? socket);
        if (errno.IsError)
            throw new FrontEndException(FrontEndFailure.Connect, $"{path}: {errno.Message}", errno: errno);
        return new FrontEndConnection(socket!);
    }

    /// <summary>A connection to whoever serves <paramref name="backEnd"/>, the other end of a new socket pair.</summary>
    public static FrontEndConnection CreatePair(out OwnedFd backEnd)
    {
        FrontEndException.ThrowIfError(UnixSocket.CreatePair(out OwnedFd? ours, out OwnedFd? theirs), "socketpair");
        backEnd = theirs!;
        return new FrontEndConnection(ours!);
    }

    /// <summary>Closes the connection and the back-end channel.</summary>
    public void Dispose()
    {
        _waiter?.Dispose();
        _channel?.Dispose();
        _socket.Dispose();
    }

    private bool AsksForAck => AckPolicy switch
    {
        AckPolicy.Never => false,
        AckPolicy.Always => true,
        _ => (NegotiatedProtocolFeatures & ProtocolFeatures.ReplyAck) != 0,
    };

    /// <summary>Sends a request that has no answer of its own, and waits for the acknowledgement if one is due.</summary>
    private Ack Tell(FrontEndRequest request, ReadOnlySpan<byte> payload, ReadOnlySpan<int> fds = default)
    {
        bool ask = AsksForAck;
        Deadline deadline = Deadline.After(ReplyTimeout);
        Send(request, payload, fds, ask ? MessageFlags.NeedReply : MessageFlags.None, deadline);
        if (!ask)
            return new Ack(request, false, 0);
        ReceiveReply(request, deadline);
        return new Ack(request, true, ReplyNumber(request));
    }

    private Ack Tell<T>(FrontEndRequest request, in T payload, ReadOnlySpan<int> fds = default)
        where T : unmanaged => Tell(request, Bytes(in payload), fds);

    /// <summary>Sends a request that is always answered, and waits for the answer, which is then in the socket's buffer.</summary>
    private void Ask(FrontEndRequest request, ReadOnlySpan<byte> payload, ReadOnlySpan<int> fds = default)
    {
        Deadline deadline = Deadline.After(ReplyTimeout);
        Send(request, payload, fds, MessageFlags.None, deadline);
        ReceiveReply(request, deadline);
    }

    private ulong AskNumber(FrontEndRequest request, ReadOnlySpan<byte> payload = default, ReadOnlySpan<int> fds = default)
    {
        Ask(request, payload, fds);
        return ReplyNumber(request);
    }

    private ulong ReplyNumber(FrontEndRequest request) => Reply<ulong>(request);

    private unsafe T Reply<T>(FrontEndRequest request)
        where T : unmanaged
    {
        ReadOnlySpan<byte> payload = _socket.Payload;
        if (payload.Length != sizeof(T))
            throw BadReply(request, $"has {payload.Length} bytes of payload instead of {sizeof(T)}");
        return MemoryMarshal.Read<T>(payload);
    }

    private static ReadOnlySpan<byte> Bytes<T>(in T value)
        where T : unmanaged => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value));

    private static FrontEndException BadReply(FrontEndRequest request, string what) =>
        new(FrontEndFailure.BadReply, $"{WireNames.Of(request)}: the answer {what}", request);
}
