// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;

namespace VhostDevice.Linux;

/// <summary>Links to files by name.</summary>
public static unsafe class SymbolicLink
{
    private const int MaxTarget = 4096;

    /// <summary>EEXIST when there is something of that name.</summary>
    public static Errno Create(string path, string target) => Libc.symlink(target, path) < 0 ? Errno.Last : Errno.Success;

    /// <summary>Where a link leads. EINVAL: it is no link.</summary>
    public static Errno Read(string path, out string target)
    {
        byte* text = stackalloc byte[MaxTarget];
        nint n = Libc.readlink(path, text, MaxTarget);
        Errno errno = n < 0 ? Errno.Last : Errno.Success;
        target = n < 0 ? "" : Encoding.UTF8.GetString(text, (int)n);
        return errno;
    }
}
