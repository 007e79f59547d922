// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Vsock;

/// <summary>What a connection with a socket of this machine needs of the device that has it.</summary>
internal interface IFlowOwner
{
    EventLoop Loop { get; }

    ILogger Log { get; }

    /// <summary>The guest's CID.</summary>
    ulong Cid { get; }

    /// <summary>The machine's end.</summary>
    IVsockHost Host { get; }

    /// <summary>Milliseconds of a clock that only goes forward.</summary>
    long Now { get; }

    /// <summary>Gets a connection in line for its turn to send to the guest (<see cref="VsockFlow.Pump"/>).</summary>
    void Activate(VsockFlow flow);

    /// <summary>Calls <see cref="SocketFlow.Tick"/> now and then, as long as the connection has a deadline.</summary>
    void Time(SocketFlow flow);

    /// <summary>A host program has said to which port of the guest it wants: the connection gets its key.</summary>
    void EndGreeting(SocketFlow flow, uint guestPort);

    /// <summary>The guest knows the connection no more; its socket is still there.</summary>
    void Unlist(SocketFlow flow);

    /// <summary>The connection is over; it is cleared, and used for another one later.</summary>
    void Free(SocketFlow flow);

    /// <summary>Room to keep what the guest sends, for a connection that is about to open.</summary>
    /// <param name="messages">A connection of messages, which is of no use without room for the longest.</param>
    /// <returns>Bytes, to be given back with <see cref="ReturnWindow"/>; 0: there is none, the connection cannot be.</returns>
    uint TakeWindow(bool messages);

    void ReturnWindow(uint bytes);

    /// <summary>A thread for a connection's messages; false when there are too many.</summary>
    /// <param name="fd">The socket; calls that do not say otherwise wait from now on.</param>
    bool TryTakeSender(int fd, [NotNullWhen(true)] out MessageSender? sender);

    /// <summary>A connection of the guest was refused for want of descriptors.</summary>
    void NoteNoDescriptors(Errno errno);
}
