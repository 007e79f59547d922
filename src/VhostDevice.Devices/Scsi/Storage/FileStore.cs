// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;
using VhostDevice.Devices.Images;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scsi.Storage;

/// <summary>Blocks in a regular file or a block device.</summary>
/// <remarks>
/// What is in memory is moved at once, which takes less time than to ask for it: the first read of a turn, if the page cache
/// can answer it (RWF_NOWAIT), and everything on a file of a memory file system, which is mapped where that is safe. The rest
/// goes through an <see cref="IIoEngine"/>, further reads of the turn all together.
/// </remarks>
public sealed unsafe class FileStore : BlockStore
{
    /// <summary>What O_DIRECT asks of addresses, offsets and lengths, at the most.</summary>
    private const ulong DirectAlignment = 4096;

    private const ulong PageSize = 4096;

    // After so many reads in a row that were not in memory the attempt is made only now and then.
    private const int MissesToGiveUp = 64;
    private const int ReadsToTryAgain = 1024;

    private readonly Lock _mapping = new();

    // For what may take seconds: another store's is not behind it.
    internal Worker Worker { get; } = new("disk-slow");

    private readonly IIoEngine _engine;
    private readonly OwnedFd _file;
    private readonly OwnedFd? _direct;
    private readonly bool _inMemory;
    private readonly FileKind _kind;
    private readonly int _place;
    private readonly int _directPlace = -1;
    private bool _readOnly;
    private ImageLock? _lock;
    private MappedFile? _mapped;
    private MappedFile? _lost;
    private volatile bool _mayMap;
    private bool _canNoWait;
    private bool _canDiscard;
    private bool _discardsToZero = true;
    private SpaceWay _spaceWay;
    private uint _discardUnit = 4096;
    private int _misses;
    private InlineWrites _inline;
    private InlineWay _writeWay = InlineWay.WithoutWait;
    private ulong _length;

    private FileStore(IIoEngine engine, OwnedFd file, OwnedFd? direct, FileKind kind, bool readOnly)
    {
        _engine = engine;
        _file = file;
        _direct = direct;
        _kind = kind;
        _readOnly = readOnly;
        _inMemory = kind == FileKind.Regular && DiskIo.IsInMemory(file.Fd);
        _mayMap = _inMemory;
        _place = _inMemory ? -1 : engine.Register(file.Fd);
        if (direct is not null)
            _directPlace = engine.Register(direct.Fd);
        _canNoWait = direct is null;
    }

    public override ulong Length => _length;

    public override bool IsReadOnly => _readOnly;

    public override bool CanDiscard => !_readOnly && _canDiscard;

    public override bool DiscardsToZero => _discardsToZero;

    public override bool HasCache => !_inMemory && _direct is null;

    public override bool IsShareable => true;

    public override uint DiscardUnit => _discardUnit;

    /// <summary>Bytes of the smallest block that can be written alone; 1 for a file.</summary>
    public uint BlockSize { get; private set; } = 1;

    /// <summary>Bytes of what a device writes at a time, at least <see cref="BlockSize"/>; 0 where nobody says.</summary>
    public uint PhysicalBlockSize { get; private set; }

    /// <summary>A block device rather than a file.</summary>
    public bool IsBlockDevice => _kind == FileKind.Block;

    /// <summary>Other programs can see how the file is used; false where its file system has no locks.</summary>
    public bool IsLocked => _lock is not null;

    /// <summary>Opens a file, which nobody else may be using in a way that does not go with this one.</summary>
    /// <param name="engine">Stays the caller's, and must outlive the store.</param>
    /// <param name="problem">Why not, for people, when the result is null.</param>
    public static FileStore? Open(string path, FileStoreOptions options, IIoEngine engine, out string problem)
    {
        Errno errno = Files.Open(path, !options.ReadOnly, nonBlocking: true, out OwnedFd? file);
        if (errno.IsError)
        {
            problem =
                $"{path} cannot be opened for {(options.ReadOnly ? "reading" : "reading and writing")}: "
                    + $"{errno}{(errno == Errno.EACCES ? options.DeniedHint : "")}";
            return null;
        }

        errno = Files.Stat(file!.Fd, out FileFacts facts);
        if (errno.IsSuccess && facts.Kind is not (FileKind.Regular or FileKind.Block))
        {
            problem = $"{path} is neither a file nor a block device";
            file.Dispose();
            return null;
        }

        ImageLock? taken = null;
        if (errno.IsSuccess && !TryLock(path, options, out taken, out problem))
        {
            file.Dispose();
            return null;
        }

        OwnedFd? direct = null;
        if (errno.IsSuccess && options.Direct)
        {
            errno = DiskIo.OpenDirect(path, !options.ReadOnly, out direct);
            if (errno == Errno.EINVAL)
            {
                problem = $"{path} cannot be opened past the page cache: its file system does not know O_DIRECT; leave --direct and --cache none out";
                taken?.Dispose();
                file.Dispose();
                return null;
            }
        }

        if (errno.IsError)
        {
            problem = $"{path} cannot be used: {errno}";
            taken?.Dispose();
            file.Dispose();
            return null;
        }

        FileStore store = new(engine, file, direct, facts.Kind, options.ReadOnly) { _lock = taken };
        errno = store.Refresh();
        if (errno.IsSuccess)
            errno = store.Inspect(facts);
        problem = errno.IsError ? $"{path} cannot be measured: {errno}" : "";
        if (errno.IsSuccess)
            return store;

        store.Dispose();
        return null;
    }

    /// <summary>Reads the first bytes; those that cannot be read are zeroes.</summary>
    public void ReadHead(Span<byte> head)
    {
        head.Clear();
        fixed (byte* p = head)
        {
            IoVec all = new(p, (nuint)head.Length);
            _ = FileIo.PReadV(_file.Fd, new ReadOnlySpan<IoVec>(in all), 0, out _);
        }
    }

    public override Errno Refresh()
    {
        Errno errno = DiskIo.Length(_file.Fd, out ulong length);
        if (errno.IsError || length == _length)
            return errno;
        _length = length;
        Unmap();
        _mayMap = _inMemory;
        return errno;
    }

    public override bool Submit(BlockRequest request)
    {
        request.Fd = _file.Fd;
        request.Place = _place;
        request.IsGathered = false;
        if (request.IsPatient)
            return BeginPatiently(request);
        if (_inMemory)
            return End(request, RunInMemory(request));
        switch (request.Operation)
        {
            // As long as reads are answered from memory: a disk is to work while it is told of the next.
            case BlockOperation.Read when _canNoWait && _misses == 0 && _engine.Gathers(request):
                request.IsGathered = true;
                break;
            case BlockOperation.Read when _canNoWait && TryReadNow(request):
                return true;
            case BlockOperation.Write when _direct is null && TryWriteNow(request):
                return true;
            case BlockOperation.Read or BlockOperation.Write when _direct is not null && IsAligned(request):
                request.Fd = _direct.Fd;
                request.Place = _directPlace;
                break;
            case > BlockOperation.Flush:
                request.SpaceWay = _spaceWay;
                request.Worker = Worker;
                if (!SpaceOperation.NeedsThread(request, Errno.Success))
                    break;
                _engine.BeginOnThread(request);
                return false;
            default:
                break;
        }

        _engine.Begin(request);
        return false;
    }

    public override void Cancel(BlockRequest request)
    {
        request.IsCancelled = true;
        _engine.Cancel(request);
    }

    public override ulong Extent(ulong offset, out bool isHole)
    {
        isHole = false;
        if (_kind != FileKind.Regular)
            return Length;
        Errno errno = DiskIo.Seek(_file.Fd, hole: false, offset, out ulong data);
        if (errno == Errno.ENXIO || (errno.IsSuccess && data > offset))
        {
            isHole = true;
            return errno.IsSuccess ? Math.Min(data, Length) : Length;
        }

        return DiskIo.Seek(_file.Fd, hole: true, offset, out ulong hole).IsSuccess && hole > offset ? Math.Min(hole, Length) : Length;
    }

    protected override void Dispose(bool disposing)
    {
        Worker.Dispose();
        Unmap();
        _engine.Unregister(_place);
        _engine.Unregister(_directPlace);
        _direct?.Dispose();
        _file.Dispose();
        _lock?.Dispose();
        base.Dispose(disposing);
    }

    // Where there are no locks there is nothing to be refused by.
    private static bool TryLock(string path, FileStoreOptions options, out ImageLock? taken, out string problem)
    {
        Errno errno = ImageLock.TryTake(path, writes: !options.ReadOnly, options.Shared, out taken);
        problem = errno == Errno.EAGAIN
            ? $"{path} is in use by another program or as another unit, and two that write to it would destroy what "
                + $"is on it: end the other one, or write path={path},share=on for both if they are meant to share it"
            : "";
        return problem.Length == 0;
    }

    private Errno Inspect(FileFacts facts)
    {
        if (!IsBlockDevice)
        {
            // Behind the end of a file there is nothing to lose.
            _canDiscard = DiskIo.Allocate(_file.Fd, AllocateMode.PunchHole, (Length + 4095) & ~4095ul, 4096).IsSuccess;
            return Errno.Success;
        }

        Errno errno = BlockDeviceFacts.Read(_file.Fd, facts, out BlockDeviceFacts device);
        if (errno.IsError)
            return errno;
        BlockSize = device.BlockSize;
        PhysicalBlockSize = device.PhysicalBlockSize;
        _readOnly |= device.IsReadOnly;
        _canDiscard = device.DiscardUnit > 0;
        _discardsToZero = device.DiscardsToZero;
        _spaceWay = _canDiscard && !_discardsToZero ? SpaceWay.DiscardingDevice : SpaceWay.Device;
        if (_canDiscard)
            _discardUnit = Math.Max(device.DiscardUnit, 512);
        return Errno.Success;
    }

    private bool BeginPatiently(BlockRequest request)
    {
        request.SpaceWay = _spaceWay;
        request.Worker = Worker;
        if (request.Operation is BlockOperation.Discard or BlockOperation.Zero)
            _mapped?.Dropped(request.Offset, request.Length);
        _engine.BeginOnThread(request);
        return false;
    }

    private Errno RunInMemory(BlockRequest request)
    {
        if (_mayMap)
            Map();
        MappedFile? mapped = _mapped;
        if (mapped is null)
            return FileOperation.Run(request);
        bool moves = request.Operation is BlockOperation.Read or BlockOperation.Write;
        if (moves && mapped.TryMove(request))
            return Errno.Success;
        ulong offset = request.Offset;
        ulong length = request.Length;
        if (mapped.IsLost)
            Forget(mapped);
        else if (request.Operation is BlockOperation.Discard or BlockOperation.Zero)
            mapped.Dropped(offset, length);
        Errno errno = FileOperation.Run(request);
        if (errno.IsSuccess && request.Operation == BlockOperation.Write)
            mapped.Written(offset, length);
        return errno;
    }

    private void Map()
    {
        lock (_mapping)
        {
            if (!_mayMap)
                return;
            _mapped = MappedFile.Open(_file.Fd, _length, _readOnly);
            _mayMap = false;
        }
    }

    // Another thread may be copying from it: it stays until nobody is here.
    private void Forget(MappedFile lost)
    {
        lock (_mapping)
        {
            if (_mapped != lost)
                return;
            _lost = lost;
            _mapped = null;
        }
    }

    // While nobody is at work here.
    private void Unmap()
    {
        _mapped?.Dispose();
        _lost?.Dispose();
        _mapped = _lost = null;
    }

    private bool TryReadNow(BlockRequest request)
    {
        if (_misses >= MissesToGiveUp && ++_misses < MissesToGiveUp + ReadsToTryAgain)
            return false;
        nint n = DiskIo.ReadNoWait(request.Fd, request.PieceList, request.PieceCount, request.Offset, out Errno errno);
        if (errno.IsError)
        {
            // EAGAIN is an answer, everything else will be one again in the engine, where it is told to the request.
            if (errno == Errno.EOPNOTSUPP)
                _canNoWait = false;
            _misses = _misses >= MissesToGiveUp ? MissesToGiveUp : _misses + 1;
            return false;
        }

        _misses = 0;
        if (n == 0 || !request.Advance((ulong)n))
            return false;
        return End(request, Errno.Success);
    }

    // A file system that can say so is asked for what does not wait; of another one the time is taken. Whole pages only: of
    // others the rest would have to be read first. A ring would give buffered writes to a thread of the kernel's, one by one.
    private bool TryWriteNow(BlockRequest request)
    {
        if (_writeWay == InlineWay.None
            || request.Length > InlineWrites.MaxBytes
            || request.Durable
            || ((request.Offset | request.Length) & (PageSize - 1)) != 0
            || !_inline.TryBegin())
            return false;
        long start = Stopwatch.GetTimestamp();
        nint n = _writeWay == InlineWay.Timed
            ? DiskIo.Move(write: true, request.Fd, request.PieceList, request.PieceCount, request.Offset, durable: false, out Errno errno)
            : DiskIo.WriteNoWait(request.Fd, request.PieceList, request.PieceCount, request.Offset, out errno);
        _inline.Took(errno == Errno.EAGAIN ? long.MaxValue : (long)Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        if (errno == Errno.EOPNOTSUPP)
            _writeWay = DiskIo.IsOnLocalDisk(request.Fd) ? InlineWay.Timed : InlineWay.None;
        // Every error will be one again in the engine, where it is told to the request.
        return n > 0 && request.Advance((ulong)n) && End(request, Errno.Success);
    }

    private static bool IsAligned(BlockRequest request)
    {
        ulong bits = request.Offset | request.Length;
        for (int i = 0; i < request.PieceCount; i++)
            bits |= (ulong)request.PieceList[i].Base | request.PieceList[i].Length;
        // Most devices are content with 512; 4096 is right for all. What is not goes through the page cache.
        return (bits & (DirectAlignment - 1)) == 0 && request.PieceCount <= IoVec.MaxPerCall;
    }
}
