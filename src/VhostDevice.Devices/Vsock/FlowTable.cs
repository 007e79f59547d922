// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics.CodeAnalysis;

namespace VhostDevice.Devices.Vsock;

/// <summary>
/// The connections of one guest: found by their key, and used again once they are over. Those with a socket of this
/// machine are made here; those with other guests come from <see cref="SiblingLink"/>.
/// </summary>
internal sealed class FlowTable : IDisposable
{
    /// <summary>Ports of the host's end of connections that host programs ask for: none that a guest could take for a
    /// service.</summary>
    private const uint FirstPort = 1U << 30;

    private const uint PortCount = 1U << 30;

    private readonly IFlowOwner _owner;
    private readonly Dictionary<VsockKey, VsockFlow> _byKey = [];

    // All that were made so far, and those of them that are free.
    private readonly List<SocketFlow> _sockets = [];
    private readonly Stack<SocketFlow> _freeSockets = new();

    // A guest may still know connections of a process before this one, and answers a request for the same pair of ports
    // with a reset. So ports do not begin at the same place in each process, nor for each front-end.
    private uint _nextPort = (uint)Random.Shared.Next((int)PortCount);

    internal FlowTable(IFlowOwner owner) => _owner = owner;

    /// <summary>Connections whose host program has not said to which port it wants; they have no key yet.</summary>
    internal int Greeting { get; private set; }

    /// <summary>All connections, those that are being opened and closed included.</summary>
    internal int Count => _byKey.Count + Greeting;

    internal bool TryFind(in VsockKey key, [NotNullWhen(true)] out VsockFlow? flow) => _byKey.TryGetValue(key, out flow);

    internal bool Has(in VsockKey key) => _byKey.ContainsKey(key);

    internal void Add(VsockFlow flow, in VsockKey key)
    {
        flow.Key = key;
        _byKey.Add(key, flow);
        flow.IsListed = true;
    }

    /// <summary>The guest knows the connection no more; where it has a socket, that is still there.</summary>
    internal void Remove(VsockFlow flow)
    {
        if (!flow.IsListed)
            return;
        flow.IsListed = false;
        _byKey.Remove(flow.Key);
    }

    internal SiblingFlow[] Siblings() => [.. _byKey.Values.OfType<SiblingFlow>()];

    /// <summary>A key for a connection from the host to a port of the guest, with a port of the host's end that is free.</summary>
    internal VsockKey FreeKey(uint guestPort, ushort type)
    {
        while (true)
        {
            VsockKey key = new(VsockCid.Host, FirstPort + _nextPort, guestPort, type);
            _nextPort = (_nextPort + 1) % PortCount;
            if (!Has(in key))
                return key;
        }
    }

    /// <summary>A connection without key, socket and state, for the caller to begin or to <see cref="Free"/>.</summary>
    internal SocketFlow TakeSocket()
    {
        if (!_freeSockets.TryPop(out SocketFlow? flow))
        {
            flow = new SocketFlow(_owner);
            _sockets.Add(flow);
        }

        flow.Key = new VsockKey(0, 0, 0, VsockType.Stream);
        return flow;
    }

    /// <summary>A host program's connection waits for the program's first words.</summary>
    internal void BeginGreeting(SocketFlow flow)
    {
        Greeting++;
        flow.BeginGreeting();
    }

    /// <summary>The program has said to which port it wants: the connection gets its key.</summary>
    internal void EndGreeting(SocketFlow flow, uint guestPort)
    {
        Greeting--;
        Add(flow, FreeKey(guestPort, VsockType.Stream));
    }

    /// <summary>The end of a connection with a socket of this machine.</summary>
    internal void Free(SocketFlow flow)
    {
        if (flow.State == SocketState.Greeting)
            Greeting--;
        else
            Remove(flow);
        flow.Clear();
        _freeSockets.Push(flow);
    }

    /// <summary>The end of all connections with sockets of this machine.</summary>
    internal void FreeSockets()
    {
        foreach (SocketFlow flow in _sockets)
        {
            if (!flow.IsFree)
                Free(flow);
        }
    }

    public void Dispose()
    {
        foreach (SocketFlow flow in _sockets)
            flow.Dispose();
    }
}
