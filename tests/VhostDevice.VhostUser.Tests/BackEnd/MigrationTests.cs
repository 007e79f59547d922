// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using Microsoft.Extensions.Logging;
using VhostDevice.TestKit;
using VhostDevice.TestKit.Devices;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>
/// A guest moves from one back-end to another while it works: no byte of its memory is missed, no request is lost and
/// none is served twice.
/// </summary>
[Collection(BackEndCollection.Name)]
public sealed class MigrationTests : LeakChecked
{
    private const int Rounds = 12;

    [Theory]
    [InlineData(16, false)]
    [InlineData(256, false)]
    [InlineData(16, true)]
    [InlineData(200, true)]
    public void A_guest_moves_under_load(int size, bool packed)
    {
        using TestBackEnd<CountingDevice> source = new(() => new CountingDevice());
        using TestBackEnd<CountingDevice> target = new(() => new CountingDevice());
        using FrontEndDevice front = source.Attach(Options(size, packed));
        using Load load = new(front);
        load.Run(50);
        using Migration migration = new(front);
        load.Migration = migration;
        for (int i = 0; i < Rounds; i++)
        {
            load.Run(40);
            load.Submit();
            migration.Round();
        }

        // Some requests are served before the ring stops, and the others wait in it.
        load.Submit();
        front.EnableQueues(false);
        load.Submit();
        uint stopped = front.Connection.GetVringBase(0);
        if (!packed)
            Assert.Equal(front.Queues[0].RingBase, stopped);
        byte[] state = StopAndSave(front);
        migration.Round();
        Assert.Equal(0, migration.Difference());
        Assert.Contains(load.DevicePage, migration.Marked);

        using FrontEndConnection destination = target.Connect();
        destination.LoadState(state);
        migration.Switch(destination);
        load.TakeAll();
        load.Run(100);
        // Every number from the first to the last once, over both back-ends; and both saw all that the driver said.
        Assert.Equal(Enumerable.Range(1, load.Sent).Select(n => (ulong)n), load.Numbers.Order());
        Assert.Equal((ulong)load.Sent, target.With(d => d.Count));
        Assert.Equal(load.Sum, target.With(d => d.Sum));
        Assert.Empty(source.Log.From(LogLevel.Warning));
        Assert.Empty(target.Log.From(LogLevel.Warning));
        Assert.True(target.With(d => d.Count) > 100 && source.With(d => d.Count) > 100);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public void A_mark_that_is_missing_would_show(bool ring, bool packed)
    {
        using TestBackEnd<CountingDevice> source = new(() => new CountingDevice());
        using FrontEndDevice front = source.Attach(Options(16, packed));
        using Load load = new(front);
        using Migration migration = new(front);
        load.Migration = migration;
        migration.Overlooked.Add(ring ? load.DevicePage : load.AnswerPage);
        load.Run(40);
        // The driver's last word is copied before the device has answered it.
        front.EnableQueues(false);
        load.Submit();
        migration.Round();
        front.EnableQueues(true);
        source.Until(d => d.Count == (ulong)load.Sent, "all answered");
        front.Stop();
        migration.Round();
        Assert.NotEqual(0, migration.Difference());
    }

    [Fact]
    public void What_is_in_flight_when_the_ring_stops_is_served_by_the_destination()
    {
        // A device that leaves its requests as they are; what it wrote already is in the copy too.
        using TestBackEnd<HoldingDevice> source = new(() => new HoldingDevice { LetsGo = true });
        using TestBackEnd<HoldingDevice> target = new(() => new HoldingDevice());
        using FrontEndDevice front = source.Attach(TestOptions.Migrating.Suspending());
        using Migration migration = new(front);
        (ushort id, ulong address) = front.Post(0, 0x3000);
        migration.GuestWrites(front.Split(0).Placement.Descriptors, 0x2000);
        source.Until(d => d.Held.Count == 1, "request taken");
        source.With(d => d.Held[0].Chain.Writer().Write(new byte[] { 1, 2, 3 }));
        front.Stop();
        migration.Round();
        Assert.Equal(0, migration.Difference());

        migration.Switch(target.Connect());
        target.Until(d => d.Held.Count == 1, "request taken again");
        target.With(d => d.Complete(0, 0x42));
        Assert.Equal(new UsedChain(id, 256), front.Queues[0].Take());
        Assert.Equal(0x42, front.Memory.Span(address, 1)[0]);
    }

    private static FrontEndDeviceOptions Options(int size, bool packed)
    {
        FrontEndDeviceOptions options = TestOptions.Migrating with { QueueSizes = [(ushort)size], MemorySize = 2 << 20 };
        return packed ? options.Packed() : options;
    }

    private static byte[] StopAndSave(FrontEndDevice front)
    {
        front.Stop();
        return front.Connection.SaveState();
    }

    /// <summary>A driver that sends numbers and keeps what it is told; its questions and answers lie in pages of their own.</summary>
    private sealed class Load : IDisposable
    {
        private const uint AnswerBytes = 3000;

        private readonly FrontEndDevice _front;
        private readonly DriverQueue _queue;
        private readonly Random _random = new(11);
        private readonly Dictionary<ushort, ulong> _answers = [];
        private readonly Stack<ulong> _free = new();
        private readonly ulong _questions;

        internal Load(FrontEndDevice front)
        {
            _front = front;
            _queue = front.Queues[0];
            _questions = front.Memory.Allocate(8UL * _queue.Size, DirtyBitmap.PageSize);
            AnswerPage = front.Memory.Allocate(0x1000UL * _queue.Size, DirtyBitmap.PageSize);
            for (int i = _queue.Size - 1; i >= 0; i--)
                _free.Push(AnswerPage + (0x1000UL * (ulong)i));
        }

        internal Migration? Migration { get; set; }

        internal ulong AnswerPage { get; }

        /// <summary>Where the device writes into the ring.</summary>
        internal ulong DevicePage => _queue is PackedDriverQueue packed ? packed.Placement.Ring : _front.Split(0).Placement.Used;

        internal int Sent { get; private set; }

        internal ulong Sum { get; private set; }

        internal List<ulong> Numbers { get; } = [];

        /// <summary>So many requests, each time as many as fit, not all of which are waited for.</summary>
        internal void Run(int count)
        {
            for (int end = Sent + count; Sent < end;)
            {
                Submit();
                while (_answers.Count > _random.Next(_queue.Size / 2))
                    Take();
            }

            TakeAll();
        }

        internal void Submit()
        {
            for (int n = _random.Next(1, 6); n > 0 && _queue.FreeDescriptors >= 2; n--)
            {
                ulong answer = _free.Pop();
                ulong question = _questions + ((answer - AnswerPage) / 0x1000 * 8);
                ulong value = (ulong)_random.Next();
                _front.Memory.Write(question, BitConverter.GetBytes(value));
                Migration?.GuestWrites(question, 8);
                _answers.Add(_queue.Add(DriverBuffer.Readable(question, 8), DriverBuffer.Writable(answer, AnswerBytes)), answer);
                Sum += value;
                Sent++;
            }

            _queue.Submit();
            RingWritten();
        }

        internal void TakeAll()
        {
            while (_answers.Count > 0)
                Take();
        }

        public void Dispose()
        {
            _front.Memory.Free(_questions);
            _front.Memory.Free(AnswerPage);
        }

        private void Take()
        {
            UsedChain used = _queue.Take();
            RingWritten(descriptors: false);
            Assert.True(_answers.Remove(used.Id, out ulong answer));
            Assert.Equal(AnswerBytes / 16 * 16, used.Length);
            Span<byte> bytes = _front.Memory.Span(answer, (int)used.Length);
            // The device repeats itself to the end of the buffer.
            Assert.Equal(bytes[..16], bytes[^16..]);
            Numbers.Add(BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            _free.Push(answer);
        }

        // What the driver wrote: the table and the available ring, used_event included; or the packed ring and the
        // driver's event suppression. In a packed ring both sides write, so what the device writes after this is what counts.
        private void RingWritten(bool descriptors = true)
        {
            if (Migration is null)
                return;
            if (_queue is PackedDriverQueue packed)
            {
                if (descriptors)
                    Migration.GuestWrites(packed.Placement.Ring, 16UL * _queue.Size);
                Migration.GuestWrites(packed.Placement.DriverEvent, 4);
                return;
            }

            Migration.GuestWrites(_front.Split(0).Placement.Descriptors, 16UL * _queue.Size);
            Migration.GuestWrites(_front.Split(0).Placement.Available, 6 + (2UL * _queue.Size));
        }
    }
}
