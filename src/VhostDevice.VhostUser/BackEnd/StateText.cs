// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Queues;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>Counters as text, for people.</summary>
public static class StateText
{
    public static string Of(SocketCounters c) =>
        $"connections {c.Connections}, accepted {c.Accepted}, reconnects {c.Reconnects}, protocol errors "
            + $"{c.ProtocolErrors}, broken rings {c.BrokenRings}";

    public static string Of(QueueCounters c) =>
        $"kicks {c.Kicks}, interrupts {c.Interrupts}, chains {c.Chains}, bytes read {c.BytesRead}, bytes written "
            + $"{c.BytesWritten}, malformed {c.Malformed}, errors {c.Errors}";
}
