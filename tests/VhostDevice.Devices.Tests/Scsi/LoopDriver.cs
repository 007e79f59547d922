// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.Devices.Tests.Scsi;

/// <summary>
/// Keeps commands on all request queues, any slot on any queue: each slot has blocks of its own, which are written,
/// read, compared and written by turns, so that it is known what a read has to find.
/// </summary>
internal sealed class LoopDriver
{
    private readonly FrontEndDevice _guest;
    private readonly int _blocks;
    private readonly Random _random;
    private readonly Slot[] _slots;
    private readonly Dictionary<(int Queue, ushort Id), Slot> _out = [];

    internal LoopDriver(FrontEndDevice guest, int slots, int blocksPerSlot, Random random)
    {
        _guest = guest;
        _blocks = blocksPerSlot;
        _random = random;
        _slots =
        [
            .. Enumerable.Range(0, slots)
                .Select(
                    i =>
                        new Slot(i * blocksPerSlot, guest.Memory.Allocate((ulong)Size), new byte[blocksPerSlot * 512])),
        ];
    }

    /// <summary>Reads that found what they had to.</summary>
    internal int Verified { get; private set; }

    internal int Aborted { get; private set; }

    internal int Attentions { get; private set; }

    private int Bytes => _blocks * 512;

    // Head, answer, and data to send: one and a half blocks for COMPARE AND WRITE, the whole slot for a write.
    private int Size => 1024 + Bytes;

    /// <summary>Sends a command; false: there was no room, or the slot that was drawn is at work.</summary>
    internal bool Send()
    {
        Slot slot = _slots[_random.Next(_slots.Length)];
        if (slot.IsOut)
            return false;
        int queue = _random.Next(2, _guest.Queues.Count);
        int what = _random.Next(8);
        byte[] head;
        slot.Next = null;
        if (what < 3)
        {
            slot.Next = new byte[Bytes];
            _random.NextBytes(slot.Next);
            head = Head($"2A 00 {slot.Block:X8} 00 {_blocks:X4} 00");
            slot.Next.CopyTo(_guest.Memory.Span(slot.At + 1024, Bytes));
        }
        else if (what == 3)
        {
            // Nothing comes between its parts: it waits for all queues.
            byte[] pair = new byte[1024];
            slot.Content.AsSpan(0, 512).CopyTo(pair);
            _random.NextBytes(pair.AsSpan(512));
            slot.Next = [.. pair.AsSpan(512), .. slot.Content.AsSpan(512)];
            head = Head($"89 00 {slot.Block:X16} 00 00 00 01 00 00");
            pair.CopyTo(_guest.Memory.Span(slot.At + 1024, Bytes));
        }
        else
        {
            head = Head($"28 00 {slot.Block:X8} 00 {_blocks:X4} 00");
            _guest.Memory.Span(slot.At + 1024, Bytes).Fill(0xEE);
        }

        _guest.Memory.Write(slot.At, head);
        _guest.Memory.Span(slot.At + 512, ScsiGuest.AnswerSize).Fill(0xEE);
        uint sent = slot.Next is null ? 0 : what == 3 ? 1024u : (uint)Bytes;
        bool added = slot.Next is null
            ? _guest.Queues[queue].TryAdd(
                [
                    DriverBuffer.Readable(slot.At, (uint)head.Length),
                    DriverBuffer.Writable(slot.At + 512, ScsiGuest.AnswerSize),
                    DriverBuffer.Writable(slot.At + 1024, (uint)Bytes),
                ],
                out ushort id)
            : _guest.Queues[queue].TryAdd(
                [
                    DriverBuffer.Readable(slot.At, (uint)head.Length), DriverBuffer.Readable(slot.At + 1024, sent),
                    DriverBuffer.Writable(slot.At + 512, ScsiGuest.AnswerSize),
                ],
                out id);
        if (!added)
            return false;
        slot.IsOut = true;
        slot.WritesAll = what < 3;
        _out.Add((queue, id), slot);
        _guest.Queues[queue].Submit();
        return true;
    }

    internal void Look()
    {
        for (int queue = 2; queue < _guest.Queues.Count; queue++)
        {
            while (_guest.Queues[queue].TryPop(out UsedChain used))
            {
                Assert.True(_out.Remove((queue, used.Id), out Slot? slot), $"queue {queue} answers {used.Id}, which is not out");
                slot.IsOut = false;
                End(slot);
            }
        }
    }

    internal void Finish()
    {
        long end = Environment.TickCount64 + 20_000;
        while (_out.Count > 0)
        {
            Look();
            Assert.True(Environment.TickCount64 < end, $"{_out.Count} commands were not answered");
        }
    }

    internal void CheckFile(byte[] file)
    {
        foreach (Slot slot in _slots.Where(s => s.IsKnown))
            Assert.True(file.AsSpan(slot.Block * 512, Bytes).SequenceEqual(slot.Content), $"the file differs from block {slot.Block} on");
    }

    private byte[] Head(string cdb) =>
        ScsiGuest.Head(
            cdb, "0100400000000000", (ulong)_random.Next(), (byte)(_random.Next(12) switch { 0 => 1, 1 => 2, _ => 0 }));

    private void End(Slot slot)
    {
        ReadOnlySpan<byte> answer = _guest.Memory.Span(slot.At + 512, ScsiGuest.AnswerSize);
        byte[]? written = slot.Next;
        if (answer[11] is 2 or 4)
        {
            Aborted++;
            // Nobody knows how far a write came.
            slot.IsKnown &= written is null;
            return;
        }

        Assert.Equal(0, answer[11]);
        if (answer[10] != 0)
        {
            Assert.Equal(2, answer[10]);
            int sense = BinaryPrimitives.ReadUInt16BigEndian(answer[24..]);
            // A miscompare needs content that is not known; all else was a reset.
            if (sense == 0x1D00)
                Assert.False(slot.IsKnown);
            else
                Assert.Equal(0x2903, sense);
            Attentions++;
            return;
        }

        if (written is null)
        {
            ReadOnlySpan<byte> data = _guest.Memory.Span(slot.At + 1024, Bytes);
            if (slot.IsKnown)
            {
                Assert.True(data.SequenceEqual(slot.Content), $"block {slot.Block} has other content");
                Verified++;
            }

            data.CopyTo(slot.Content);
            slot.IsKnown = true;
            return;
        }

        written.CopyTo(slot.Content, 0);
        slot.IsKnown |= slot.WritesAll;
    }

    private sealed class Slot(int block, ulong at, byte[] content)
    {
        internal int Block => block;

        internal ulong At => at;

        internal byte[] Content => content;

        /// <summary>What the blocks have after the command that is out; null: what they had.</summary>
        internal byte[]? Next { get; set; }

        internal bool WritesAll { get; set; }

        internal bool IsOut { get; set; }

        internal bool IsKnown { get; set; } = true;
    }
}
