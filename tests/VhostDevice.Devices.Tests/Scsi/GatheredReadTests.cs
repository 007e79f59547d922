// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scsi.Storage;
using VhostDevice.Linux;
using VhostDevice.TestKit;
using Xunit;

namespace VhostDevice.Devices.Tests.Scsi;

/// <summary>Reads that the page cache answers: one alone at once, those of a turn together.</summary>
[Collection(DeviceCollection.Name)]
public sealed unsafe class GatheredReadTests : LeakChecked
{
    private const int Page = 4096;
    private const int Pages = 300; // more than a ring has places, and than are handed over together

    /// <summary>As many as in the turn before are expected: few are read at once, each; many together, but for the first.</summary>
    [Theory]
    [InlineData("ring", new[] { Pages, Pages, 12, 12, 4, 4, 8, 8, 24, 24 }, new[] { 0, Pages - 1, 11, 12, 4, 0, 0, 8, 24, 23 })]
    [InlineData("threads", new[] { Pages, Pages, 12, 12 }, new[] { 0, 0, 0, 0 })]
    public void Reads_of_a_turn_go_together(string kind, int[] turns, int[] together)
    {
        using Place place = new(kind);
        Read[] all = [.. Enumerable.Range(0, Pages).Select(static i => new Read(i * Page))];
        for (int turn = 0; turn < turns.Length; turn++)
        {
            Read[] reads = all[..turns[turn]];
            int later = 0;
            place.Thread.Invoke(() => later = reads.Count(r => !place.Submit(r)));
            Assert.Equal((turn, together[turn]), (turn, later));
            place.WaitFor(reads);
            Assert.All(reads, r => Assert.Equal(Errno.Success, r.Ended));
            Assert.All(reads, r => Assert.Equal(place.Content[r.At..(r.At + Page)], r.Data));
        }
    }

    [Fact]
    public void One_alone_is_read_at_once_however_many_there_were()
    {
        using Place place = new("ring");
        Read read = new(7 * Page);
        for (int i = 0; i < 100; i++)
        {
            place.Thread.Invoke(() => Assert.True(place.Submit(read)));
            Assert.Equal(place.Content[(7 * Page)..(8 * Page)], read.Data);
        }
    }

    /// <summary>As of a driver that adds one after each answer, in a turn that goes on.</summary>
    [Fact]
    public void The_last_one_is_read_at_once_unless_others_wait_to_be_handed_over()
    {
        using Place place = new("ring");
        Read first = new(0);
        Read[] alone = [.. Enumerable.Range(1, 100).Select(static i => new Read(i * Page) { IsLastOne = true })];
        Read[] together = [new(101 * Page), new(102 * Page) { IsLastOne = true }];
        place.ExpectMany();
        place.Thread.Invoke(() =>
        {
            Assert.True(place.Submit(first));
            Assert.All(alone, r => Assert.True(place.Submit(r)));
            Assert.All(together, r => Assert.False(place.Submit(r)));
        });
        place.WaitFor(together);
        Assert.All([.. alone, .. together], r => Assert.Equal(place.Content[r.At..(r.At + Page)], r.Data));
    }

    [Fact]
    public void Each_ends_as_it_would_alone()
    {
        using Place place = new("ring");
        place.ExpectMany();
        // Behind the end there is nothing; one read begins before it. And a hole is zeroes.
        Read[] reads = [new(0), new(0), new(100 * Page), new(99 * Page, 2), new(50 * Page), new(Page)];
        place.Cut(100 * Page);
        place.Punch(50 * Page, Page);
        place.Thread.Invoke(() => Assert.Equal(1, reads.Count(place.Submit)));
        place.WaitFor(reads);
        Errno[] expected = [Errno.Success, Errno.Success, Errno.EIO, Errno.EIO, Errno.Success, Errno.Success];
        Assert.Equal(expected, reads.Select(static r => r.Ended!.Value));
        Assert.Equal(-1, reads[4].Data.AsSpan().IndexOfAnyExcept((byte)0));
        Assert.Equal(place.Content[Page..(2 * Page)], reads[5].Data);
    }

    /// <summary>A file on a disk and in the page cache, and a loop with its engine.</summary>
    private sealed class Place : IDisposable
    {
        private readonly string _path = $"/var/tmp/scsi-gathered-{Guid.NewGuid():N}";
        private readonly IIoEngine _engine;
        private readonly FileStore _store;

        internal Place(string kind)
        {
            _engine = new ThreadEngine();
            if (kind == "ring")
            {
                _engine.Dispose();
                Assert.SkipWhen(RingEngine.Create(out RingEngine? ring).IsError, "no io_uring here");
                _engine = ring!;
            }

            new Random(9).NextBytes(Content);
            File.WriteAllBytes(_path, Content);
            _store = FileStore.Open(_path, default, _engine, out string problem)!;
            Assert.True(_store is not null, problem);
            Thread.Invoke(() => _engine.Attach(Thread.Loop));
        }

        internal LoopThread Thread { get; } = new();

        internal byte[] Content { get; } = new byte[Pages * Page];

        /// <summary>Has a turn with many reads.</summary>
        internal void ExpectMany()
        {
            Read[] many = [.. Enumerable.Range(0, 30).Select(static i => new Read(i * Page))];
            Thread.Invoke(() => Assert.All(many, r => Assert.True(Submit(r))));
        }

        internal bool Submit(Read read)
        {
            read.Ended = null;
            bool done = _store.Submit(read.Again());
            if (done)
                read.Ended = read.Error;
            return done;
        }

        internal void WaitFor(Read[] reads)
        {
            bool all = false;
            Assert.True(SpinWait.SpinUntil(
                () =>
                {
                    Thread.Invoke(() => all = Array.TrueForAll(reads, static r => r.Ended is not null));
                    return all;
                },
                TimeSpan.FromSeconds(20)));
        }

        internal void Cut(long length)
        {
            using FileStream file = File.OpenWrite(_path);
            file.SetLength(length);
        }

        internal void Punch(ulong offset, ulong length)
        {
            using FileStream file = File.OpenWrite(_path);
            DiskIo.Allocate((int)file.SafeFileHandle.DangerousGetHandle(), AllocateMode.PunchHole, offset, length).Ok();
        }

        public void Dispose()
        {
            Thread.Invoke(_engine.Dispose);
            Thread.Dispose();
            _store.Dispose();
            File.Delete(_path);
        }
    }

    /// <summary>A read of pages.</summary>
    private sealed class Read(int at, int pages = 1) : BlockRequest
    {
        private readonly byte[] _memory = GC.AllocateArray<byte>(pages * Page, pinned: true);

        internal Errno? Ended { get; set; }

        internal bool IsLastOne { get; init; }

        public override bool IsLast => IsLastOne;

        internal byte[] Data => _memory;

        internal int At => at;

        internal Read Again()
        {
            Operation = BlockOperation.Read;
            Offset = (ulong)at;
            Length = (ulong)_memory.Length;
            ClearPieces();
            Array.Fill(_memory, (byte)0xEE);
            fixed (byte* p = _memory)
                AddPiece(new IoVec(p, (nuint)_memory.Length));
            return this;
        }

        protected override void Done() => Ended = Error;
    }
}
