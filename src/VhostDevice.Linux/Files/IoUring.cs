// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.CompilerServices;
using VhostDevice.Linux.Sandbox;

namespace VhostDevice.Linux;

/// <summary>
/// An io_uring(7): operations are listed in memory that the kernel sees, handed over in batches with one system call,
/// and come back in any order. For one thread.
/// </summary>
/// <remarks>
/// Made before a sandbox is entered, the ring needs only io_uring_enter in it. Its descriptor is readable while
/// completions wait.
/// </remarks>
public sealed unsafe class IoUring : IDisposable
{
    // One mapping for both rings, and no completion that is lost for want of room (Linux 5.5).
    private const uint NeededFeatures = Libc.IORING_FEAT_SINGLE_MMAP | Libc.IORING_FEAT_NODROP;

    private readonly OwnedFd _fd;
    private readonly byte* _ring;
    private readonly nuint _ringBytes;
    private readonly IoUringSqe* _sqes;
    private readonly nuint _sqeBytes;
    private readonly uint* _sqHead;
    private readonly uint* _sqTail;
    private readonly uint* _cqHead;
    private readonly uint* _cqTail;
    private readonly uint _sqMask;
    private readonly uint _cqMask;
    private readonly IoUringCqe* _cqes;
    private uint _tail;
    private bool _disposed;

    private IoUring(OwnedFd fd, in IoUringParams p, byte* ring, nuint ringBytes, byte* sqes, nuint sqeBytes)
    {
        _fd = fd;
        _ring = ring;
        _ringBytes = ringBytes;
        _sqes = (IoUringSqe*)sqes;
        _sqeBytes = sqeBytes;
        _sqHead = (uint*)(ring + p.SqOffsets.Head);
        _sqTail = (uint*)(ring + p.SqOffsets.Tail);
        _sqMask = *(uint*)(ring + p.SqOffsets.RingMask);
        _cqHead = (uint*)(ring + p.CqOffsets.Head);
        _cqTail = (uint*)(ring + p.CqOffsets.Tail);
        _cqMask = *(uint*)(ring + p.CqOffsets.RingMask);
        _cqes = (IoUringCqe*)(ring + p.CqOffsets.Cqes);
        Capacity = (int)p.CqEntries;
        _tail = *_sqTail;
        // Entries are used in their order.
        uint* array = (uint*)(ring + p.SqOffsets.Array);
        for (uint i = 0; i < p.SqEntries; i++)
            array[i] = i;
    }

    /// <summary>To watch: readable while completions wait.</summary>
    public int Fd => _fd.Fd;

    /// <summary>The most operations that may be out at a time, so that each completion has its place.</summary>
    public int Capacity { get; }

    /// <summary>Operations listed and not handed over.</summary>
    public int Listed => (int)(_tail - Volatile.Read(ref *_sqHead));

    /// <param name="entries">Operations per batch, a power of two; four times as many may be out.</param>
    /// <returns>ENOSYS or EPERM where the kernel has none or denies it.</returns>
    public static Errno Create(uint entries, out IoUring? ring)
    {
        ring = null;
        IoUringParams p = new() { Flags = Libc.IORING_SETUP_CQSIZE | Libc.IORING_SETUP_CLAMP, CqEntries = entries * 4 };
        long n = Libc.syscall(SystemCalls.io_uring_setup.Number, (nint)entries, (nint)(&p), 0, 0);
        if (n < 0)
            return Errno.Last;
        OwnedFd fd = new((int)n);
        if ((p.Features & NeededFeatures) != NeededFeatures)
        {
            fd.Dispose();
            return Errno.ENOSYS;
        }

        nuint ringBytes = Math.Max(
            p.SqOffsets.Array + (nuint)(p.SqEntries * sizeof(uint)),
            p.CqOffsets.Cqes + (nuint)(p.CqEntries * (uint)sizeof(IoUringCqe)));
        nuint sqeBytes = p.SqEntries * (nuint)sizeof(IoUringSqe);
        byte* mapped = (byte*)Libc.mmap(null, ringBytes, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED, fd.Fd, Libc.IORING_OFF_SQ_RING);
        Errno errno = mapped == (byte*)-1 ? Errno.Last : Errno.Success;
        if (errno.IsError)
        {
            fd.Dispose();
            return errno;
        }

        byte* sqes = (byte*)Libc.mmap(null, sqeBytes, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED, fd.Fd, Libc.IORING_OFF_SQES);
        errno = sqes == (byte*)-1 ? Errno.Last : Errno.Success;
        if (errno.IsError)
        {
            _ = Libc.munmap(mapped, ringBytes);
            fd.Dispose();
            return errno;
        }

        ring = new IoUring(fd, p, mapped, ringBytes, sqes, sqeBytes);
        return Errno.Success;
    }

    /// <summary>
    /// Makes a table of files that the ring holds itself, which spares each operation a look-up. All places are empty.
    /// </summary>
    /// <param name="count">Places; at most the number of descriptors that the process may have (RLIMIT_NOFILE).</param>
    public Errno MakeFileTable(int count)
    {
        Span<int> fds = stackalloc int[count];
        fds.Fill(-1);
        fixed (int* p = fds)
            return Register(Libc.IORING_REGISTER_FILES, p, (uint)count);
    }

    /// <summary>Puts a file into a place of the table, which holds it open until another, or -1, takes the place.</summary>
    public Errno SetFile(int place, int fd)
    {
        IoUringFilesUpdate update = new() { Offset = (uint)place, Fds = (ulong)&fd };
        return Register(Libc.IORING_REGISTER_FILES_UPDATE, &update, 1);
    }

    /// <summary>Lists a vectored read or write; false when the list is full and must be handed over first.</summary>
    /// <param name="file">The file: a descriptor, or a place of the table.</param>
    /// <param name="vectors">Stays as it is, and what it names mapped, until the operation is back. At most <see cref="IoVec.MaxPerCall"/>.</param>
    /// <param name="durable">The write is back only when it is on the medium (RWF_DSYNC).</param>
    public bool TryListTransfer(bool write, RingFile file, IoVec* vectors, int count, ulong offset, bool durable, ulong userData) =>
        TryList(
            write ? Libc.IORING_OP_WRITEV : Libc.IORING_OP_READV,
            file,
            offset,
            (ulong)vectors,
            (uint)Math.Min(count, IoVec.MaxPerCall),
            durable ? (uint)Libc.RWF_DSYNC : 0,
            userData);

    /// <summary>Lists an fdatasync.</summary>
    public bool TryListSync(RingFile file, ulong userData) => TryList(Libc.IORING_OP_FSYNC, file, 0, 0, 0, Libc.IORING_FSYNC_DATASYNC, userData);

    /// <summary>Lists a fallocate.</summary>
    public bool TryListAllocate(RingFile file, AllocateMode mode, ulong offset, ulong length, ulong userData) =>
        TryList(Libc.IORING_OP_FALLOCATE, file, offset, length, (uint)mode, 0, userData);

    /// <summary>
    /// Lists the request to cancel an operation that was handed over. That operation comes back in any case, with ECANCELED
    /// if it could be cancelled; this one does, too.
    /// </summary>
    /// <param name="target">The operation's user data.</param>
    public bool TryListCancel(ulong target, ulong userData) =>
        TryList(Libc.IORING_OP_ASYNC_CANCEL, new RingFile(-1, IsPlace: false), 0, target, 0, 0, userData);

    /// <summary>Hands over everything that is listed.</summary>
    /// <returns>EAGAIN or EBUSY when the kernel cannot take all of it now; what it did not take stays listed.</returns>
    public Errno Submit()
    {
        while (Listed is > 0 and int listed)
        {
            long n = Libc.syscall(SystemCalls.io_uring_enter.Number, _fd.Fd, listed, 0, 0, 0, 0);
            Errno errno = n < 0 ? Errno.Last : Errno.Success;
            if (errno.IsError && errno != Errno.EINTR)
                return errno;
        }

        return Errno.Success;
    }

    /// <summary>Has the kernel hand out completions for which the ring had no place.</summary>
    public void Collect() => _ = Libc.syscall(SystemCalls.io_uring_enter.Number, _fd.Fd, 0, 0, (nint)Libc.IORING_ENTER_GETEVENTS, 0, 0);

    /// <summary>Takes the next completion; false when none waits.</summary>
    /// <param name="result">Bytes moved, or a negative error number.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryTake(out ulong userData, out int result)
    {
        uint head = *_cqHead;
        if (head == Volatile.Read(ref *_cqTail))
        {
            userData = 0;
            result = 0;
            return false;
        }

        IoUringCqe* cqe = _cqes + (head & _cqMask);
        userData = cqe->UserData;
        result = cqe->Result;
        Volatile.Write(ref *_cqHead, head + 1);
        return true;
    }

    /// <summary>Closes the ring. What is out goes on in the kernel: wait for it before.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _ = Libc.munmap(_sqes, _sqeBytes);
        _ = Libc.munmap(_ring, _ringBytes);
        _fd.Dispose();
    }

    private Errno Register(int operation, void* argument, uint count) =>
        _disposed ? Errno.EBADF
        : Libc.syscall(SystemCalls.io_uring_register.Number, _fd.Fd, operation, (nint)argument, (nint)count) < 0 ? Errno.Last : Errno.Success;

    private bool TryList(byte opcode, RingFile file, ulong offset, ulong address, uint length, uint flags, ulong userData)
    {
        if (_tail - Volatile.Read(ref *_sqHead) > _sqMask)
            return false;
        _sqes[_tail & _sqMask] = new IoUringSqe
        {
            Opcode = opcode,
            Flags = file.IsPlace ? Libc.IOSQE_FIXED_FILE : (byte)0,
            Fd = file.Number,
            Offset = offset,
            Address = address,
            Length = length,
            OperationFlags = flags,
            UserData = userData,
        };
        _tail++;
        Volatile.Write(ref *_sqTail, _tail);
        return true;
    }
}
