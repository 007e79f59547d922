// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Vsock;

/// <summary>The connections with sockets of this machine: how host programs' come, and what all of them need.</summary>
public sealed partial class VsockDevice : IFlowOwner
{
    private readonly SenderPool _senders = new();
    private WindowBudget _windows;
    private bool _warnedOfDescriptors;

    ILogger IFlowOwner.Log => _log;

    IVsockHost IFlowOwner.Host => _guest.Host;

    EventLoop IFlowOwner.Loop => Loop;

    ulong IFlowOwner.Cid => Cid;

    long IFlowOwner.Now => Now;

    /// <summary>Host programs that have not said yet to which port they want may have so many of the guest's connections.</summary>
    private int MaxGreeting => Math.Max(1, _guest.MaxConnections / 4);

    /// <summary>
    /// A host program asks for a connection: takes it, or turns it away when the guest does not run or has too many.
    /// </summary>
    /// <param name="listener">The socket that it waits at.</param>
    /// <returns>What accepting it said.</returns>
    internal Errno Accept(int listener)
    {
        SocketFlow flow = Flows.TakeSocket();
        Errno errno = StreamSocket.Accept(listener, flow.Socket);
        if (errno.IsError || !MayAccept || Flows.Greeting >= MaxGreeting)
            flow.Reject();
        else
            Flows.BeginGreeting(flow);
        return errno;
    }

    /// <summary>A host program asks for a connection through a socket that stands for one port of the guest.</summary>
    internal Errno AcceptFrom(int listener, uint guestPort, bool messages)
    {
        SocketFlow flow = Flows.TakeSocket();
        Errno errno = VmSocket.Accept(listener, flow.Socket, out _, out uint port);
        if (errno.IsError || !MayAccept)
        {
            flow.Reject();
            return errno;
        }

        // The program's own port, unless a program with another CID has it too.
        ushort type = messages ? VsockType.SeqPacket : VsockType.Stream;
        VsockKey key = new(VsockCid.Host, port, guestPort, type);
        Flows.Add(flow, Flows.Has(in key) ? Flows.FreeKey(guestPort, type) : key);
        flow.BeginRequest();
        return errno;
    }

    void IFlowOwner.Activate(VsockFlow flow) => Activate(flow);

    void IFlowOwner.Time(SocketFlow flow) => Time(flow);

    void IFlowOwner.EndGreeting(SocketFlow flow, uint guestPort) => Flows.EndGreeting(flow, guestPort);

    void IFlowOwner.Unlist(SocketFlow flow) => Flows.Remove(flow);

    void IFlowOwner.Free(SocketFlow flow) => Flows.Free(flow);

    uint IFlowOwner.TakeWindow(bool messages) => _windows.Take(messages);

    void IFlowOwner.ReturnWindow(uint bytes) => _windows.Return(bytes);

    bool IFlowOwner.TryTakeSender(int fd, [NotNullWhen(true)] out MessageSender? sender) =>
        _senders.TryTake(Loop, fd, out sender);

    void IFlowOwner.NoteNoDescriptors(Errno errno)
    {
        if (_warnedOfDescriptors)
            return;
        _warnedOfDescriptors = true;
        _log.LogWarning("connections of guest {Cid} are refused: {Errno}; raise the limit of open files (ulimit -n, LimitNOFILE=)", Cid, errno);
    }

    private bool MayAccept => _rx.Queue is not null && ConnectionCount < _guest.MaxConnections;
}
