// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scsi.Storage;

/// <summary>
/// Operations through io_uring: listed while a turn goes on, handed over with one system call at its end, and back in
/// any order.
/// </summary>
public sealed unsafe class RingEngine : IIoEngine, IDeferred, IFdHandler, IInterrupted
{
    private const uint Entries = 256;

    // Two for each image. Those that come later do without.
    private const int FilePlaces = 512;

    // Handed over at once when so many are listed: a disk works on them while it is told of the next. All of a turn
    // together would come back together, too, and leave it idle in between.
    private const int HandOver = 2;

    // The same for reads that the page cache answers, where nothing is idle in between: a system call for all of a turn
    // costs much less than one for each.
    private const int HandOverGathered = 64;

    // So many reads in the turn before make it worth while; for fewer, a system call each is quicker.
    private const int FewestGathered = 8;
    private const int FewestInTwoParts = 24;

    // The name of a request to cancel, of which nobody waits for the answer.
    private const ulong Cancellation = ulong.MaxValue;

    private static readonly TimeSpan s_retryAfter = TimeSpan.FromMilliseconds(1);

    private readonly IoUring _ring;
    private readonly BlockRequest?[] _out;
    private readonly Stack<int> _free;
    private readonly Stack<int> _places = new();
    private EventLoop? _loop;
    private FdWatch? _watch;
    private LoopTimer? _retry;
    private BlockRequest? _firstWaiting;
    private BlockRequest? _lastWaiting;
    private bool _deferred;
    private bool _gathers;
    private int _readsInTurn;

    private RingEngine(IoUring ring)
    {
        _ring = ring;
        _out = new BlockRequest?[ring.Capacity];
        _free = new Stack<int>(Enumerable.Range(0, _out.Length).Reverse());
        // Without a table files are looked up for each operation.
        if (ring.MakeFileTable(FilePlaces).IsSuccess)
            _places = new Stack<int>(Enumerable.Range(0, FilePlaces).Reverse());
    }

    /// <returns>ENOSYS or EPERM where there is no io_uring.</returns>
    public static Errno Create(out RingEngine? engine)
    {
        Errno errno = IoUring.Create(Entries, out IoUring? ring);
        engine = errno.IsSuccess ? new RingEngine(ring!) : null;
        return errno;
    }

    public void Attach(EventLoop loop, int number = 0)
    {
        if (_loop is not null)
            return;
        Errno errno = loop.Watch(_ring.Fd, Readiness.Readable, this, out _watch);
        if (errno.IsSuccess)
            errno = loop.CreateTimer(Flush, out _retry);
        if (errno.IsError)
            throw new InvalidOperationException($"the ring cannot be watched: {errno}");
        _loop = loop;
        loop.AddInterrupted(this);
    }

    public int Register(int fd)
    {
        if (!_places.TryPop(out int place))
            return -1;
        if (_ring.SetFile(place, fd).IsSuccess)
            return place;
        _places.Push(place);
        return -1;
    }

    public void Unregister(int place)
    {
        if (place >= 0 && _ring.SetFile(place, -1).IsSuccess)
            _places.Push(place);
    }

    public void Begin(BlockRequest request)
    {
        if (_firstWaiting is not null || !TryList(request))
            Wait(request);
        else if (_ring.Listed >= (request.IsGathered ? HandOverGathered : HandOver))
            Flush();
        Defer();
    }

    public bool Gathers(BlockRequest request)
    {
        if (!_deferred)
        {
            // The last one there is stands alone.
            if (_loop is null || request.IsLast)
                return false;
            int before = _readsInTurn;
            _gathers = before >= FewestGathered;
            _readsInTurn = 0;
            Defer();
            // One that is answered before them keeps a driver on another processor busy meanwhile. On the same one it costs a
            // change of threads, which is little among many.
            if (_gathers && before >= FewestInTwoParts)
            {
                _readsInTurn = 1;
                return false;
            }
        }

        _readsInTurn++;
        // A driver on the same processor adds one after each answer, and the turn goes on: each of them stands alone.
        return _gathers && (_ring.Listed > 0 || !request.IsLast);
    }

    public void BeginOnThread(BlockRequest request) => BlockWork.Begin(_loop!, request.Worker!, request);

    public void Cancel(BlockRequest request)
    {
        request.Work?.Cancel();
        if (TryStopWaiting(request))
        {
            request.Finish(Errno.ECANCELED);
            return;
        }

        int slot = Array.IndexOf(_out, request);
        if (slot < 0)
            return;
        // What is listed and not handed over cannot be found by the kernel. It may have no room for another answer.
        if (_ring.Submit().IsError)
            Reap();
        if (_out[slot] == request && _ring.Submit().IsSuccess && _ring.TryListCancel((ulong)slot, Cancellation))
            _ = _ring.Submit();
    }

    public void RunDeferred()
    {
        _deferred = false;
        Flush();
        // What was in the page cache, or failed at once, is there already.
        Reap();
    }

    public void OnReady(Readiness readiness)
    {
        if (!Reap())
            _ring.Collect();
    }

    public void OnInterrupted() => Reap();

    public void Dispose()
    {
        _loop?.RemoveInterrupted(this);
        _watch?.Dispose();
        _retry?.Dispose();
        _ring.Dispose();
    }

    private void Defer()
    {
        if (_deferred)
            return;
        _deferred = true;
        _loop!.Defer(this);
    }

    private bool TryList(BlockRequest request)
    {
        if (!_free.TryPop(out int slot))
            return false;
        RingFile file = request.Place >= 0 ? new RingFile(request.Place, IsPlace: true) : new RingFile(request.Fd, IsPlace: false);
        bool listed = request.Operation switch
        {
            BlockOperation.Read or BlockOperation.Write => _ring.TryListTransfer(
                request.Operation == BlockOperation.Write, file, request.PieceList, request.PieceCount, request.Offset, request.Durable, (ulong)slot),
            BlockOperation.Flush => _ring.TryListSync(file, (ulong)slot),
            _ => _ring.TryListAllocate(
                file,
                request.Operation == BlockOperation.Discard ? AllocateMode.PunchHole : AllocateMode.ZeroRange,
                request.Offset,
                request.Length,
                (ulong)slot),
        };
        if (listed)
            _out[slot] = request;
        else
            _free.Push(slot);
        return listed;
    }

    private void Wait(BlockRequest request)
    {
        request.NextWaiting = null;
        if (_firstWaiting is null)
            _firstWaiting = request;
        else
            _lastWaiting!.NextWaiting = request;
        _lastWaiting = request;
    }

    private bool TryStopWaiting(BlockRequest request)
    {
        BlockRequest? before = null;
        BlockRequest? at = _firstWaiting;
        while (at is not null && at != request)
        {
            before = at;
            at = at.NextWaiting;
        }

        if (at is null)
            return false;
        if (before is null)
            _firstWaiting = at.NextWaiting;
        else
            before.NextWaiting = at.NextWaiting;
        if (_lastWaiting == at)
            _lastWaiting = before;
        at.NextWaiting = null;
        return true;
    }

    private void Flush()
    {
        while (true)
        {
            if (_ring.Submit().IsError)
            {
                // The kernel is short of something. Completions bring us here again, or else time does.
                _retry!.Start(s_retryAfter);
                return;
            }

            if (_firstWaiting is null || !TryList(_firstWaiting))
                return;
            do
            {
                BlockRequest listed = _firstWaiting;
                _firstWaiting = listed.NextWaiting;
                listed.NextWaiting = null;
            }
            while (_firstWaiting is not null && TryList(_firstWaiting));
        }
    }

    private bool Reap()
    {
        bool any = false;
        while (_ring.TryTake(out ulong slot, out int result))
        {
            any = true;
            if (slot == Cancellation)
                continue;
            BlockRequest request = _out[slot]!;
            _out[slot] = null;
            _free.Push((int)slot);
            if (result < 0)
            {
                Errno error = new(-result);
                if (request.IsCancelled)
                    request.Finish(Errno.ECANCELED);
                else if (error == Errno.EINTR || error == Errno.EAGAIN)
                    Begin(request);
                else if (SpaceOperation.NeedsThread(request, error))
                    BeginOnThread(request);
                else
                    request.Finish(error);
            }
            else if (request.Operation is not (BlockOperation.Read or BlockOperation.Write) || request.Advance((ulong)result))
            {
                request.Finish(Errno.Success);
            }
            else if (result == 0)
            {
                // The file ends before its length.
                request.Finish(Errno.EIO);
            }
            else if (request.IsCancelled)
            {
                request.Finish(Errno.ECANCELED);
            }
            else
            {
                Begin(request);
            }
        }

        // Room for those that wait comes with completions only: to look again without one would never end.
        if (any && _firstWaiting is not null)
            Defer();

        return any;
    }
}
