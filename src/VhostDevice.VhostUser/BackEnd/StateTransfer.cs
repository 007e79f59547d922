// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>
/// Device state on its way through the front-end's channel, a pipe. Moves what the channel takes or has and
/// waits on the loop for more, so that a front-end that is slow, or does nothing at all, holds up nobody.
/// </summary>
internal sealed unsafe class StateTransfer : IFdHandler, IDisposable
{
    /// <summary>Most bytes that are read before the front-end is told no.</summary>
    internal const int MaxBytes = 16 << 20;

    /// <summary>Bytes moved before other descriptors get their turn.</summary>
    private const int BytesPerTurn = 1 << 20;

    private const int FirstBuffer = 64 << 10;

    private readonly OwnedFd _fd;
    private readonly bool _saves;
    private readonly Action<StateTransfer> _finished;
    private FdWatch? _watch;
    private byte[] _bytes;
    private readonly int _length;
    private int _moved;

    private StateTransfer(OwnedFd fd, byte[]? image, Action<StateTransfer> finished)
    {
        _fd = fd;
        _saves = image is not null;
        _bytes = image ?? [];
        _length = _bytes.Length;
        _finished = finished;
    }

    internal bool IsFinished { get; private set; }

    /// <summary>Whether state comes in, to its end when it is finished.</summary>
    internal bool Loads => !_saves;

    /// <summary>What went wrong, empty when nothing did.</summary>
    internal string Problem { get; private set; } = "";

    /// <summary>What came, when it is finished.</summary>
    internal ReadOnlySpan<byte> Received => _bytes.AsSpan(0, _moved);

    /// <summary>Begins a transfer. Owns the channel, also when it cannot begin.</summary>
    /// <param name="image">What is to be written; null: read.</param>
    /// <param name="finished">Called once, on the loop, unless the transfer is disposed before.</param>
    internal static bool TryBegin(
        EventLoop loop,
        OwnedFd fd,
        byte[]? image,
        Action<StateTransfer> finished,
        out StateTransfer? transfer,
        out string problem)
    {
        transfer = null;
        Errno errno = Files.StatNow(fd.Fd, out FileFacts facts);
        if (errno.IsError || facts.Kind != FileKind.Fifo)
        {
            problem = $"a {(errno.IsError ? "broken" : facts.Kind)} descriptor is no channel, a pipe was expected";
            fd.Dispose();
            return false;
        }

        SharedCallWatch.Start();
        StateTransfer made = new(fd, image, finished);
        errno = Files.SetNonBlocking(fd.Fd);
        if (errno.IsSuccess)
            errno = loop.Watch(fd.Fd, image is null ? Readiness.Readable : Readiness.Writable, made, out made._watch);
        if (errno.IsError)
        {
            problem = $"the channel cannot be used: {errno}";
            made.Dispose();
            return false;
        }

        transfer = made;
        problem = "";
        return true;
    }

    public void OnReady(Readiness readiness) => Move();

    /// <summary>Moves what can be moved without waiting.</summary>
    internal void Move()
    {
        for (int left = BytesPerTurn; left > 0 && !IsFinished;)
        {
            nint n = _saves ? Write(out Errno errno) : Read(out errno);
            if (errno == Errno.EAGAIN)
                return;
            if (errno.IsError)
            {
                Finish(
                    _saves && errno == Errno.EPIPE
                        ? "the front-end closed the channel before the state was written"
                        : $"the channel fails: {errno}");
                return;
            }

            _moved += (int)n;
            left -= (int)n;
            if (_saves ? _moved == _length : n == 0)
                Finish("");
            else if (_moved > MaxBytes && !_saves)
                Finish($"more than {MaxBytes >> 20} MiB of state came");
        }
    }

    /// <summary>Ends a transfer that makes no sense any more.</summary>
    internal void Abort(string reason)
    {
        if (!IsFinished)
            Finish(reason);
    }

    public void Dispose()
    {
        IsFinished = true;
        _watch?.Dispose();
        // The end of the state, for whoever reads it.
        _fd.Dispose();
    }

    private void Finish(string problem)
    {
        Problem = problem;
        Dispose();
        _finished(this);
    }

    private nint Write(out Errno errno)
    {
        fixed (byte* p = _bytes)
            return NoWaitIo.Write(_fd.Fd, p + _moved, (nuint)(_length - _moved), out errno);
    }

    // The buffer grows with what came, not with what somebody says will come; one byte more than the limit tells.
    private nint Read(out Errno errno)
    {
        if (_moved == _bytes.Length)
            Array.Resize(ref _bytes, Math.Min(Math.Max(FirstBuffer, _bytes.Length * 2), MaxBytes + 1));
        fixed (byte* p = _bytes)
            return NoWaitIo.Read(_fd.Fd, p + _moved, (nuint)(_bytes.Length - _moved), out errno);
    }
}
