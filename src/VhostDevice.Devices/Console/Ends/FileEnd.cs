// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Console.Ends;

/// <summary>
/// A file that the guest's output is appended to. A thread writes, because a file system may take its time; two buffers are
/// filled and written in turns.
/// </summary>
internal sealed class FileEnd : PortEnd
{
    /// <summary>Bytes of each of the two buffers.</summary>
    internal const int BufferBytes = 256 * 1024;

    private readonly LogFile _file;
    private readonly bool _drops;
    private readonly ILogger _log;
    private readonly Worker _worker = new("console-file");
    private byte[] _filling = [];
    private int _count;
    private bool _isWaitedFor;
    private bool _hasFailed;
    private Writing? _writing;

    /// <param name="file">Open; the end's from now on.</param>
    /// <param name="drops">What the disk is too slow for is lost and counted (log:), instead of holding the guest back (file:).</param>
    internal FileEnd(string description, LogFile file, bool drops, ILogger log)
    {
        Description = description;
        _file = file;
        _drops = drops;
        _log = log;
    }

    public override string Description { get; }

    public override nuint Write(ReadOnlySpan<IoVec> pieces, nuint bytes)
    {
        if (_filling.Length == 0)
            _filling = new byte[BufferBytes];
        nuint taken = 0;
        foreach (IoVec piece in pieces)
        {
            nuint n = Math.Min(piece.Length, (nuint)(BufferBytes - _count));
            new IoVecBytes(piece, n).Span.CopyTo(_filling.AsSpan(_count));
            _count += (int)n;
            taken += n;
            if (n < piece.Length)
                break;
        }

        Flush();
        if (taken == bytes)
            return taken;
        if (_drops)
        {
            Owner!.Lost((long)(bytes - taken));
            return bytes;
        }

        _isWaitedFor = true;
        return taken;
    }

    protected override void OnStart() => _writing = new Writing(this);

    protected override void Dispose(bool disposing)
    {
        _worker.Dispose();
        // What came while the last piece was being written, or what was not begun.
        if (_writing is { IsOut: true })
            _ = _file.Write(_writing.Rest, out _);
        _ = _file.Write(_filling.AsSpan(0, _count), out _);
        _file.Dispose();
        base.Dispose(disposing);
    }

    private void Flush()
    {
        if (_count == 0 || _writing!.IsOut)
            return;
        (_filling, _writing.Bytes) = (_writing.Bytes.Length == 0 ? new byte[BufferBytes] : _writing.Bytes, _filling);
        _writing.Count = _count;
        _count = 0;
        _worker.Add(_writing);
    }

    private void Written(Errno errno, int lost)
    {
        if (lost > 0)
            Owner!.Lost(lost);
        if (errno.IsError && !_hasFailed)
            _log.LogWarning("{File} cannot be written: {Errno}; what the guest writes is lost until it can", Description, errno);
        _hasFailed = errno.IsError;
        Flush();
        if (!_isWaitedFor)
            return;
        _isWaitedFor = false;
        Owner!.RoomAgain();
    }

    /// <summary>The buffer that is being written.</summary>
    private sealed class Writing(FileEnd end) : WorkItem(end.Loop)
    {
        private Errno _errno;
        private int _lost;
        private volatile bool _isDone;

        internal byte[] Bytes { get; set; } = [];

        internal int Count { get; set; }

        /// <summary>What was not begun when the worker ended.</summary>
        internal ReadOnlySpan<byte> Rest => _isDone ? default : Bytes.AsSpan(0, Count);

        protected override void Work()
        {
            _isDone = true;
            _errno = end._file.Write(Bytes.AsSpan(0, Count), out _lost);
        }

        protected override void Done(Exception? fault)
        {
            _isDone = false;
            end.Written(_errno, _lost);
        }
    }
}
