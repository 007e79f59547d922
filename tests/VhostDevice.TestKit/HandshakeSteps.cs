// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;

namespace VhostDevice.TestKit;

/// <summary>A guest's whole set-up, message by message, for tests that stop in the middle of it.</summary>
public static class HandshakeSteps
{
    /// <summary>
    /// All queues are set up and enabled, each gets a request, and then they are asked for their bases, whose answers
    /// are not waited for.
    /// </summary>
    /// <param name="front">Negotiated and not started.</param>
    public static IReadOnlyList<Action> Of(FrontEndDevice front)
    {
        FrontEndConnection c = front.Connection;
        foreach (DriverQueue queue in front.Queues)
            queue.Notifier = new EventFdNotifier();
        List<Action> steps =
        [
            () => c.SetFeatures(front.Features),
            () => c.SetMemTable(front.Memory),
        ];
        foreach (DriverQueue queue in front.Queues)
        {
            uint ring = (uint)queue.Index;
            EventFdNotifier notifier = (EventFdNotifier)queue.Notifier!;
            steps.AddRange([
                () => c.SetVringNum(ring, queue.Size),
                () => c.SetVringBase(ring, 0),
                () => c.SetVringAddr(queue.RingAddress),
                () => c.SetVringKick(ring, notifier.KickFd),
                () => c.SetVringCall(ring, notifier.CallFd),
                () => c.SetVringErr(ring, notifier.ErrFd),
                () => c.SetVringEnable(ring, true),
                () => front.Post((int)ring, 16),
            ]);
        }

        foreach (DriverQueue queue in front.Queues)
            steps.Add(() => c.Send(FrontEndRequest.GetVringBase, MemoryMarshal.AsBytes([new VringState { Index = (uint)queue.Index }])));
        return steps;
    }
}
