// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Rng;

/// <summary>
/// Where random bytes come from. One source may serve several devices on their own loops, so every member may be
/// called from any thread, and none waits.
/// </summary>
public interface IEntropySource : IDisposable
{
    /// <summary>
    /// Begins to work, once. Threads that a source needs are started here and not before, so that they are as
    /// restricted as the caller is by then.
    /// </summary>
    void Start();

    /// <summary>
    /// Sets bytes aside for the caller, who then calls <see cref="Read"/> for some of them and <see cref="Release"/> for the rest.
    /// </summary>
    /// <param name="max">At most so many.</param>
    /// <param name="waiter">Called once, from another thread, when the result is 0 and bytes have come.</param>
    /// <returns>1 to <paramref name="max"/>, or 0 when there is none now.</returns>
    int Reserve(int max, Action waiter);

    /// <summary>Fills the pieces, together no more than was reserved.</summary>
    /// <returns>Bytes written from the first piece on; -1 when the source or the memory failed.</returns>
    nint Read(ReadOnlySpan<IoVec> pieces, out Errno errno);

    /// <summary>Gives back what was reserved and not read.</summary>
    void Release(int unused);

    /// <summary>The waiter does not want to be called any more.</summary>
    void Forget(Action waiter);
}
