// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Fuzz.Ring;

/// <summary>Writes an input of the ring target step by step; the numbers are those of <see cref="RingRun.Step"/>.</summary>
internal sealed class RingInput(byte log2Size = 4, byte features = 3, ushort start = 0, byte layout = 0, byte budget = 64)
{
    private readonly List<byte> _script = [];

    public byte[] Bytes =>
        [log2Size, features, (byte)start, (byte)(start >> 8), layout, budget, checked((byte)_script.Count), .. _script];

    public RingInput Descriptor(byte index, byte landmark, byte length, byte flags = 0, byte next = 0) =>
        Add(0, index, landmark, length, flags, next);

    public RingInput Offer(byte head) => Add(1, head);

    public RingInput AvailableIndex(ushort index) => Add(2, (byte)index, (byte)(index >> 8));

    public RingInput Wishes(byte flags, ushort usedEvent) => Add(3, flags, (byte)usedEvent, (byte)(usedEvent >> 8));

    public RingInput Entry(ushort address, byte landmark, byte length, byte flags = 0, byte next = 0) =>
        Add(4, (byte)address, (byte)(address >> 8), landmark, length, flags, next);

    /// <summary>An entry at an offset from the landmark for tables.</summary>
    public RingInput TableEntry(byte offset, byte landmark, byte length, byte flags = 0, byte next = 0) =>
        Entry((ushort)(0x2800 + offset), landmark, length, flags, next);

    public RingInput Memory(byte mask) => Add(6, mask);

    public RingInput Restart(byte choice) => Add(7, choice, 0, 0);

    public RingInput Late(byte choice) => Add(8, choice);

    public RingInput Use(byte pick, byte pattern) => Add(9, pick, pattern);

    public RingInput Complete(byte pick, byte written) => Add(10, pick, written);

    public RingInput Turn(byte budget) => Add(12, budget);

    public RingInput Pop(byte count) => Add(13, (byte)(count - 1));

    public RingInput Publish() => Add(15);

    public RingInput RequestKicks() => Add(16);

    public RingInput EndTurn() => Add(18, 0);

    public RingInput Serve() => Add(19);

    private RingInput Add(params ReadOnlySpan<byte> step)
    {
        _script.AddRange(step);
        return this;
    }
}
