// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Linux;

/// <summary>
/// Looked at when a wait has ended without a ready descriptor: the kernel interrupts the wait of a thread whose operation
/// it completes, and another wait would only say what can be seen already.
/// </summary>
public interface IInterrupted
{
    void OnInterrupted();
}
