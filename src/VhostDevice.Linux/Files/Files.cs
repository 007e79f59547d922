// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux;

/// <summary>What kind of file a descriptor refers to (<c>S_IFMT</c> of its mode).</summary>
public enum FileKind
{
    /// <summary>No file type at all: eventfd, timerfd and their like.</summary>
    Anonymous = 0,
    Fifo = 0x1000,
    Character = 0x2000,
    Directory = 0x4000,
    Block = 0x6000,
    Regular = 0x8000,
    Socket = 0xC000,
}

/// <summary>The facts about an open file that decide how it can be used.</summary>
/// <param name="Kind">The type of file.</param>
/// <param name="Size">Length in bytes; 0 for devices.</param>
/// <param name="BlockSize">Preferred block in bytes; on hugetlbfs the huge page.</param>
/// <param name="Major">For device nodes, the major number.</param>
/// <param name="Minor">For device nodes, the minor number.</param>
public readonly record struct FileFacts(FileKind Kind, ulong Size, uint BlockSize, uint Major, uint Minor);

/// <summary>Opening, inspecting and removing files.</summary>
public static unsafe class Files
{
    private const int AT_EMPTY_PATH = 0x1000;
    private const int AT_STATX_DONT_SYNC = 0x4000;
    private const uint STATX_BASIC_STATS = 0x7ff;
    private const int S_IFMT = 0xF000;

    // rw-rw-rw-, of which the user's umask takes its share.
    private const int CreationMode = 0x1B6;

    /// <summary>Opens an existing file, close-on-exec.</summary>
    public static Errno Open(string path, bool write, bool nonBlocking, out OwnedFd? fd)
    {
        int flags = Libc.O_CLOEXEC | (write ? Libc.O_RDWR : Libc.O_RDONLY) | (nonBlocking ? Libc.O_NONBLOCK : 0);
        while (true)
        {
            int n = Libc.open(path, flags, 0);
            Errno errno = n < 0 ? Errno.Last : Errno.Success;
            if (errno == Errno.EINTR)
                continue;
            fd = n < 0 ? null : new OwnedFd(n);
            return errno;
        }
    }

    /// <summary>Makes a file to write to, or empties the one that is there; close-on-exec.</summary>
    public static Errno Create(string path, out OwnedFd? fd)
    {
        while (true)
        {
            int n = Libc.open(path, Libc.O_CLOEXEC | Libc.O_WRONLY | Libc.O_CREAT | Libc.O_TRUNC, CreationMode);
            Errno errno = n < 0 ? Errno.Last : Errno.Success;
            if (errno == Errno.EINTR)
                continue;
            fd = n < 0 ? null : new OwnedFd(n);
            return errno;
        }
    }

    /// <summary>Opens a file to write to its end, whoever else does; makes it if there is none. Close-on-exec.</summary>
    public static Errno Append(string path, out OwnedFd? fd)
    {
        while (true)
        {
            int n = Libc.open(path, Libc.O_CLOEXEC | Libc.O_WRONLY | Libc.O_CREAT | Libc.O_APPEND | Libc.O_NOCTTY, CreationMode);
            Errno errno = n < 0 ? Errno.Last : Errno.Success;
            if (errno == Errno.EINTR)
                continue;
            fd = n < 0 ? null : new OwnedFd(n);
            return errno;
        }
    }

    /// <summary>Opens a file or folder only to name it (O_PATH), which takes no permission to read it.</summary>
    public static Errno OpenPath(string path, out OwnedFd? fd)
    {
        int n = Libc.open(path, Libc.O_PATH | Libc.O_CLOEXEC, 0);
        Errno errno = n < 0 ? Errno.Last : Errno.Success;
        fd = n < 0 ? null : new OwnedFd(n);
        return errno;
    }

    /// <summary>Whether the thread may write to a file, or make and remove files in a folder.</summary>
    public static bool CanWrite(string path) => Libc.access(path, Libc.W_OK) == 0;

    public static Errno Unlink(string path) => Libc.unlink(path) < 0 ? Errno.Last : Errno.Success;

    /// <summary>Gives a file another name, in place of what has it already.</summary>
    public static Errno Rename(string from, string to) =>
        Libc.renameat(Libc.AT_FDCWD, from, Libc.AT_FDCWD, to) < 0 ? Errno.Last : Errno.Success;

    public static Errno Stat(int fd, out FileFacts facts)
    {
        byte empty = 0;
        return Stat(fd, &empty, AT_EMPTY_PATH, out facts);
    }

    /// <summary>
    /// What is known of an open file without asking whoever serves its file system: that may be a program (FUSE) that never
    /// answers. The kind is right in any case, the size may be an older one.
    /// </summary>
    public static Errno StatNow(int fd, out FileFacts facts)
    {
        byte empty = 0;
        return Stat(fd, &empty, AT_EMPTY_PATH | AT_STATX_DONT_SYNC, out facts);
    }

    public static Errno Stat(string path, out FileFacts facts)
    {
        byte[] name = System.Text.Encoding.UTF8.GetBytes(path + '\0');
        fixed (byte* p = name)
            return Stat(Libc.AT_FDCWD, p, 0, out facts);
    }

    /// <summary>True when reads and writes on the descriptor never wait.</summary>
    public static bool IsNonBlocking(int fd)
    {
        int flags = Libc.fcntl(fd, Libc.F_GETFL, 0);
        return flags >= 0 && (flags & Libc.O_NONBLOCK) != 0;
    }

    /// <summary>Clears O_NONBLOCK on the open file: calls that wait are made for it, by a thread that may.</summary>
    public static Errno SetBlocking(int fd)
    {
        int flags = Libc.fcntl(fd, Libc.F_GETFL, 0);
        return flags < 0 || Libc.fcntl(fd, Libc.F_SETFL, flags & ~Libc.O_NONBLOCK) < 0 ? Errno.Last : Errno.Success;
    }

    /// <summary>Sets O_NONBLOCK on the open file, which every duplicate of the descriptor shares.</summary>
    public static Errno SetNonBlocking(int fd)
    {
        int flags = Libc.fcntl(fd, Libc.F_GETFL, 0);
        return flags < 0 || Libc.fcntl(fd, Libc.F_SETFL, flags | Libc.O_NONBLOCK) < 0 ? Errno.Last : Errno.Success;
    }

    /// <summary>Sets the length of a file; what is beyond it is gone, also from mappings of it.</summary>
    /// <param name="size">At most 2^63-1.</param>
    public static Errno Truncate(int fd, ulong size) => Libc.ftruncate(fd, (long)size) < 0 ? Errno.Last : Errno.Success;

    /// <summary>A pipe; both ends close-on-exec.</summary>
    public static Errno CreatePipe(bool nonBlocking, out OwnedFd? read, out OwnedFd? write)
    {
        int* fds = stackalloc int[2];
        if (Libc.pipe2(fds, Libc.O_CLOEXEC | (nonBlocking ? Libc.O_NONBLOCK : 0)) < 0)
        {
            Errno errno = Errno.Last;
            read = write = null;
            return errno;
        }

        read = new OwnedFd(fds[0]);
        write = new OwnedFd(fds[1]);
        return Errno.Success;
    }

    private static Errno Stat(int directory, byte* path, int flags, out FileFacts facts)
    {
        Statx s;
        if (Libc.statx(directory, path, flags, STATX_BASIC_STATS, &s) < 0)
        {
            Errno errno = Errno.Last;
            facts = default;
            return errno;
        }

        facts = new FileFacts((FileKind)(s.Mode & S_IFMT), s.Size, s.BlockSize, s.RdevMajor, s.RdevMinor);
        return Errno.Success;
    }
}
