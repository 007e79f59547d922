// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using System.Runtime.InteropServices;

namespace VhostDevice.Linux;

/// <summary>Groups of the system, from wherever it keeps them (nsswitch.conf(5)).</summary>
public static unsafe class Accounts
{
    private const int FirstBuffer = 1024;

    // A group of very many members.
    private const int LargestBuffer = 1 << 20;

    /// <summary>The number of a group that is given as a name, or as a number itself. ENOENT when there is no such group.</summary>
    public static Errno FindGroup(string name, out uint id)
    {
        if (uint.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out id))
            return Errno.Success;
        for (int size = FirstBuffer; ; size *= 2)
        {
            byte* buffer = (byte*)NativeMemory.Alloc((nuint)size);
            Group group;
            Group* found;
            // The number of the error is the result here.
            Errno errno = new(Libc.getgrnam_r(name, &group, buffer, (nuint)size, &found));
            id = errno.IsSuccess && found != null ? group.Id : 0;
            NativeMemory.Free(buffer);
            if (errno == Errno.ERANGE && size < LargestBuffer)
                continue;
            return errno.IsError ? errno : found == null ? Errno.ENOENT : Errno.Success;
        }
    }
}
