// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scsi.Storage;

/// <summary>Carries out operations on files for one loop, or for several, each of which has a number.</summary>
public interface IIoEngine : IDisposable
{
    /// <summary>The loop on which everything happens from now on that is asked for there; again only with the same one.</summary>
    /// <param name="number">The loop's, from 0: <see cref="BlockRequest.Engine"/> of its requests.</param>
    void Attach(EventLoop loop, int number = 0);

    /// <summary>A file will be used often.</summary>
    /// <returns>What <see cref="BlockRequest.Place"/> is for it; -1 when the descriptor is as good.</returns>
    int Register(int fd);

    /// <summary>It will not be used any more, and nothing is out.</summary>
    /// <param name="place">Of <see cref="Register"/>.</param>
    void Unregister(int place);

    /// <summary>
    /// Asks about a read of what is likely to be in memory: whether it is quicker with the others of this turn, all handed
    /// over together, than at once. Not the first of a turn, which may be the only one, nor one with nobody to share the
    /// system call with.
    /// </summary>
    bool Gathers(BlockRequest request);

    /// <summary>Begins what <see cref="BlockRequest.Fd"/> and its neighbours say; the request always hears about the end later.</summary>
    void Begin(BlockRequest request);

    /// <summary>
    /// As <see cref="Begin"/>, on the thread of the request's store that may wait (<see cref="BlockRequest.Worker"/>): for what
    /// only such a thread can do, or should. Each store has its own, so that a slow one holds up no other.
    /// </summary>
    void BeginOnThread(BlockRequest request);

    /// <summary>
    /// Ends a request that was begun as soon as that is possible, maybe before this returns, and with ECANCELED unless it was
    /// done in time; nothing happens if it was not begun here. On the request's loop, or while that stands still. What the
    /// kernel cannot let go of is waited for: nothing moves to or from the request's memory once it is back.
    /// </summary>
    void Cancel(BlockRequest request);
}
