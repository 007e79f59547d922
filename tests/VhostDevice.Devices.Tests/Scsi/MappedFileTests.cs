// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scsi.Storage;
using VhostDevice.Linux;
using VhostDevice.TestKit;
using Xunit;

namespace VhostDevice.Devices.Tests.Scsi;

/// <summary>Files in memory that are mapped: what is there is copied, holes stay holes.</summary>
[Collection(DeviceCollection.Name)]
public sealed unsafe class MappedFileTests : LeakChecked
{
    private const int Page = 4096;
    private const int Pages = 1200; // more than two of the stretches that are looked at together
    private const int Length = Pages * Page;

    [Fact]
    public void The_file_is_what_the_operations_make_of_it()
    {
        using Place place = new();
        using (FileStream file = File.Create(place.Path))
            file.SetLength(Length);
        byte[] model = new byte[Length];
        using FileStore store = place.Open();
        TestRequest request = new();
        Random random = new(8);
        for (int i = 0; i < 4000; i++)
        {
            int at = random.Next(Length / 512) * 512;
            int n = Math.Min(random.Next(1, 1 + (random.Next(8) == 0 ? 2000 : 20)) * 512, Length - at);
            BlockOperation operation = random.Next(7) switch { < 3 => BlockOperation.Read, < 6 => BlockOperation.Write, _ => BlockOperation.Discard };
            byte[] data = request.Fill(operation, at, n, random);
            Assert.True(store.Submit(request));
            Assert.Equal(Errno.Success, request.Error);
            switch (operation)
            {
                case BlockOperation.Read:
                    Assert.True(request.Collect(n).AsSpan().SequenceEqual(model.AsSpan(at, n)), $"{n} bytes at {at} in step {i}");
                    break;
                case BlockOperation.Write:
                    data.CopyTo(model, at);
                    break;
                default:
                    model.AsSpan(at, n).Clear();
                    break;
            }
        }

        Assert.Equal(1, place.Guard.Added);
        Assert.True(File.ReadAllBytes(place.Path).AsSpan().SequenceEqual(model));
    }

    [Fact]
    public void A_hole_that_is_read_stays_one()
    {
        using Place place = new();
        using (FileStream file = File.Create(place.Path))
            file.SetLength(Length);
        using FileStore store = place.Open();
        TestRequest request = new();
        Write(store, request, 700 * Page, Page);
        for (int at = 0; at < Length; at += 100 * Page)
            Assert.True(Read(store, request, at, 100 * Page).AsSpan().IndexOfAnyExcept((byte)0) < 0 || at == 700 * Page);
        Assert.Equal(700ul * Page, store.Extent(0, out bool isHole));
        Assert.True(isHole);
        Assert.Equal(701ul * Page, store.Extent(700 * Page, out isHole));
        Assert.False(isHole);

        // What was given back is a hole again.
        _ = request.Fill(BlockOperation.Discard, 700 * Page, Page, Random.Shared);
        Assert.True(store.Submit(request));
        _ = Read(store, request, 700 * Page, Page);
        Assert.Equal((ulong)Length, store.Extent(0, out isHole));
        Assert.True(isHole);
    }

    [Fact]
    public void A_file_that_is_lost_is_asked_by_system_calls()
    {
        using Place place = new();
        File.WriteAllBytes(place.Path, new byte[Length]);
        using FileStore store = place.Open();
        TestRequest request = new();
        Write(store, request, 0, Page);
        place.Guard.Lose();
        // Told as it was before, by whoever knows.
        using (FileStream file = File.OpenWrite(place.Path))
            file.SetLength(Page);
        Assert.Equal(request.Written, Read(store, request, 0, Page));
        _ = request.Fill(BlockOperation.Read, Page, Page, Random.Shared);
        Assert.True(store.Submit(request));
        Assert.Equal(Errno.EIO, request.Error);
        Write(store, request, Page, Page);
        Assert.Equal(request.Written, Read(store, request, Page, Page));
        Assert.Equal(1, place.Guard.Added);
    }

    [Fact]
    public void Another_length_is_another_mapping()
    {
        using Place place = new();
        File.WriteAllBytes(place.Path, new byte[Page]);
        using FileStore store = place.Open();
        TestRequest request = new();
        Write(store, request, 0, Page);
        using (FileStream file = File.OpenWrite(place.Path))
            file.SetLength(Length);
        store.Refresh().Ok();
        Write(store, request, Length - Page, Page);
        Assert.Equal(request.Written, Read(store, request, Length - Page, Page));
        Assert.Equal(2, place.Guard.Added);
    }

    [Fact]
    public void A_file_for_reading_only_is_mapped_so()
    {
        using Place place = new();
        File.WriteAllBytes(place.Path, [.. Enumerable.Range(0, 3 * Page).Select(i => (byte)(i / 512))]);
        using FileStore store = place.Open(readOnly: true);
        Assert.Equal(File.ReadAllBytes(place.Path)[512..1024], Read(store, new TestRequest(), 512, 512));
        Assert.Equal(1, place.Guard.Added);
    }

    [Fact]
    public void Without_a_guard_nothing_is_mapped()
    {
        using Place place = new();
        MemoryMapping.Guard = null;
        File.WriteAllBytes(place.Path, new byte[Page]);
        using FileStore store = place.Open();
        TestRequest request = new();
        Write(store, request, 0, Page);
        Assert.Equal(request.Written, Read(store, request, 0, Page));
        Assert.DoesNotContain(File.ReadLines("/proc/self/maps"), l => l.EndsWith(place.Path, StringComparison.Ordinal));
    }

    private static void Write(FileStore store, TestRequest request, int at, int n)
    {
        _ = request.Fill(BlockOperation.Write, at, n, Random.Shared);
        Assert.True(store.Submit(request));
        Assert.Equal(Errno.Success, request.Error);
    }

    private static byte[] Read(FileStore store, TestRequest request, int at, int n)
    {
        _ = request.Fill(BlockOperation.Read, at, n, Random.Shared);
        Assert.True(store.Submit(request));
        Assert.Equal(Errno.Success, request.Error);
        return request.Collect(n);
    }

    /// <summary>A path in memory, with what stores need.</summary>
    private sealed class Place : IDisposable
    {
        private readonly ThreadEngine _engine = new();

        internal StandInGuard Guard { get; } = new();

        internal string Path { get; } = $"/dev/shm/scsi-mapped-{Environment.ProcessId}";

        internal FileStore Open(bool readOnly = false)
        {
            FileStore? store = FileStore.Open(Path, new FileStoreOptions(readOnly, Direct: false), _engine, out string problem);
            Assert.True(store is not null, problem);
            return store;
        }

        public void Dispose()
        {
            _engine.Dispose();
            Guard.Dispose();
            File.Delete(Path);
        }
    }

    /// <summary>An operation on up to four pieces of memory.</summary>
    private sealed class TestRequest : BlockRequest
    {
        private readonly byte[] _memory = GC.AllocateArray<byte>(MappedFileTests.Length, pinned: true);

        /// <summary>What was written last.</summary>
        internal byte[] Written { get; private set; } = [];

        /// <returns>The data of a write.</returns>
        internal byte[] Fill(BlockOperation operation, int at, int length, Random random)
        {
            Operation = operation;
            Offset = (ulong)at;
            Length = (ulong)length;
            ClearPieces();
            random.NextBytes(_memory.AsSpan(0, length));
            if (operation == BlockOperation.Write)
                Written = _memory[..length];
            byte* p = (byte*)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(_memory, 0);
            for (int done = 0; done < length && operation != BlockOperation.Discard;)
            {
                int n = PieceCount == 3 ? length - done : Math.Min(random.Next(1, length + 1), length - done);
                AddPiece(new IoVec(p + done, (nuint)n));
                done += n;
            }

            return _memory[..length];
        }

        internal byte[] Collect(int length) => _memory[..length];

        protected override void Done() => Assert.Fail("In memory everything is done at once.");
    }
}
