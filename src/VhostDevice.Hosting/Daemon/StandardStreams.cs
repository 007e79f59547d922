// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Hosting.Daemon;

/// <summary>
/// The descriptors 0 to 2, which whoever starts a back-end promises to open. If they are closed all the same, they must
/// not become a guest's socket that log lines are written to.
/// </summary>
internal static class StandardStreams
{
    private const int Last = 2;
    private static readonly List<OwnedFd> s_kept = [];

    internal static void Fill()
    {
        // A new descriptor has the lowest free number.
        while (Files.Open("/dev/null", write: true, nonBlocking: false, out OwnedFd? fd).IsSuccess)
        {
            if (fd!.Fd > Last)
            {
                fd.Dispose();
                return;
            }

            s_kept.Add(fd);
        }
    }
}
