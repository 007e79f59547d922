// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Vsock;

/// <summary>Where a connection stands that one side or both have begun to end.</summary>
internal enum EndState
{
    /// <summary>Something may still go one way or the other.</summary>
    Open,

    /// <summary>The guest has closed; what it sent before goes out to the host program first.</summary>
    Drain,

    /// <summary>The guest has closed and everything has gone out: the answer to its SHUTDOWN is RST.</summary>
    Finish,

    /// <summary>The guest has been sent SHUTDOWN for both directions; its RST is the last packet.</summary>
    AwaitReset,
}

/// <summary>What is to be done next about the ends of a connection.</summary>
/// <param name="Shutdown">Flags of a SHUTDOWN to send to the guest; 0: none.</param>
/// <param name="Shut">What shutdown(2) has to end on the socket, as <see cref="VsockFlags.ShutdownReceive"/> (the socket
/// receives nothing more) and <see cref="VsockFlags.ShutdownSend"/>.</param>
/// <param name="State">Where that leaves the connection, once <paramref name="Shutdown"/> has been sent.</param>
internal readonly record struct EndStep(uint Shutdown, uint Shut, EndState State);

/// <summary>
/// Who has ended which direction of a connection, and who knows it (virtio 1.3 §5.10.6.5, shutdown(2)). Each value has
/// the flags of a SHUTDOWN packet, which says what its sender no longer does.
/// </summary>
/// <remarks>
/// A direction is over when either of its ends is: what the guest receives no more need not be waited for, and when the
/// guest receives nothing and the host program does not either, both directions are over whatever else was said.
/// </remarks>
internal struct Ends
{
    /// <summary>What the guest does no more, as it has said.</summary>
    internal uint Guest;

    /// <summary>What the host program does no more, as its socket has shown.</summary>
    internal uint Host;

    /// <summary>Flags of the last SHUTDOWN that the guest was sent.</summary>
    internal uint ShutdownSent;

    /// <summary>What shutdown(2) has ended on the socket.</summary>
    internal uint Shut;

    /// <summary>Whether nobody has ended anything: then <see cref="Next"/> is nothing, whatever waits.</summary>
    internal readonly bool IsUntouched => (Guest | Host | ShutdownSent) == 0;

    internal readonly bool GuestReceives => (Guest & VsockFlags.ShutdownReceive) == 0;

    internal readonly bool GuestSends => (Guest & VsockFlags.ShutdownSend) == 0;

    internal readonly bool HostReceives => (Host & VsockFlags.ShutdownReceive) == 0;

    /// <summary>What comes next.</summary>
    /// <param name="moreToGuest">The host program's end is at hand, but bytes for the guest come before it.</param>
    /// <param name="moreToHost">Something of the guest's waits that can still go out.</param>
    internal readonly EndStep Next(bool moreToGuest, bool moreToHost)
    {
        bool rest = moreToHost && HostReceives;
        // The socket's peer reads its end after the last byte, and cannot send what nobody would receive.
        uint shut = Guest & ~Shut;
        if (rest)
            shut &= ~VsockFlags.ShutdownSend;
        if (Guest == VsockFlags.ShutdownBoth)
            return new EndStep(0, shut, rest ? EndState.Drain : EndState.Finish);

        uint over = Host;
        if (!GuestReceives && !HostReceives)
            over = VsockFlags.ShutdownBoth;
        else if (moreToGuest && GuestReceives)
            over = ShutdownSent; // one packet says that a program is gone, after its last byte
        EndState state = (over | ShutdownSent) == VsockFlags.ShutdownBoth ? EndState.AwaitReset : EndState.Open;
        return new EndStep((over & ~ShutdownSent) == 0 ? 0 : over | ShutdownSent, shut, state);
    }
}
