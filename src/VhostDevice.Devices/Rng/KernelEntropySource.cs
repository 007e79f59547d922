// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Rng;

/// <summary>
/// The kernel's generator, straight into guest memory. It never waits and never runs dry.
/// </summary>
public sealed unsafe class KernelEntropySource : IEntropySource
{
    public const string DefaultPath = "/dev/urandom";

    /// <summary>Up to here getrandom(2) is never cut short by a signal.</summary>
    private const nuint AtomicLength = 256;

    private readonly OwnedFd _urandom;

    /// <param name="urandom">An open /dev/urandom or /dev/random; the source owns it.</param>
    public KernelEntropySource(OwnedFd urandom) => _urandom = urandom;

    public int Reserve(int max, Action waiter) => max;

    public nint Read(ReadOnlySpan<IoVec> pieces, out Errno errno)
    {
        // One small piece: getrandom needs no descriptor. Many pieces, of many requests: one readv serves all.
        if (pieces.Length == 1 && pieces[0].Length <= AtomicLength)
            return KernelRandom.Fill(pieces[0].Base, pieces[0].Length, out errno);
        nint done = FileIo.ReadV(_urandom.Fd, pieces, out errno);
        return done < 0 ? done : Finish(pieces, done, out errno);
    }

    public void Release(int unused)
    {
    }

    public void Forget(Action waiter)
    {
    }

    public void Dispose() => _urandom.Dispose();

    // A signal (the runtime sends some to its own threads) cuts a long read short; every request still gets its bytes.
    private static nint Finish(ReadOnlySpan<IoVec> pieces, nint done, out Errno errno)
    {
        errno = Errno.Success;
        nuint skip = (nuint)done;
        foreach (ref readonly IoVec piece in pieces)
        {
            nuint at = Math.Min(skip, piece.Length);
            skip -= at;
            while (at < piece.Length)
            {
                nint n = KernelRandom.Fill(piece.Base + at, piece.Length - at, out errno);
                if (n <= 0)
                    return done > 0 ? done : -1;
                at += (nuint)n;
                done += n;
            }
        }

        return done;
    }
}
