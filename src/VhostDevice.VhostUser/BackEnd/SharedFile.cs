// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>Maps files that a front-end shares, after a look at what they are.</summary>
internal static class SharedFile
{
    /// <summary>Maps a part of a file, which stays the caller's.</summary>
    /// <param name="name">What it is, for <paramref name="problem"/>.</param>
    /// <param name="alarm">Signalled when the file was truncated under the mapping; see <see cref="MemoryMapping.Guard"/>.</param>
    /// <param name="canShrink">Whether that may happen.</param>
    internal static bool TryMap(
        OwnedFd file, ulong offset, ulong length, string name, OwnedFd? alarm, out MemoryMapping? mapping, out bool canShrink, out string problem)
    {
        mapping = null;
        // Before the file is measured. A front-end that allows seals and set none forgot it: shrinking memory that a
        // guest has is never meant, and giving pages back (a balloon) punches holes, which the seal does not forbid.
        canShrink = !MemFd.CannotShrink(file.Fd) && MemFd.SealAgainstShrinking(file.Fd).IsError;
        Errno errno = Files.Stat(file.Fd, out FileFacts facts);
        if (errno.IsError)
        {
            problem = $"{name}: its file cannot be examined: {errno}";
            return false;
        }

        // An access beyond the end of the file would be a signal: the end of this process, or with a guard of the connection.
        if (facts.Kind == FileKind.Regular && (offset > facts.Size || length > facts.Size - offset))
        {
            problem = $"{name} from offset 0x{offset:x} does not fit its file of 0x{facts.Size:x} bytes";
            return false;
        }

        if (facts.Kind is not (FileKind.Regular or FileKind.Character))
        {
            problem = $"{name} is backed by a {facts.Kind} file, which cannot be mapped";
            return false;
        }

        canShrink &= facts.Kind == FileKind.Regular;
        errno = MemoryMapping.Map(
            file.Fd,
            offset,
            length,
            System.Numerics.BitOperations.IsPow2(facts.BlockSize) ? facts.BlockSize : 0,
            out mapping,
            alarm);
        problem = errno.IsError ? $"{name} cannot be mapped: {errno}" : "";
        return errno.IsSuccess;
    }
}
