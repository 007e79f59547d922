// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux;

/// <summary>The kernel's random generator.</summary>
public static unsafe class KernelRandom
{
    /// <summary>Fills memory from getrandom(2), which never fails for a valid buffer once the kernel is seeded.</summary>
    /// <returns>Bytes written, which may be fewer than asked for above 256, or -1.</returns>
    public static nint Fill(byte* buffer, nuint length, out Errno errno)
    {
        while (true)
        {
            nint n = Libc.getrandom(buffer, length, 0);
            errno = n < 0 ? Errno.Last : Errno.Success;
            if (errno != Errno.EINTR)
                return n;
        }
    }
}
