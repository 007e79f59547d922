// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Vsock;

/// <summary>
/// How many connections each guest may have, so that no guest uses up the descriptors of all: a connection with a program
/// of the host is one descriptor, and front-ends, their rings and whoever asks the daemon for something need some, too.
/// </summary>
public static class DescriptorShare
{
    /// <summary>The most connections of a guest, however many descriptors there are.</summary>
    public const int MaxConnections = 65536;

    /// <summary>Kept for the process: its loops, timers and log, clients of control and metrics sockets.</summary>
    public const int OfProcess = 48;

    /// <summary>Kept for each guest's front-end: connections, memory, three rings with three eventfds each; and for one
    /// that comes while another leaves.</summary>
    public const int OfFrontEnd = 32;

    /// <summary>Connections that each of so many guests may have.</summary>
    /// <param name="descriptors">The process's limit; 0: unknown.</param>
    /// <param name="guests">At least 1.</param>
    /// <returns>At least 1.</returns>
    public static int Of(ulong descriptors, int guests)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(guests, 1);
        if (descriptors == 0)
            return MaxConnections;
        ulong kept = OfProcess + ((ulong)guests * OfFrontEnd);
        ulong left = descriptors > kept ? descriptors - kept : 0;
        return (int)Math.Clamp(left / (ulong)guests, 1, MaxConnections);
    }
}
