// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Console.Ends;

/// <summary>
/// The daemon's own standard input and output. On a terminal, keys are read whether the guest takes them or not, because one of
/// them ends the daemon; what a guest does not take is bounded as in a terminal of the kernel.
/// </summary>
/// <param name="input">A descriptor of its own, non-blocking.</param>
/// <param name="output">Likewise.</param>
/// <param name="isTerminal">The input is a terminal, in raw mode.</param>
/// <param name="escape">The key that ends the daemon; null: none.</param>
/// <param name="onEscape">Called for that key.</param>
internal sealed unsafe class StandardEnd(OwnedFd input, OwnedFd output, bool isTerminal, byte? escape, Action onEscape) : PortEnd
{
    private const int MaxTyped = 4096;
    private readonly ByteRing _typed = new(MaxTyped);
    private Side? _in;
    private Side? _out;
    private InputWish _wish;

    public override string Description => "stdio";

    public override bool IsOpen => _out is not null;

    public override InputWish Wish
    {
        get => _wish;
        set
        {
            _wish = value;
            if (_in is not null && !isTerminal)
                _in.Stream.Wish = value;
        }
    }

    public override nuint Write(ReadOnlySpan<IoVec> pieces, nuint bytes) => _out?.Stream.Write(pieces, bytes) ?? 0;

    public override nuint Read(ReadOnlySpan<IoVec> pieces) => isTerminal ? _typed.MoveTo(pieces) : _in?.Stream.Read(pieces) ?? 0;

    /// <summary>The terminal's window has another size.</summary>
    internal void LookAtSize()
    {
        if (_out is not null && Terminal.Size(_out.Stream.Fd, out WindowSize size).IsSuccess && size.Columns > 0)
            Owner!.Resized(size);
    }

    protected override void OnStart()
    {
        _in = new Side(this, input, reads: true);
        _out = new Side(this, output, reads: false);
        if (_in.Stream.Start(Loop).IsError)
            Gone(_in.Stream);
        if (_out.Stream.Start(Loop).IsError)
            Gone(_out.Stream);
        if (isTerminal && _in is not null)
            _in.Stream.Wish = InputWish.Now;
        LookAtSize();
    }

    protected override void Dispose(bool disposing)
    {
        _in?.Stream.Dispose();
        _out?.Stream.Dispose();
        base.Dispose(disposing);
    }

    private void InputReady()
    {
        if (!isTerminal)
        {
            Owner!.InputReady();
            return;
        }

        byte* bytes = stackalloc byte[MaxTyped];
        IoVec piece = new(bytes, MaxTyped);
        int n = (int)(_in?.Stream.Read(new ReadOnlySpan<IoVec>(in piece)) ?? 0);
        Span<byte> typed = new(bytes, n);
        if (escape is { } key && typed.IndexOf(key) is >= 0 and int at)
        {
            typed = typed[..at];
            onEscape();
        }

        // As a terminal does, beyond its bound it takes no more.
        int taken = Math.Min(typed.Length, _typed.Room);
        if (taken > 0)
            _ = _typed.Add(typed[..taken]);
        if (taken < typed.Length)
            Owner!.Lost(typed.Length - taken);
        if (_typed.Count > 0 && _wish == InputWish.Now)
            Owner!.InputReady();
    }

    private void Gone(FdStream stream)
    {
        stream.Dispose();
        if (_in?.Stream == stream)
        {
            _in = null;
            return;
        }

        _out = null;
        Owner!.OpenChanged();
    }

    /// <summary>One of the two descriptors.</summary>
    private sealed class Side : IFdStreamOwner
    {
        private readonly StandardEnd _end;

        internal Side(StandardEnd end, OwnedFd fd, bool reads)
        {
            _end = end;
            Stream = new FdStream(fd, this, reads);
        }

        internal FdStream Stream { get; }

        void IFdStreamOwner.InputReady() => _end.InputReady();

        void IFdStreamOwner.RoomAgain() => _end.Owner!.RoomAgain();

        void IFdStreamOwner.Gone(FdStream stream) => _end.Gone(stream);
    }
}
