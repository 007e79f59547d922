// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Linux.Sandbox;

/// <summary>What is allowed beneath a folder, besides what the file system's permissions say.</summary>
[Flags]
public enum FolderRights
{
    None = 0,

    /// <summary>Opening files for reading.</summary>
    ReadFiles = 1,

    /// <summary>Opening files for writing.</summary>
    WriteFiles = 2,

    /// <summary>Removing files and sockets.</summary>
    RemoveFiles = 4,

    /// <summary>Binding Unix sockets.</summary>
    MakeSockets = 8,

    /// <summary>Connecting to Unix sockets of others, which kernels deny from Landlock's version 9 on.</summary>
    ConnectSockets = 16,

    /// <summary>ioctl on devices that are opened from here on, which kernels deny from Landlock's version 5 on.</summary>
    ControlDevices = 32,

    /// <summary>Listing folders.</summary>
    ListFolders = 64,

    /// <summary>Making ordinary files and symbolic links.</summary>
    MakeFiles = 128,
}

/// <summary>
/// Landlock (landlock(7)): a process denies itself all paths but those beneath some folders, TCP ports, and connections
/// to other people's abstract Unix sockets. What is open already is not affected.
/// </summary>
/// <remarks>
/// Signals are not scoped: threads restricted one by one are strangers to each other, and kernels before 6.15 then keep
/// the runtime from signalling its own threads. The system call filter sees to signals.
/// </remarks>
public sealed unsafe class LandlockRuleset : IDisposable
{
    /// <summary>The first version that can restrict all threads at once (Linux 7.0).</summary>
    private const int AllThreadsVersion = 8;

    private readonly OwnedFd _ruleset;

    private LandlockRuleset(OwnedFd ruleset, int version)
    {
        _ruleset = ruleset;
        Version = version;
    }

    /// <summary>The kernel's version of Landlock, from 1 on.</summary>
    public int Version { get; }

    /// <summary>Whether <see cref="Enforce"/> can reach the threads that are there already.</summary>
    public bool ReachesAllThreads => Version >= AllThreadsVersion;

    /// <summary>Everything that this kernel's version knows is denied, until folders are added.</summary>
    /// <returns>ENOSYS from a kernel without Landlock, EOPNOTSUPP where it is switched off.</returns>
    public static Errno Create(out LandlockRuleset? ruleset)
    {
        ruleset = null;
        long version = Libc.syscall(SystemCalls.landlock_create_ruleset.Number, 0, 0, (nint)Libc.LANDLOCK_CREATE_RULESET_VERSION, 0);
        if (version < 0)
            return Errno.Last;
        LandlockRulesetAttr attributes = Handled((int)version);
        // A kernel refuses a structure longer than it knows, unless the rest is zero.
        long fd = Libc.syscall(SystemCalls.landlock_create_ruleset.Number, (nint)(&attributes), sizeof(LandlockRulesetAttr), 0, 0);
        if (fd < 0)
            return Errno.Last;
        ruleset = new LandlockRuleset(new OwnedFd((int)fd), (int)version);
        return Errno.Success;
    }

    /// <summary>Allows something beneath a folder, in all of its folders too.</summary>
    public Errno Add(string folder, FolderRights rights)
    {
        Errno errno = Files.OpenPath(folder, out OwnedFd? fd);
        if (errno.IsError)
            return errno;
        using (fd)
        {
            // What the kernel cannot deny it does not know.
            LandlockPathBeneathAttr attributes = new() { AllowedAccess = Access(rights) & Handled(Version).HandledAccessFs, ParentFd = fd!.Fd };
            return Libc.syscall(SystemCalls.landlock_add_rule.Number, _ruleset.Fd, Libc.LANDLOCK_RULE_PATH_BENEATH, (nint)(&attributes), 0) < 0
                ? Errno.Last
                : Errno.Success;
        }
    }

    /// <summary>
    /// Restricts the calling thread for good, and those that it starts later. The thread must have given up new
    /// privileges.
    /// </summary>
    /// <param name="allThreads">All threads of the process, where that <see cref="ReachesAllThreads"/>; they give up new
    /// privileges with it.</param>
    public Errno Enforce(bool allThreads)
    {
        uint flags = allThreads && ReachesAllThreads ? Libc.LANDLOCK_RESTRICT_SELF_TSYNC : 0;
        return Libc.syscall(SystemCalls.landlock_restrict_self.Number, _ruleset.Fd, (nint)flags, 0, 0) < 0 ? Errno.Last : Errno.Success;
    }

    public void Dispose() => _ruleset.Dispose();

    /// <summary>All rights that a version of Landlock can deny and that this code knows.</summary>
    internal static LandlockRulesetAttr Handled(int version)
    {
        // Version 1 has everything up to making symbolic links.
        ulong files = (Libc.LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
        if (version >= 2)
            files |= Libc.LANDLOCK_ACCESS_FS_REFER;
        if (version >= 3)
            files |= Libc.LANDLOCK_ACCESS_FS_TRUNCATE;
        if (version >= 5)
            files |= Libc.LANDLOCK_ACCESS_FS_IOCTL_DEV;
        if (version >= 9)
            files |= Libc.LANDLOCK_ACCESS_FS_RESOLVE_UNIX;
        return new LandlockRulesetAttr
        {
            HandledAccessFs = files,
            HandledAccessNet = version >= 4 ? Libc.LANDLOCK_ACCESS_NET_BIND_TCP | Libc.LANDLOCK_ACCESS_NET_CONNECT_TCP : 0,
            Scoped = version >= 6 ? Libc.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET : 0,
        };
    }

    private static ulong Access(FolderRights rights)
    {
        ulong access = 0;
        if (rights.HasFlag(FolderRights.ReadFiles))
            access |= Libc.LANDLOCK_ACCESS_FS_READ_FILE;
        if (rights.HasFlag(FolderRights.WriteFiles))
            access |= Libc.LANDLOCK_ACCESS_FS_WRITE_FILE;
        if (rights.HasFlag(FolderRights.RemoveFiles))
            access |= Libc.LANDLOCK_ACCESS_FS_REMOVE_FILE;
        if (rights.HasFlag(FolderRights.MakeSockets))
            access |= Libc.LANDLOCK_ACCESS_FS_MAKE_SOCK;
        if (rights.HasFlag(FolderRights.ConnectSockets))
            access |= Libc.LANDLOCK_ACCESS_FS_RESOLVE_UNIX;
        if (rights.HasFlag(FolderRights.ControlDevices))
            access |= Libc.LANDLOCK_ACCESS_FS_IOCTL_DEV;
        if (rights.HasFlag(FolderRights.ListFolders))
            access |= Libc.LANDLOCK_ACCESS_FS_READ_DIR;
        if (rights.HasFlag(FolderRights.MakeFiles))
            access |= Libc.LANDLOCK_ACCESS_FS_MAKE_REG | Libc.LANDLOCK_ACCESS_FS_MAKE_SYM;
        return access;
    }
}
