// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.VhostUser.FrontEnd;

/// <summary>The device has put something into a ring that no correct device would: a bug of the back-end under test.</summary>
public sealed class RingException(int queue, string what) : Exception($"queue {queue}: {what}")
{
    public int Queue { get; } = queue;
}
