// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Rng;

/// <summary>
/// Any readable file, FIFO or character device. A thread of its own reads ahead into a bounded buffer, because such a
/// file may keep its reader waiting; the loops only ever take what is there.
/// </summary>
public sealed unsafe class FileEntropySource : IEntropySource
{
    /// <summary>Bytes read ahead at the most.</summary>
    public const int Capacity = 64 * 1024;

    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(1);
    private const int StopCheckMilliseconds = 500;

    private readonly OwnedFd _file;
    private readonly string _path;
    private readonly ILogger _log;
    private readonly Lock _lock = new();
    private readonly ManualResetEventSlim _room = new(initialState: true);
    private readonly ManualResetEventSlim _stop = new();
    private readonly byte[] _ring = GC.AllocateUninitializedArray<byte>(Capacity, pinned: true);
    private readonly WaiterQueue _waiters = new();
    private readonly Thread _reader;
    private int _start;
    private int _count;
    private int _reserved;
    private bool _complained;

    /// <param name="file">Open for reading without waiting (O_NONBLOCK); the source owns it.</param>
    /// <param name="path">For messages.</param>
    public FileEntropySource(OwnedFd file, string path, ILogger log)
    {
        _file = file;
        _path = path;
        _log = log;
        _reader = new Thread(ReadAhead, maxStackSize: 128 * 1024) { IsBackground = true, Name = "rng-source" };
    }

    public void Start() => _reader.Start();

    public int Reserve(int max, Action waiter)
    {
        int n;
        Action? next;
        lock (_lock)
        {
            n = _waiters.IsFirst(waiter) ? Math.Min(max, _count - _reserved) : 0;
            _reserved += n;
            if (n == 0)
                _waiters.Add(waiter);
            else
                _waiters.Remove(waiter);
            next = NextWaiter();
        }

        Call(next);
        return n;
    }

    public nint Read(ReadOnlySpan<IoVec> pieces, out Errno errno)
    {
        errno = Errno.Success;
        nint total = 0;
        lock (_lock)
        {
            foreach (ref readonly IoVec piece in pieces)
            {
                Span<byte> target = piece.AsSpan();
                while (!target.IsEmpty)
                {
                    Span<byte> run = _ring.AsSpan(_start, Math.Min(target.Length, Capacity - _start));
                    run.CopyTo(target);
                    run.Clear(); // nobody else shall see these bytes
                    target = target[run.Length..];
                    _start = (_start + run.Length) % Capacity;
                    total += run.Length;
                }
            }

            _count -= (int)total;
            _reserved -= (int)total;
        }

        _room.Set();
        return total;
    }

    public void Release(int unused)
    {
        Action? next;
        lock (_lock)
        {
            _reserved -= unused;
            next = NextWaiter();
        }

        Call(next);
    }

    public void Forget(Action waiter)
    {
        Action? next;
        lock (_lock)
        {
            _waiters.Remove(waiter);
            next = NextWaiter();
        }

        Call(next);
    }

    public void Dispose()
    {
        _stop.Set();
        _room.Set();
        if (_reader.ThreadState != ThreadState.Unstarted)
            _reader.Join();
        _file.Dispose();
        _room.Dispose();
        _stop.Dispose();
    }

    private void ReadAhead()
    {
        while (!_stop.IsSet)
        {
            int at, length, patience;
            Action? next;
            lock (_lock)
            {
                next = NextWaiter(); // a turn may have lapsed
                patience = _waiters.MillisecondsLeft(Environment.TickCount64);
                at = (_start + _count) % Capacity;
                length = Math.Min(Capacity - _count, Capacity - at);
                if (length == 0)
                    _room.Reset();
            }

            Call(next);
            if (length == 0)
                _room.Wait(patience);
            else if (EventFd.Wait(_file.Fd, patience < 0 ? StopCheckMilliseconds : patience) && !_stop.IsSet)
                ReadOnce(at, length);
        }
    }

    private void ReadOnce(int at, int length)
    {
        nint n;
        Errno errno;
        fixed (byte* p = _ring)
            n = FileIo.Read(_file.Fd, p + at, (nuint)length, out errno);
        if (n > 0)
        {
            if (_complained)
                _log.LogInformation("random source {Path} delivers again", _path);
            _complained = false;
            Action? next;
            lock (_lock)
            {
                _count += (int)n;
                next = NextWaiter();
            }

            Call(next);
            return;
        }

        // A device without a poll method is always "ready"; it only has nothing at the moment.
        if (errno == Errno.EAGAIN)
        {
            _stop.Wait(TimeSpan.FromMilliseconds(10));
            return;
        }

        if (!_complained)
        {
            _complained = true;
            if (n == 0)
                _log.LogWarning("random source {Path} has no more bytes; guests wait until it has", _path);
            else
                _log.LogError("random source {Path} cannot be read: {Errno}; trying again every second", _path, errno);
        }

        _stop.Wait(s_retry);
    }

    private Action? NextWaiter() => _count > _reserved ? _waiters.Call(Environment.TickCount64) : null;

    // Not under the lock: what is called may ask again at once.
    private void Call(Action? waiter)
    {
        if (waiter is null)
            return;
        _room.Set(); // the reader sees to it that this turn lapses
        waiter();
    }
}
