// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Console.Ends;

/// <summary>
/// A descriptor that bytes go through in both directions, or in one: a socket, a pipe, a pseudo-terminal, a file. Watched
/// only for what somebody waits for.
/// </summary>
/// <remarks>
/// A peer that has ended its side still gets what the guest writes. One that has left altogether may have left something to
/// read: that is kept for a guest that will read it, and thrown away when no guest has the port open.
/// </remarks>
internal sealed class FdStream : IFdHandler, IDeferred, IDisposable
{
    private readonly OwnedFd _fd;
    private readonly IFdStreamOwner _owner;
    private readonly bool _reads;
    private readonly bool _isTerminal;
    private EventLoop? _loop;
    private FdWatch? _watch;
    private InputWish _wish;
    private bool _waitsForRoom;
    private bool _isDeferred;

    /// <param name="fd">Non-blocking, and the stream's from now on.</param>
    /// <param name="reads">Whether there is input.</param>
    internal FdStream(OwnedFd fd, IFdStreamOwner owner, bool reads = true)
    {
        _fd = fd;
        _owner = owner;
        _reads = reads;
        _isTerminal = reads && Terminal.Open(fd.Fd, out _).IsSuccess;
        InputEnded = !reads;
    }

    internal int Fd => _fd.Fd;

    /// <summary>The peer sends nothing more.</summary>
    internal bool InputEnded { get; private set; }

    internal bool IsGone { get; private set; }

    /// <summary>What becomes of the input.</summary>
    internal InputWish Wish
    {
        get => _wish;
        set
        {
            if (_wish == value)
                return;
            _wish = value;
            if (_loop is null || IsGone)
                return;
            if (_watch is not null)
                Apply();
            else
                LookLater();
        }
    }

    /// <summary>Begins to watch. A regular file, which cannot be watched, is always ready.</summary>
    internal Errno Start(EventLoop loop)
    {
        _loop = loop;
        Errno errno = loop.Watch(_fd.Fd, Interest(), this, out _watch);
        if (errno == Errno.EPERM)
        {
            LookLater();
            return Errno.Success;
        }

        return errno;
    }

    /// <returns>Bytes taken; less than all: the owner is told when there is room, or the stream is gone.</returns>
    internal nuint Write(ReadOnlySpan<IoVec> pieces, nuint bytes)
    {
        if (IsGone || _waitsForRoom)
            return 0;
        nint n = FileIo.WriteV(_fd.Fd, pieces, out Errno errno);
        if (n < 0 && errno != Errno.EAGAIN)
        {
            End();
            return 0;
        }

        nuint taken = n < 0 ? 0 : (nuint)n;
        if (taken < bytes && !_waitsForRoom)
        {
            _waitsForRoom = true;
            if (_watch is not null)
                Apply();
            else
                LookLater();
        }

        return taken;
    }

    /// <returns>Bytes read; 0: nothing now.</returns>
    internal nuint Read(ReadOnlySpan<IoVec> pieces)
    {
        if (InputEnded || IsGone)
            return 0;
        nint n = FileIo.ReadV(_fd.Fd, pieces, out Errno errno);
        if (n > 0)
        {
            if (_watch is null)
                LookLater();
            return (nuint)n;
        }

        if (n < 0 && errno == Errno.EAGAIN && _watch is not null)
            return 0;
        InputEnded = true;
        // Nobody is there any more, or only somebody who listens.
        if (n < 0 || IsLeft)
            End();
        else if (_watch is not null)
            Apply();
        return 0;
    }

    public void OnReady(Readiness readiness)
    {
        if ((readiness & (Readiness.HangUp | Readiness.Error)) != 0)
        {
            // From here on it would be reported without end.
            IsLeft = true;
            _watch?.Dispose();
            _watch = null;
        }

        if (_waitsForRoom && (readiness & ~Readiness.Readable) != 0)
        {
            _waitsForRoom = false;
            Apply();
            _owner.RoomAgain();
        }

        if (IsGone)
            return;
        if (IsLeft && !LeftSomething)
            End();
        else if (!InputEnded && _wish == InputWish.Now && (IsLeft || (readiness & Readiness.Readable) != 0))
            _owner.InputReady();
    }

    void IDeferred.RunDeferred()
    {
        _isDeferred = false;
        if (IsGone)
            return;
        if (_waitsForRoom)
        {
            _waitsForRoom = false;
            _owner.RoomAgain();
        }

        if (IsGone)
            return;
        if (IsLeft && !LeftSomething)
            End();
        else if (!InputEnded && _wish == InputWish.Now)
            _owner.InputReady();
    }

    public void Dispose()
    {
        IsGone = true;
        _watch?.Dispose();
        _watch = null;
        _fd.Dispose();
    }

    // The peer has closed both directions.
    private bool IsLeft { get; set; }

    // Something for a guest that will read it. What was written to a terminal is on its way for a moment and counted nowhere,
    // so only a read tells.
    private bool LeftSomething => !InputEnded && _wish != InputWish.Nobody
        && (_wish == InputWish.Now || _isTerminal || FileIo.Available(_fd.Fd) > 0);

    private void End()
    {
        IsGone = true;
        InputEnded = true;
        _watch?.Dispose();
        _watch = null;
        _owner.Gone(this);
    }

    private Readiness Interest() =>
        (_reads && !InputEnded && _wish == InputWish.Now ? Readiness.Readable : Readiness.None)
        | (_waitsForRoom ? Readiness.Writable : Readiness.None);

    private void Apply()
    {
        if (_watch is not null)
            _watch.Interest = Interest();
    }

    // For a descriptor that nothing is heard of: a file, or a peer that has left.
    private void LookLater()
    {
        if (_isDeferred)
            return;
        _isDeferred = true;
        _loop!.Yield(this);
    }
}
