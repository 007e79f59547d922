// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Devices.Console.Ends;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Console.Clients;

/// <summary>
/// <c>console attach</c>: the user's terminal is the guest's. It is raw meanwhile, and as it was before at each end that this
/// process sees.
/// </summary>
/// <param name="escape">The key that leaves; null: none.</param>
/// <param name="mayWrite">Keys go to the guest.</param>
internal sealed class AttachRun(byte? escape, string escapeName, bool mayWrite, Recording? recording) : ClientRun, IFdStreamOwner
{
    private const int SIGWINCH = 28;

    private readonly byte[] _typed = new byte[ConsoleClient.MostIn];
    private Terminal? _terminal;
    private TerminalKeeper? _keeper;
    private FdStream? _input;
    private PosixSignalRegistration? _resized;
    private bool _mayWrite = mayWrite;
    private int _count;

    public override void Began(string port)
    {
        if (Terminal.Open(0, out _terminal).IsSuccess)
        {
            Notes.Write($"attached to {port}{(_mayWrite ? "" : " to read")}; {escapeName} leaves");
            AppDomain.CurrentDomain.ProcessExit += Restore;
            _keeper = TerminalKeeper.Start(_terminal!, 0);
            _ = _terminal!.SetRaw();
            _resized = PosixSignalRegistration.Create((PosixSignal)SIGWINCH, _ => Loop.Post(Resize));
        }

        _input = new FdStream(OwnStream.Open(0, write: false), this) { Wish = InputWish.Now };
        _ = _input.Start(Loop);
    }

    public override void Wrote(ReadOnlySpan<byte> bytes)
    {
        recording?.Output(bytes);
        base.Wrote(bytes);
    }

    public override void Lost(long bytes) => Note($"{bytes} bytes were lost: this end was too slow");

    public override void Stolen()
    {
        _mayWrite = false;
        Note("somebody else writes from now on");
    }

    public override void RoomAgain()
    {
        Pass();
        if (_input is not null && _count == 0)
            _input.Wish = InputWish.Now;
    }

    public override void Ended(string? problem)
    {
        Back();
        base.Ended(problem);
    }

    void IFdStreamOwner.InputReady()
    {
        if (_count > 0)
            return;
        Span<byte> typed = _typed.AsSpan(0, ReadInput());
        if (escape is { } key && _terminal is not null && typed.IndexOf(key) is >= 0 and int at)
        {
            typed = typed[..at];
            Leave();
        }

        _count = _mayWrite ? typed.Length : 0;
        Pass();
        if (_count > 0 && _input is not null)
            _input.Wish = InputWish.Later;
    }

    void IFdStreamOwner.RoomAgain()
    {
    }

    // A terminal that is gone is the end; a file that was read is not.
    void IFdStreamOwner.Gone(FdStream stream)
    {
        stream.Dispose();
        _input = null;
        if (_terminal is not null)
            End(0);
    }

    protected override void Dispose(bool disposing)
    {
        Back();
        _resized?.Dispose();
        _input?.Dispose();
        recording?.Dispose();
        base.Dispose(disposing);
    }

    private unsafe int ReadInput()
    {
        fixed (byte* p = _typed)
        {
            IoVec piece = new(p, (nuint)_typed.Length);
            return (int)(_input?.Read(new ReadOnlySpan<IoVec>(in piece)) ?? 0);
        }
    }

    private void Pass()
    {
        int sent = Session.Send(_typed.AsSpan(0, _count));
        _typed.AsSpan(sent, _count - sent).CopyTo(_typed);
        _count -= sent;
    }

    private void Leave()
    {
        Back();
        End(0);
    }

    private void Resize()
    {
        if (Terminal.Size(1, out WindowSize size).IsError || size.Columns == 0)
            return;
        Session.Resize(size);
        recording?.Resized(size);
    }

    private void Note(string text)
    {
        if (_terminal is not null)
            Notes.Write("\r\n" + text + "\r");
    }

    private void Back()
    {
        if (_terminal is null)
            return;
        AppDomain.CurrentDomain.ProcessExit -= Restore;
        _ = _terminal.Restore();
        _terminal = null;
        _keeper?.Dispose();
        Notes.Write("");
    }

    private void Restore(object? sender, EventArgs e) => _ = _terminal?.Restore();
}
