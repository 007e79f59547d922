// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Console.Ends;

/// <summary>An end that has one stream at a time, or none.</summary>
internal abstract class StreamEnd : PortEnd, IFdStreamOwner
{
    private FdStream? _stream;
    private InputWish _wish;

    public override bool IsOpen => _stream is not null;

    public override InputWish Wish
    {
        get => _wish;
        set
        {
            _wish = value;
            if (_stream is not null)
                _stream.Wish = value;
        }
    }

    /// <summary>The descriptor of the stream, or -1.</summary>
    protected int StreamFd => _stream?.Fd ?? -1;

    public override nuint Write(ReadOnlySpan<IoVec> pieces, nuint bytes) => _stream?.Write(pieces, bytes) ?? 0;

    public override nuint Read(ReadOnlySpan<IoVec> pieces)
    {
        nuint bytes = _stream?.Read(pieces) ?? 0;
        if (bytes > 0)
            OnInput();
        return bytes;
    }

    void IFdStreamOwner.InputReady() => Owner!.InputReady();

    void IFdStreamOwner.RoomAgain() => Owner!.RoomAgain();

    void IFdStreamOwner.Gone(FdStream stream)
    {
        if (stream != _stream)
            return;
        End();
        OnGone();
    }

    /// <summary>The stream begins.</summary>
    /// <param name="fd">Non-blocking, and the end's from now on.</param>
    protected Errno Begin(OwnedFd fd)
    {
        FdStream stream = new(fd, this) { Wish = _wish };
        Errno errno = stream.Start(Loop);
        if (errno.IsError)
        {
            stream.Dispose();
            return errno;
        }

        _stream = stream;
        Owner!.OpenChanged();
        return Errno.Success;
    }

    /// <summary>Ends the stream, if there is one.</summary>
    protected void End()
    {
        if (_stream is not { } stream)
            return;
        _stream = null;
        stream.Dispose();
        Owner!.OpenChanged();
    }

    /// <summary>Something was read.</summary>
    protected virtual void OnInput()
    {
    }

    /// <summary>The other side has left.</summary>
    protected virtual void OnGone()
    {
    }

    protected override void Dispose(bool disposing)
    {
        _stream?.Dispose();
        _stream = null;
        base.Dispose(disposing);
    }
}
