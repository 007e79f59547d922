// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Vsock;

/// <summary>How long each state of a connection may last in which it waits for somebody, in milliseconds.</summary>
internal static class FlowPatience
{
    /// <summary>How long a host program may take to say where it wants to go. Programs do so at once; people type.</summary>
    internal const int GreetingMs = 10_000;

    /// <summary>How long a connection may take to be accepted, on either side. Linux guests wait for 2 s.</summary>
    internal const int ConnectMs = 10_000;

    /// <summary>How long the guest has for its last packet. Linux waits for 8 s for ours.</summary>
    internal const int CloseMs = 10_000;

    /// <summary>How long a host program may take nothing of what a guest sent before it closed.</summary>
    internal const int DrainMs = 60_000;

    /// <summary>After how long a guest without credit is asked for it, first.</summary>
    internal const int FirstCreditMs = 100;

    /// <summary>The longest between two such requests.</summary>
    internal const int LastCreditMs = 5000;
}
