// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Linux.Sandbox;

/// <summary>Gives up privileges of the calling thread, for good. Threads that it starts later have none either.</summary>
public static unsafe class ThreadPrivileges
{
    /// <summary>More capabilities than any kernel has: the sets have 64 bits.</summary>
    private const int MaxCapability = 64;

    /// <summary>Nothing that is executed from now on gains privileges (no_new_privs), which filters and Landlock ask for.</summary>
    public static Errno SetNoNewPrivileges() => Libc.prctl(Libc.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? Errno.Last : Errno.Success;

    /// <summary>Whether the thread has capabilities that it could use or pass on.</summary>
    public static Errno HasCapabilities(out bool has)
    {
        CapUserData* data = stackalloc CapUserData[2];
        CapUserHeader header = new() { Version = Libc._LINUX_CAPABILITY_VERSION_3 };
        Errno errno = Libc.syscall(SystemCalls.capget.Number, (nint)(&header), (nint)data, 0, 0) < 0 ? Errno.Last : Errno.Success;
        has = errno.IsSuccess
            && (data[0].Permitted | data[1].Permitted | data[0].Inheritable | data[1].Inheritable) != 0;
        return errno;
    }

    /// <summary>
    /// Empties the thread's sets of capabilities: ambient, bounding (where the thread may, which takes CAP_SETPCAP),
    /// inheritable, permitted and effective.
    /// </summary>
    public static Errno DropCapabilities()
    {
        _ = Libc.prctl(Libc.PR_CAP_AMBIENT, Libc.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
        DropBoundingSet();
        CapUserData* nothing = stackalloc CapUserData[2];
        nothing[0] = nothing[1] = default;
        CapUserHeader header = new() { Version = Libc._LINUX_CAPABILITY_VERSION_3 };
        return Libc.syscall(SystemCalls.capset.Number, (nint)(&header), (nint)nothing, 0, 0) < 0 ? Errno.Last : Errno.Success;
    }

    // EPERM for the first one means EPERM for all, EINVAL that there are no more.
    private static void DropBoundingSet()
    {
        for (int capability = 0; capability < MaxCapability; capability++)
        {
            if (Libc.prctl(Libc.PR_CAPBSET_DROP, capability, 0, 0, 0) < 0)
                return;
        }
    }
}
