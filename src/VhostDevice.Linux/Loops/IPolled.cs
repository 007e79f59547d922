// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Linux;

/// <summary>A source of work that can be looked at without a system call, for busy polling.</summary>
public interface IPolled
{
    /// <summary>Does what there is to do; false when there was nothing.</summary>
    bool Poll();

    /// <summary>Called before the loop sleeps: asks for wake-ups, then returns true if work arrived meanwhile.</summary>
    bool PrepareToSleep();
}
