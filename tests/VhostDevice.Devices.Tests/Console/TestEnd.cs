// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Console.Ends;
using VhostDevice.Linux;
using Xunit;

namespace VhostDevice.Devices.Tests.Console;

/// <summary>A port's end in the test's hands. All on the loop.</summary>
internal sealed unsafe class TestEnd(bool isOpen = true) : PortEnd
{
    private readonly List<byte> _input = [];
    private bool _isOpen = isOpen;

    public override string Description => "test";

    public override bool IsOpen => _isOpen;

    /// <summary>Bytes that it still takes.</summary>
    internal int Room { get; private set; } = int.MaxValue;

    internal List<byte> Written { get; } = [];

    internal int Writes { get; private set; }

    internal int Input => _input.Count;

    internal bool IsDisposed { get; private set; }

    public override nuint Write(ReadOnlySpan<IoVec> pieces, nuint bytes)
    {
        Writes++;
        int taken = 0;
        foreach (IoVec piece in pieces)
        {
            int n = (int)Math.Min(piece.Length, (nuint)(Room - taken));
            Written.AddRange(new ReadOnlySpan<byte>(piece.Base, n));
            taken += n;
        }

        Assert.True((nuint)taken <= bytes);
        if (Room != int.MaxValue)
            Room -= taken;
        return (nuint)taken;
    }

    public override nuint Read(ReadOnlySpan<IoVec> pieces)
    {
        int done = 0;
        foreach (IoVec piece in pieces)
        {
            int n = Math.Min(checked((int)piece.Length), _input.Count - done);
            for (int i = 0; i < n; i++)
                piece.Base[i] = _input[done + i];
            done += n;
        }

        _input.RemoveRange(0, done);
        return (nuint)done;
    }

    internal void Limit(int room) => Room = room;

    internal void MakeRoom(int room)
    {
        Room = room;
        Owner!.RoomAgain();
    }

    internal void SetOpen(bool isOpen)
    {
        _isOpen = isOpen;
        Owner!.OpenChanged();
    }

    internal void Send(ReadOnlySpan<byte> bytes)
    {
        _input.AddRange(bytes);
        if (Wish == InputWish.Now)
            Owner!.InputReady();
    }

    protected override void Dispose(bool disposing)
    {
        IsDisposed = true;
        base.Dispose(disposing);
    }
}
