// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using CsCheck;
using VhostDevice.Virtio.Memory;
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Memory;

/// <summary>One bit for each 4096 bytes of guest memory, little endian, set while somebody else clears.</summary>
public sealed unsafe class DirtyLogTests
{
    [Theory]
    [InlineData(0, 1, new[] { 0 })]
    [InlineData(0xfff, 1, new[] { 0 })]
    [InlineData(0xfff, 2, new[] { 0, 1 })]
    [InlineData(0x1000, 0x1000, new[] { 1 })]
    [InlineData(0x7000, 0x2001, new[] { 7, 8, 9 })]
    [InlineData(0x1f800, 0x1000, new[] { 31, 32 })]
    [InlineData(0x5000, 0, new int[0])]
    public void Each_page_of_the_range_is_marked(ulong address, ulong length, int[] pages)
    {
        using Bits bits = new(64, 0);
        bits.Log.Mark(address, length);
        Assert.Equal(pages, bits.Pages());
        Assert.Equal(pages.Length > 0, bits.Log.TakeNews());
        Assert.False(bits.Log.HasNews);
    }

    [Fact]
    public void Any_range_in_any_place_marks_its_pages_and_no_other_byte() =>
        Gen.Select(Gen.Int[0, 8], Gen.Int[1, 40], Gen.ULong[0, 1 << 21], Gen.ULong[1, 1 << 21]).Sample((skew, bytes, address, length) =>
        {
            using Bits bits = new(bytes, skew);
            bits.Log.Mark(address, length);
            int[] expected = [.. Enumerable.Range(0, bytes * 8).Where(p => p >= (int)(address >> 12) && p <= (int)((address + length - 1) >> 12))];
            Assert.Equal(expected, bits.Pages());
            bits.AssertNothingBeside();
        });

    [Fact]
    public void What_it_is_too_short_for_is_left_out_and_said_once()
    {
        List<ulong> missed = [];
        using Bits bits = new(2, 0, missed.Add);
        bits.Log.Mark(0xf000, 0x3000);
        bits.Log.Mark(0x10000, 1);
        bits.Log.Mark(ulong.MaxValue, ulong.MaxValue);
        bits.Log.Mark(0xe000, ulong.MaxValue);
        Assert.Equal([14, 15], bits.Pages());
        Assert.Equal([0x10000UL], missed);
        bits.AssertNothingBeside();

        using Bits next = new(1, 0);
        bits.Log.Open(next.Start, 1, null);
        bits.Log.Mark(0x8123, 1);
        Assert.Equal([0x10000UL, 0x8123UL], missed);
    }

    [Fact]
    public void Without_a_bitmap_nothing_happens()
    {
        CountingBacking backing = new(64);
        using DirtyLog log = new();
        log.Mark(0, 1 << 20);
        log.Open(backing.Host, 64, backing);
        log.Mark(0, 1);
        log.Open(null, 0, null);
        Assert.Equal(1, backing.Disposals);
        log.Mark(0, 1 << 20);
        Assert.False(log.IsOpen);
    }

    [Fact]
    public void No_mark_is_lost_to_one_who_takes_them_meanwhile()
    {
        using Bits bits = new(8, 0);
        const int rounds = 20_000;
        ulong taken = 0;
        using ManualResetEventSlim done = new();
        Thread taker = new(() =>
        {
            ref ulong word = ref *(ulong*)bits.Start;
            bool last;
            do
            {
                last = done.IsSet;
                taken += (ulong)System.Numerics.BitOperations.PopCount(Interlocked.Exchange(ref word, 0));
            }
            while (!last);
        });
        taker.Start();
        ulong marked = 0;
        for (int i = 0; i < rounds; i++)
        {
            // A page that is marked only when its former mark was taken: then every mark counts.
            ulong page = (ulong)(i % 64);
            while ((Volatile.Read(ref bits.Start[page / 8]) & (1 << (int)(page % 8))) != 0)
                Thread.Yield();
            bits.Log.Mark(page << 12, 1);
            marked++;
        }

        done.Set();
        taker.Join();
        Assert.Equal(marked, taken);
    }

    /// <summary>A bitmap somewhere in memory that is all ones around it.</summary>
    private sealed class Bits : IDisposable
    {
        private const int Around = 16;
        private readonly byte* _memory;
        private readonly int _bytes;
        private readonly int _total;

        internal Bits(int bytes, int skew, Action<ulong>? missed = null)
        {
            _bytes = bytes;
            _total = Around + skew + bytes + Around;
            _memory = (byte*)NativeMemory.AlignedAlloc((nuint)_total, 8);
            new Span<byte>(_memory, _total).Fill(0xa5);
            Start = _memory + Around + skew;
            new Span<byte>(Start, bytes).Clear();
            Log = new DirtyLog(missed);
            Log.Open(Start, (ulong)bytes, null);
        }

        internal DirtyLog Log { get; }

        internal byte* Start { get; }

        internal int[] Pages()
        {
            List<int> pages = [];
            for (int i = 0; i < _bytes * 8; i++)
            {
                if ((Start[i / 8] & (1 << (i % 8))) != 0)
                    pages.Add(i);
            }

            return [.. pages];
        }

        internal void AssertNothingBeside()
        {
            Assert.DoesNotContain(new Span<byte>(_memory, (int)(Start - _memory)).ToArray(), b => b != 0xa5);
            Assert.DoesNotContain(new Span<byte>(Start + _bytes, (int)(_memory + _total - (Start + _bytes))).ToArray(), b => b != 0xa5);
        }

        public void Dispose()
        {
            Log.Dispose();
            NativeMemory.AlignedFree(_memory);
        }
    }
}
