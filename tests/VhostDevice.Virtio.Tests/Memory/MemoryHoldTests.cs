// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.Virtio.Memory;
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Memory;

/// <summary>Places in guest memory that a device finds by itself and keeps.</summary>
public sealed unsafe class MemoryHoldTests
{
    private const ulong Low = 0x10000;
    private const ulong Next = Low + 0x1000;
    private const ulong High = 0x100000;

    [Fact]
    public void A_range_is_found_piece_by_piece_across_regions()
    {
        TestGuest guest = new((Low, 0x1000), (Next, 0x1000), (High, 0x1000));
        using MemoryHold hold = guest.Memory.Hold(null);
        IoVec[] pieces = new IoVec[4];
        Translation found = hold.Translate(Next - 0x10, 0x30, MemoryAccess.Write, pieces);
        Assert.Equal((TranslationOutcome.Found, 2), (found.Outcome, found.Pieces));
        Assert.Equal(((nint)guest.Regions[0].Host + 0xff0, (nuint)0x10), ((nint)pieces[0].Base, pieces[0].Length));
        Assert.Equal(((nint)guest.Regions[1].Host, (nuint)0x20), ((nint)pieces[1].Base, pieces[1].Length));
    }

    [Theory]
    [InlineData(Low - 1, 1UL)]
    [InlineData(Next + 0xfff, 2UL)]
    [InlineData(Low, 0x3000UL)]
    [InlineData(Low, ulong.MaxValue)]
    [InlineData(ulong.MaxValue, 2UL)]
    [InlineData(ulong.MaxValue, ulong.MaxValue)]
    public void What_is_not_all_guest_memory_is_outside(ulong address, ulong length)
    {
        TestGuest guest = new((Low, 0x1000), (Next, 0x1000), (High, 0x1000));
        using MemoryHold hold = guest.Memory.Hold(null);
        Assert.Equal(TranslationOutcome.Outside, hold.Translate(address, length, MemoryAccess.Read, new IoVec[8]).Outcome);
    }

    [Fact]
    public void Nothing_is_found_anywhere_and_too_many_pieces_are_said_so()
    {
        TestGuest guest = new((Low, 0x1000), (Next, 0x1000));
        using MemoryHold hold = guest.Memory.Hold(null);
        Assert.True(hold.Translate(5, 0, MemoryAccess.Read, []).IsFound);
        Assert.Equal(TranslationOutcome.TooManyPieces, hold.Translate(Low, 0x1001, MemoryAccess.Read, new IoVec[1]).Outcome);
        Assert.Equal(TranslationOutcome.TooManyPieces, hold.Translate(Low, 1, MemoryAccess.Read, []).Outcome);
    }

    [Fact]
    public void Behind_an_IOMMU_what_is_missing_is_told_apart_from_what_is_nowhere()
    {
        TestGuest guest = new((Low, 0x2000));
        Iotlb iotlb = new();
        Assert.True(GuestMemory.TryCreate([guest.Regions[0]], iotlb, out GuestMemory memory, out _));
        using MemoryHold hold = memory.Hold(null);
        IoVec[] pieces = new IoVec[4];
        Translation missing = hold.Translate(0x5000, 0x1800, MemoryAccess.Write, pieces);
        Assert.Equal((TranslationOutcome.Missing, new IotlbMiss(0x5000, MemoryAccess.Write)), (missing.Outcome, missing.Miss));

        iotlb.TryAdd(0x5000, 0x1000, guest.Regions[0].UserAddress + 0x1000, MemoryAccess.ReadWrite);
        missing = hold.Translate(0x5000, 0x1800, MemoryAccess.Write, pieces);
        Assert.Equal((TranslationOutcome.Missing, new IotlbMiss(0x6000, MemoryAccess.Write)), (missing.Outcome, missing.Miss));

        iotlb.TryAdd(0x6000, 0x1000, guest.Regions[0].UserAddress, MemoryAccess.Read);
        Assert.Equal(TranslationOutcome.Missing, hold.Translate(0x6000, 1, MemoryAccess.Write, pieces).Outcome);
        Assert.Equal(2, hold.Translate(0x5000, 0x1800, MemoryAccess.Read, pieces).Pieces);
        Assert.Equal((nint)guest.Regions[0].Host + 0x1000, (nint)pieces[0].Base);
        Assert.Equal((nint)guest.Regions[0].Host, (nint)pieces[1].Base);

        iotlb.TryAdd(0x7000, 0x1000, 0x1234_0000, MemoryAccess.ReadWrite);
        Assert.Equal(TranslationOutcome.Outside, hold.Translate(0x7000, 1, MemoryAccess.Read, pieces).Outcome);
        Assert.False(iotlb.TakeMiss(out _));
        memory.Release();
    }

    [Fact]
    public void Regions_stay_until_the_last_hold_ends_whichever_thread_ends_it()
    {
        TestGuest guest = new((Low, 0x1000), (High, 0x1000));
        MemoryHold first = guest.Memory.Hold(null);
        MemoryHold second = guest.Memory.Hold(null);
        GuestMemory next = guest.Snapshot(guest.Regions[0]);
        guest.Memory.Release();
        Assert.True(first.Translate(Low, 8, MemoryAccess.Read, new IoVec[1]).IsFound);
        first.Dispose();
        first.Dispose();
        Assert.Equal(0, guest.Disposals);
        Thread other = new(second.Dispose);
        other.Start();
        other.Join();
        Assert.Equal([1, 0], guest.Backings.Select(static b => b.Disposals));
        next.Release();
        Assert.Equal([1, 1], guest.Backings.Select(static b => b.Disposals));
    }

    [Fact]
    public void Holds_that_end_on_many_threads_let_go_once()
    {
        for (int round = 0; round < 50; round++)
        {
            TestGuest guest = new((Low, 0x1000));
            MemoryHold[] holds = [.. Enumerable.Range(0, 64).Select(_ => guest.Memory.Hold(null))];
            guest.Memory.Release();
            Parallel.ForEach(holds, static h => h.Dispose());
            Assert.Equal(1, guest.Disposals);
        }
    }

    [Fact]
    public void A_hold_that_has_ended_finds_nothing_more()
    {
        TestGuest guest = new((Low, 0x1000));
        MemoryHold hold = guest.Memory.Hold(null);
        hold.Dispose();
        Assert.Throws<ObjectDisposedException>(() => hold.Translate(Low, 1, MemoryAccess.Read, new IoVec[1]));
        Assert.Throws<ObjectDisposedException>(() => hold.MarkWritten([]));
    }

    [Fact]
    public void What_was_written_is_marked_by_guest_address_while_there_is_a_log()
    {
        TestGuest guest = new((Low, 0x1000), (High, 0x2000));
        Owner owner = new();
        using MemoryHold hold = guest.Memory.Hold(owner);
        IoVec[] pieces = new IoVec[1];
        Assert.True(hold.Translate(High + 0xff8, 16, MemoryAccess.Write, pieces).IsFound);
        hold.MarkWritten(pieces);
        Assert.Equal(0, owner.Told);
        byte[] bits = GC.AllocateArray<byte>(64, pinned: true);
        fixed (byte* p = bits)
            owner.Log.Open(p, (ulong)bits.Length, null);
        owner.WriteLog = owner.Log;
        hold.MarkWritten(pieces);
        Assert.Equal(1, owner.Told);
        Assert.Equal(3, bits[0x100 / 8]);
        Assert.Equal(3, bits.Sum(static b => b));
    }

    private sealed class Owner : IMemoryOwner
    {
        public DirtyLog Log { get; } = new();

        public DirtyLog? WriteLog { get; set; }

        public int Told { get; private set; }

        public void WritesMarked() => Told++;
    }
}
