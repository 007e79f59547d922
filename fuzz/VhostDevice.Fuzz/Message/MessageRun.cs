// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using VhostDevice.Fuzz.Ring;
using VhostDevice.Linux;
using VhostDevice.VhostUser.BackEnd;
using VhostDevice.VhostUser.Wire;

namespace VhostDevice.Fuzz.Message;

/// <summary>One input at work. Front-end and back-end share a thread, so that a finding happens again.</summary>
internal sealed class MessageRun : IDisposable
{
    // Numbers of steps; all below are requests to send.
    internal const byte Poke = 0xf0;
    internal const byte Kick = 0xf1;
    internal const byte Complete = 0xf2;
    internal const byte ChangeConfig = 0xf3;
    internal const byte Turns = 0xf4;
    internal const byte Reconnect = 0xf5;
    internal const byte Raw = 0xf6;
    internal const byte Ask = 0xf7;
    internal const byte Answer = 0xf8;
    internal const byte RawAnswer = 0xf9;

    /// <summary>How a request is sent.</summary>
    [Flags]
    internal enum Manner : byte
    {
        None = 0,
        NeedReply = 1,
        IsReply = 2,
        OtherVersion = 4,
        FalseLength = 8,
        InTwoParts = 16,
        NoTurn = 32,
    }

    private const int MostTurns = 2000;

    // Work that yields runs at the end of a turn which reports nothing.
    private const int QuietTurns = 3;

    private readonly Palette _palette = new();
    private readonly ChannelPeer _peer;
    private readonly EventLoop _loop;
    private readonly List<FuzzDevice> _devices = [];
    private readonly List<BackEndServer> _servers = [];
    private readonly List<OwnedFd> _received = [];
    private readonly byte[] _incoming = new byte[16384];
    private readonly FaultRecorder _log = new();
    private OwnedFd _connection;
    private bool _open;

    internal MessageRun()
    {
        Promise.Keep(EventLoop.Create(out EventLoop? loop).IsSuccess, "a loop");
        _loop = loop!;
        _peer = new ChannelPeer(_palette[Palette.ChannelPeer]);
        _connection = Connect();
    }

    internal ulong Behaviour { get; private set; }

    internal string PipeName => _palette.PipeName;

    internal int Used { get; private set; }

    internal int Mapped { get; private set; }

    internal int Positive { get; private set; }

    internal int Negative { get; private set; }

    internal int Ended { get; private set; }

    internal void Step(ref ScriptReader script)
    {
        byte step = script.Byte();
        switch (step)
        {
            case Poke:
                int at = script.UShort();
                ReadOnlySpan<byte> bytes = script.Take(script.Byte()).Rest;
                bytes[..Math.Min(bytes.Length, Palette.MemoryBytes - at)].CopyTo(_palette.Guest[at..]);
                return;
            case Kick:
                _palette.Signal(script.Byte());
                break;
            case Complete:
                _devices[^1].CompleteOne(script.Byte());
                break;
            case ChangeConfig:
                _devices[^1].ChangeConfig();
                break;
            case Turns:
                break;
            case Reconnect:
                _connection.Dispose();
                Turn();
                _peer.Forget();
                _connection = Connect();
                break;
            case Ask:
                _devices[^1].Ask(script.Byte(), script.Byte(), _palette[Palette.OtherMemory]);
                break;
            case Answer:
                byte code = script.Byte();
                _peer.Answer(code, script.Byte() is var file and > 0 ? _palette[file % Palette.ChannelPeer].Fd : -1);
                break;
            case RawAnswer:
                _peer.Write(script.Take(script.Byte()).Rest, []);
                break;
            case Raw:
                SendRaw(ref script);
                break;
            default:
                if (Send(step, ref script))
                    return;
                break;
        }

        Turn();
    }

    /// <summary>The front-end leaves, a late worker finishes, and the next front-end is served.</summary>
    internal void Finish()
    {
        Turn();
        _connection.Dispose();
        Turn();
        foreach (BackEndServer server in _servers)
            Promise.Keep(server.ConnectionCount == 0, "a connection ends with its front-end");
        foreach (FuzzDevice device in _devices)
        {
            device.CompleteAll();
            Used += device.Answered;
            Mapped += device.Mapped;
            Promise.Keep(device.Requests.Made == device.Requests.Ended, "what is asked of a front-end ends with it");
        }

        _connection = Connect();
        SendBytes([(byte)FrontEndRequest.GetFeatures, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0], []);
        Turn(out int answered);
        Promise.Keep(answered == MessageHeader.Size + 8, "the next front-end is served");
        Promise.Keep(_log.First is null, $"no fault within a device ({_log.First})");
    }

    public void Dispose()
    {
        _connection.Dispose();
        foreach (BackEndServer server in _servers)
            server.Dispose();
        _loop.Dispose();
        _palette.Dispose();
    }

    private OwnedFd Connect()
    {
        Promise.Keep(UnixSocket.CreatePair(out OwnedFd? ours, out OwnedFd? theirs).IsSuccess, "a socket pair");
        Promise.Keep(Files.SetNonBlocking(ours!.Fd).IsSuccess, "a socket that does not wait");
        Errno errno = BackEndServer.Serve(_loop, theirs!, MakeDevice, _log, out BackEndServer? server);
        Promise.Keep(errno.IsSuccess, "a connection is served");
        _servers.Add(server!);
        _open = true;
        return ours;
    }

    private FuzzDevice MakeDevice()
    {
        _devices.Add(new FuzzDevice());
        return _devices[^1];
    }

    // True: no turn follows.
    private bool Send(byte request, ref ScriptReader script)
    {
        Manner manner = (Manner)script.Byte();
        Span<int> fds = stackalloc int[script.Byte() % 41];
        _palette.Pick(script.Byte(), fds);
        ReadOnlySpan<byte> payload = script.Take(script.UShort() % 5000).Rest;
        MessageHeader header = new()
        {
            Request = request,
            Flags = (manner.HasFlag(Manner.OtherVersion) ? (MessageFlags)2 : MessageFlags.Version1)
                | (manner.HasFlag(Manner.IsReply) ? MessageFlags.Reply : 0) | (manner.HasFlag(Manner.NeedReply) ? MessageFlags.NeedReply : 0),
            PayloadSize = manner.HasFlag(Manner.FalseLength) ? script.UInt() : (uint)payload.Length,
        };
        byte[] message = [.. MemoryMarshal.AsBytes(new ReadOnlySpan<MessageHeader>(in header)), .. payload];
        int cut = manner.HasFlag(Manner.InTwoParts) ? 1 + (script.Byte() % message.Length) : message.Length;
        SendBytes(message.AsSpan(0, cut), fds);
        if (cut < message.Length)
        {
            Turn();
            SendBytes(message.AsSpan(cut), fds);
        }

        if (request < 48)
            Behaviour |= 1UL << request;
        return manner.HasFlag(Manner.NoTurn);
    }

    private void SendRaw(ref ScriptReader script)
    {
        Span<int> fds = stackalloc int[script.Byte() % 41];
        _palette.Pick(script.Byte(), fds);
        SendBytes(script.Take(script.Byte()).Rest, fds);
    }

    // What does not fit, or has nobody to take it, is lost.
    private void SendBytes(ReadOnlySpan<byte> bytes, ReadOnlySpan<int> fds)
    {
        if (!bytes.IsEmpty && FdMessage.Send(_connection.Fd, bytes, fds, out _) < 0)
            Behaviour |= 1UL << 48;
    }

    private void Turn() => Turn(out _);

    private void Turn(out int received)
    {
        received = 0;
        int turns = 0;
        for (int quiet = 0; quiet < QuietTurns; quiet++)
        {
            Promise.Keep(turns++ < MostTurns, "the loop comes to rest");
            Promise.Keep(_loop.Turn(0, out int dispatched).IsSuccess, "the loop works");
            received += Receive();
            if (dispatched > 0)
                quiet = -1;
        }
    }

    private int Receive()
    {
        int all = 0;
        while (true)
        {
            nint n = FdMessage.Receive(_connection.Fd, _incoming, FdMessage.MaxFds, _received, out _, out Errno errno);
            if (n > 0)
            {
                Look(_incoming.AsSpan(0, (int)n));
                foreach (OwnedFd file in _received)
                    file.Dispose();
                _received.Clear();
                all += (int)n;
                continue;
            }

            if ((n == 0 || errno == Errno.ECONNRESET) && _open)
            {
                _open = false;
                Ended++;
                Behaviour |= 1UL << 62;
            }

            return all;
        }
    }

    // Replies come whole, since this side reads them all: their headers tell what became of the requests.
    private void Look(ReadOnlySpan<byte> replies)
    {
        int mayCarry = 0;
        while (replies.Length >= MessageHeader.Size)
        {
            MessageHeader header = MemoryMarshal.Read<MessageHeader>(replies);
            Promise.Keep(header.Flags == (MessageFlags.Version1 | MessageFlags.Reply), "replies look like replies");
            Promise.Keep(header.PayloadSize <= 4096 && header.PayloadSize <= replies.Length - MessageHeader.Size, "replies are whole");
            if ((FrontEndRequest)header.Request is FrontEndRequest.GetInflightFd or FrontEndRequest.GetSharedObject)
                mayCarry++;
            ReadOnlySpan<byte> payload = replies.Slice(MessageHeader.Size, (int)header.PayloadSize);
            Behaviour |= 1UL << (49 + ((int)header.Request & 7));
            if (payload.Length == 8 && BinaryPrimitives.ReadUInt64LittleEndian(payload) == 0)
                Positive++;
            else if (payload.Length == 8 && BinaryPrimitives.ReadUInt64LittleEndian(payload) == 1)
                Negative++;
            replies = replies[(MessageHeader.Size + (int)header.PayloadSize)..];
        }

        Promise.Keep(replies.IsEmpty, "replies are whole");
        Promise.Keep(_received.Count <= mayCarry, "a descriptor is sent to the front-end only if it asked for one");
    }

    /// <summary>A device's exceptions end in the log: they would be findings lost.</summary>
    private sealed class FaultRecorder : ILogger
    {
        internal string? First { get; private set; }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= LogLevel.Error)
                First ??= formatter(state, exception);
        }
    }
}
