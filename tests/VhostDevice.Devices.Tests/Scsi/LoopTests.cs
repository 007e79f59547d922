// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scsi.Storage;
using VhostDevice.Devices.Scsi.Target;
using VhostDevice.Linux;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.Devices.Tests.Scsi;

/// <summary>Request queues with a loop each: content, order and the coming and going of units while all of them work.</summary>
[Collection(DeviceCollection.Name)]
public sealed class LoopTests : LeakChecked
{
    private const int Loops = 3;
    private const int Slots = 24;
    private const int BlocksPerSlot = 16;
    private const int Commands = 4000;

    [Theory]
    [InlineData("ring", "/var/tmp", false, 1)]
    [InlineData("threads", "/var/tmp", true, 2)]
    [InlineData("mapped", "/dev/shm", false, 3)]
    [InlineData("mapped", "/dev/shm", true, 4)]
    public void What_each_queue_writes_is_read_through_the_others(string engineName, string folder, bool packed, int seed)
    {
        using StandInGuard? guard = engineName == "mapped" ? new StandInGuard() : null;
        EngineSet engine = new([.. Enumerable.Range(0, Loops).Select(_ => MakeEngine(engineName))]);
        string path = Path.Combine(folder, $"scsi-loops-{Environment.ProcessId}-{seed}");
        File.WriteAllBytes(path, new byte[Slots * BlocksPerSlot * 512]);
        try
        {
            BlockStore store = FileStore.Open(path, new FileStoreOptions(ReadOnly: false, Direct: false), engine, out string problem)!;
            Assert.Equal("", problem);
            using ScsiFixture fixture = new(store, engine, queues: Loops, loops: Loops);
            FrontEndDeviceOptions options = ScsiGuest.Options with { QueueSizes = [16, 16, 64, 64, 64] };
            using FrontEndDevice guest = fixture.Attach(packed ? options.Packed() : options);
            LoopDriver driver = new(guest, Slots, BlocksPerSlot, new Random(seed));
            for (int sent = 0; sent < Commands;)
            {
                driver.Look();
                if (!driver.Send())
                    continue;
                sent++;
                if (sent % 200 == 100)
                    ChangeUnits(fixture, sent / 200);
                if (sent % 200 == 0)
                    Assert.Equal(0, guest.Manage((uint)TaskManagementFunction.LogicalUnitReset));
            }

            driver.Finish();
            fixture.BackEnd.With(_ => Assert.Equal(0, fixture.Target.Find(0, 0)!.TaskCount));
            // It was a test of something.
            Assert.True(
                driver.Verified > 1000 && driver.Aborted + driver.Attentions > 0,
                $"{driver.Verified} reads, {driver.Aborted} aborted, {driver.Attentions} attentions");
            driver.CheckFile(File.ReadAllBytes(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Each_queue_is_served_by_a_thread_of_its_own()
    {
        ThreadStore store = new();
        using ScsiFixture fixture = new(store, queues: Loops, loops: Loops);
        using FrontEndDevice guest = fixture.Attach(ScsiGuest.Options with { QueueSizes = [16, 16, 16, 16, 16] });
        for (int queue = 2; queue < 2 + Loops; queue++)
        {
            for (int i = 0; i < 3; i++)
                Assert.Equal(0, guest.Scsi("28 00 00000000 00 0001 00", 512, queue: queue).Status);
        }

        Assert.Equal(Loops, store.Threads.Distinct().Count());
        Assert.Equal(3 * Loops, store.Threads.Count);
        // The first queue has the loop of the messages.
        Assert.Equal(fixture.BackEnd.Thread.Invoke(() => Environment.CurrentManagedThreadId), store.Threads[0]);
    }

    [Fact]
    public void An_ordered_command_waits_for_those_of_other_queues_and_they_for_it()
    {
        TestStore store = new(1 << 16) { Holds = true };
        using ScsiFixture fixture = new(store, queues: 2, loops: 2);
        using FrontEndDevice guest = fixture.BackEnd.Attach(ScsiGuest.Options with { QueueSizes = [16, 16, 16, 16] });
        Assert.Equal("06/29/00", guest.Scsi("00 00 00 00 00 00").Sense);
        Post(guest, 2, 0, attribute: 0);
        Wait(fixture, store, 1);
        Post(guest, 3, 1, attribute: 1);
        fixture.BackEnd.Until(_ => fixture.Target.Find(0, 0)!.TaskCount == 2, "the ordered command");
        Post(guest, 2, 2, attribute: 0);
        fixture.BackEnd.Until(_ => fixture.Target.Find(0, 0)!.TaskCount == 3, "the command behind it");
        fixture.BackEnd.With(_ => Assert.Equal(1, store.Held));
        fixture.BackEnd.With(_ => store.Release());
        Wait(fixture, store, 1);
        Assert.Equal("Read 512+512", fixture.BackEnd.With(_ => store.Asked[^1]));
        Assert.Equal(1u, Taken(guest, 2));
        fixture.BackEnd.With(_ => store.Release());
        Wait(fixture, store, 1);
        Assert.Equal(1u, Taken(guest, 3));
        fixture.BackEnd.With(_ => store.Release());
        Assert.Equal(1u, Taken(guest, 2));
    }

    [Fact]
    public void A_function_ends_commands_of_other_queues_before_it_is_answered()
    {
        TestStore store = new(1 << 16) { Holds = true };
        using ScsiFixture fixture = new(store, queues: Loops, loops: Loops);
        using FrontEndDevice guest = fixture.BackEnd.Attach(ScsiGuest.Options with { QueueSizes = [16, 16, 16, 16, 16] });
        Assert.Equal("06/29/00", guest.Scsi("00 00 00 00 00 00").Sense);
        // One that is at work on each queue, and an ordered one behind them.
        for (int queue = 2; queue < 2 + Loops; queue++)
            Post(guest, queue, queue, attribute: 0);
        Wait(fixture, store, Loops);
        Post(guest, 4, 9, attribute: 1);
        ulong function = guest.Memory.Allocate(64);
        guest.Memory.Write(function, [0, 0, 0, 0, (byte)TaskManagementFunction.LogicalUnitReset, 0, 0, 0, 1, .. new byte[15]]);
        guest.Queues[0].Add(DriverBuffer.Readable(function, 24), DriverBuffer.Writable(function + 32, 1));
        guest.Queues[0].Submit();
        // What waits is ended at once, what is at work when the store has done with it.
        Assert.Equal(1u, Taken(guest, 4));
        Assert.False(guest.Queues[0].TryPop(out _));
        for (int i = 0; i < Loops; i++)
        {
            Assert.False(guest.Queues[0].TryPop(out _));
            fixture.BackEnd.With(_ => store.ReleaseAtHome(0));
        }

        _ = guest.Queues[0].Take();
        for (int queue = 2; queue < 2 + Loops; queue++)
            Assert.True(guest.Queues[queue].TryPop(out _), $"queue {queue} has no answer");
        fixture.BackEnd.With(_ => store.Holds = false);
        Assert.Equal("06/29/03", guest.Scsi("00 00 00 00 00 00").Sense);
    }

    [Fact]
    public void A_unit_that_is_sanitized_through_one_queue_refuses_what_comes_through_the_others()
    {
        const int Size = 32 << 20;
        string path = Path.Combine("/dev/shm", $"scsi-loops-{Environment.ProcessId}-sanitize");
        File.WriteAllBytes(path, new byte[Size]);
        try
        {
            EngineSet engine = new([.. Enumerable.Range(0, Loops).Select(_ => new ThreadEngine())]);
            using ScsiFixture fixture = new(
                FileStore.Open(path, new FileStoreOptions(ReadOnly: false, Direct: false), engine, out _)!,
                engine,
                queues: Loops,
                loops: Loops);
            using FrontEndDevice guest = fixture.Attach(ScsiGuest.Options with { QueueSizes = [16, 16, 16, 16, 16] });
            Assert.Equal(0, guest.Scsi("48 81 00 00 00 00 00 0006 00", data: [8, 0, 0, 2, 0xA5, 0x5A], queue: 3).Status);
            int refused = 0;
            long end = Environment.TickCount64 + 20_000;
            for (int i = 0; ; i++)
            {
                Reply reply = guest.Scsi("28 00 00000000 00 0001 00", 512, queue: 2 + (i % Loops));
                if (reply.Status == 0)
                    break;
                Assert.Equal("02/04/1B", reply.Sense);
                refused++;
                Assert.True(Environment.TickCount64 < end, "it never ended");
            }

            Assert.True(refused > 0);
            for (int queue = 2; queue < 2 + Loops; queue++)
                Assert.Equal([0xA5, 0x5A], guest.Scsi($"28 00 {(Size / 512) - queue:X8} 00 0001 00", 512, queue: queue).Data[..2]);
        }
        finally
        {
            File.Delete(path);
        }
    }

    // A unit comes, is used by nobody, and goes; another one has a new size.
    private static void ChangeUnits(ScsiFixture fixture, int round) => fixture.BackEnd.With(_ =>
    {
        byte number = (byte)(round + 1);
        Assert.True(fixture.Target.TryAdd(new LogicalUnit(new LogicalUnitOptions { Target = number }, new MemoryStore(new byte[4096]))));
        Assert.True(fixture.Target.TryRemove(number, 0));
        Assert.True(fixture.Target.Resize(fixture.Target.Find(0, 0)!).IsSuccess);
    });

    private static void Post(FrontEndDevice guest, int queue, int block, byte attribute)
    {
        ulong at = guest.Memory.Allocate(2048);
        byte[] head = ScsiGuest.Head($"28 00 {block:X8} 00 0001 00", "0100400000000000", (ulong)block + 100, attribute);
        guest.Memory.Write(at, head);
        guest.Queues[queue].Add(DriverBuffer.Readable(at, (uint)head.Length), DriverBuffer.Writable(at + 512, ScsiGuest.AnswerSize + 512));
        guest.Queues[queue].Submit();
    }

    private static uint Taken(FrontEndDevice guest, int queue)
    {
        _ = guest.Queues[queue].Take();
        return 1;
    }

    private static void Wait(ScsiFixture fixture, TestStore store, int held) => fixture.BackEnd.Until(_ => store.Held == held, $"{held} operations");

    private static IIoEngine MakeEngine(string name)
    {
        if (name != "ring")
            return new ThreadEngine();
        Errno errno = RingEngine.Create(out RingEngine? ring);
        Assert.SkipWhen(errno.IsError, $"io_uring: {errno}");
        return ring!;
    }

    /// <summary>Says which threads came.</summary>
    private sealed class ThreadStore : BlockStore
    {
        internal List<int> Threads { get; } = [];

        public override ulong Length => 4096;

        public override bool IsReadOnly => true;

        public override bool Submit(BlockRequest request)
        {
            Threads.Add(Environment.CurrentManagedThreadId);
            return End(request, Errno.Success);
        }
    }
}
