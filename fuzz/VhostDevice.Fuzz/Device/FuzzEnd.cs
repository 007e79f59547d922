// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Console.Ends;
using VhostDevice.Linux;

namespace VhostDevice.Fuzz.Device;

/// <summary>A host's end of a port that takes as much as a script says, and sends bytes of which each is one more than the last.</summary>
internal sealed unsafe class FuzzEnd : PortEnd
{
    private bool _isOpen = true;
    private nuint _room = nuint.MaxValue;
    private int _input;
    private byte _value;

    public override string Description => "script";

    public override bool IsOpen => _isOpen;

    internal int Taken { get; private set; }

    public override nuint Write(ReadOnlySpan<IoVec> pieces, nuint bytes)
    {
        nuint sum = 0;
        foreach (IoVec piece in pieces)
            sum += piece.Length;
        Promise.Keep(sum == bytes && bytes > 0, "what is to be written is what the pieces have");
        nuint taken = Math.Min(bytes, _room);
        if (_room != nuint.MaxValue)
            _room -= taken;
        Taken += (int)taken;
        return taken;
    }

    public override nuint Read(ReadOnlySpan<IoVec> pieces)
    {
        nuint done = 0;
        foreach (IoVec piece in pieces)
        {
            for (nuint i = 0; i < piece.Length && _input > 0; i++, done++, _input--)
                piece.Base[i] = _value++;
        }

        return done;
    }

    internal void Send(int bytes)
    {
        _input += bytes;
        if (Owner is not null && Wish == InputWish.Now)
            Owner.InputReady();
    }

    /// <param name="room">Bytes; 255: as many as come.</param>
    internal void MakeRoom(int room)
    {
        _room = room == 255 ? nuint.MaxValue : (nuint)room;
        Owner?.RoomAgain();
    }

    internal void SetOpen(bool isOpen)
    {
        _isOpen = isOpen;
        Owner?.OpenChanged();
    }
}
