// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Vsock;

/// <summary>The connections with sockets of this machine: made, found, timed, used again.</summary>
public sealed partial class VsockDevice
{
    /// <summary>Ports of the host's end of connections that host programs ask for: none that a guest could take for a service.</summary>
    private const uint FirstPort = 1U << 30;

    private const uint LastPort = (1U << 31) - 1;

    /// <summary>Connections of messages that need a thread each, at a time.</summary>
    private const int MaxSenders = 64;

    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(100);

    // All that were made so far, and those of them that are nobody's.
    private readonly List<SocketFlow> _sockets = [];
    private readonly Stack<SocketFlow> _freeSockets = new();
    private readonly List<SocketFlow> _timed = [];
    private readonly List<MessageSender> _senders = [];
    private readonly Stack<MessageSender> _freeSenders = new();
    private LoopTimer? _ticker;
    private uint _nextPort = FirstPort;
    private int _greeting;
    private bool _saidNoDescriptors;

    /// <summary>
    /// A host program is at the door: takes its connection, or turns it away when the guest does not run.
    /// </summary>
    /// <param name="listener">The socket that it waits at.</param>
    /// <returns>What accepting it said.</returns>
    internal Errno Accept(int listener)
    {
        SocketFlow flow = TakeFlow();
        Errno errno = StreamSocket.Accept(listener, flow.Socket);
        if (errno.IsError || _rx.Queue is null || ConnectionCount >= _guest.MaxConnections)
        {
            Free(flow);
            return errno;
        }

        _greeting++;
        flow.BeginGreeting();
        return errno;
    }

    /// <summary>A connection from another machine's socket is at the door, for one port of the guest.</summary>
    internal Errno AcceptFrom(int listener, uint guestPort, bool messages)
    {
        SocketFlow flow = TakeFlow();
        Errno errno = VmSocket.Accept(listener, flow.Socket, out _, out uint port);
        ushort type = messages ? VsockType.SeqPacket : VsockType.Stream;
        if (errno.IsError || _rx.Queue is null || ConnectionCount >= _guest.MaxConnections)
        {
            Free(flow);
            return errno;
        }

        // The peer's own port, unless a peer with another CID has it too.
        flow.Key = new VsockKey(VsockCid.Host, port, guestPort, type);
        if (!_flows.TryAdd(flow.Key, flow))
        {
            flow.Key = FreeKey(guestPort, type);
            _flows.Add(flow.Key, flow);
        }

        flow.BeginRequest();
        return errno;
    }

    /// <summary>A host program has said to which port of the guest it wants.</summary>
    /// <returns>True: it waits for the guest.</returns>
    internal bool Request(SocketFlow flow, uint port)
    {
        flow.Key = FreeKey(port, flow.Key.Type);
        _greeting--;
        _flows.Add(flow.Key, flow);
        flow.BeginRequest();
        return true;
    }

    internal bool IsListed(SocketFlow flow) => _flows.TryGetValue(flow.Key, out VsockFlow? listed) && listed == flow;

    /// <summary>The guest does not know the connection any more; its socket is still there.</summary>
    internal void Unlist(SocketFlow flow)
    {
        if (IsListed(flow))
            _flows.Remove(flow.Key);
    }

    /// <summary>The end of a connection.</summary>
    internal void Free(SocketFlow flow)
    {
        if (flow.State == SocketState.Greeting)
            _greeting--;
        else
            Unlist(flow);
        flow.Clear();
        _freeSockets.Push(flow);
    }

    /// <summary>Looks at a connection's deadline now and then.</summary>
    internal void Time(SocketFlow flow)
    {
        if (flow.IsTimed)
            return;
        flow.IsTimed = true;
        _timed.Add(flow);
        StartTicker();
    }

    /// <summary>A connection of the guest was refused for want of descriptors.</summary>
    internal void NoteNoDescriptors(Errno errno)
    {
        if (_saidNoDescriptors)
            return;
        _saidNoDescriptors = true;
        _log.LogWarning("connections of guest {Cid} are refused: {Errno}; raise the limit of open files (ulimit -n, LimitNOFILE=)", Cid, errno);
    }

    private SocketFlow TakeFlow()
    {
        if (_freeSockets.TryPop(out SocketFlow? free))
        {
            free.Key = new VsockKey(0, 0, 0, VsockType.Stream);
            return free;
        }

        SocketFlow made = new(this) { Key = new VsockKey(0, 0, 0, VsockType.Stream) };
        _sockets.Add(made);
        return made;
    }

    /// <summary>A thread for a connection's messages; false when there are too many.</summary>
    /// <param name="fd">The socket; calls that do not say otherwise wait from now on.</param>
    internal bool TryTakeSender(int fd, [NotNullWhen(true)] out MessageSender? sender)
    {
        if (!_freeSenders.TryPop(out sender) && _senders.Count < MaxSenders)
        {
            sender = new MessageSender(Loop, _freeSenders.Push);
            _senders.Add(sender);
        }

        if (sender is null)
            return false;
        if (Files.SetBlocking(fd).IsSuccess)
            return true;
        _freeSenders.Push(sender);
        sender = null;
        return false;
    }

    private VsockKey FreeKey(uint guestPort, ushort type)
    {
        while (true)
        {
            VsockKey key = new(VsockCid.Host, _nextPort, guestPort, type);
            _nextPort = _nextPort == LastPort ? FirstPort : _nextPort + 1;
            if (!_flows.ContainsKey(key))
                return key;
        }
    }

    private void StartTicker()
    {
        if (_ticker is null && Loop.CreateTimer(Tick, out _ticker).IsError)
            return;
        if (!_ticker!.IsSet)
            _ticker.Start(s_tick);
    }

    private void Tick()
    {
        long now = Environment.TickCount64;
        for (int i = _timed.Count - 1; i >= 0; i--)
        {
            SocketFlow flow = _timed[i];
            if (flow.Deadline != 0)
                flow.Tick(now);
            // It may have got another deadline.
            if (flow.Deadline != 0)
                continue;
            flow.IsTimed = false;
            _timed[i] = _timed[^1];
            _timed.RemoveAt(_timed.Count - 1);
        }

        if (_gateUntil != 0 && now >= _gateUntil)
            OpenGate();
        bool waits = TickSiblings(now);
        if (_timed.Count > 0 || _gateUntil != 0 || waits)
            _ticker!.Start(s_tick);
    }
}
