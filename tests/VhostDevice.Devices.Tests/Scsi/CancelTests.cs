// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scsi.Storage;
using VhostDevice.Devices.Scsi.Target;
using VhostDevice.Linux;
using VhostDevice.TestKit;
using Xunit;

namespace VhostDevice.Devices.Tests.Scsi;

/// <summary>Commands that have to come back at once, because their memory is needed for something else.</summary>
[Collection(DeviceCollection.Name)]
public sealed class CancelTests : LeakChecked
{
    private const string Read = "28 00 00000000 00 0001 00";

    [Fact]
    public void Those_that_wait_end_at_once_and_the_store_is_asked_for_the_others()
    {
        using Disk disk = new();
        disk.Store.Holds = true;
        TestTask running = disk.Send(Read, 512, tag: 1);
        TestTask other = disk.Send(Read, 512, tag: 2);
        TestTask ordered = disk.Send(Read, 512, tag: 1, attribute: TaskAttribute.Ordered);
        TestTask behind = disk.Send(Read, 512, tag: 2);
        disk.Target.Cancel(static task => task.Tag == 1);
        Assert.Equal((true, true), (running.IsReset, ordered.IsReset));
        Assert.True(running.IsComplete && ordered.IsComplete);
        Assert.False(other.IsComplete || behind.IsComplete);
        disk.Store.Holds = false;
        disk.Store.Release();
        disk.Store.Release();
        Assert.Equal((ScsiStatus.Good, ScsiStatus.Good), (other.Status, behind.Status));
        Assert.Equal(0, disk.Unit.TaskCount);
    }

    [Fact]
    public void What_the_store_cannot_let_go_of_is_waited_for()
    {
        using Disk disk = new();
        disk.Store.Holds = true;
        disk.Store.CanCancel = false;
        TestTask running = disk.Send(Read, 512);
        disk.Target.Cancel(static _ => true);
        Assert.False(running.IsComplete);
        disk.Store.Release();
        Assert.Equal((true, true, 0ul), (running.IsComplete, running.IsReset, running.InBytes));
    }

    [Fact]
    public void A_unit_that_goes_is_not_forgotten()
    {
        using Disk disk = new();
        disk.Store.Holds = true;
        TestTask running = disk.Send(Read, 512);
        Assert.True(disk.Target.TryRemove(0, 0));
        disk.Target.Cancel(static _ => true);
        Assert.Equal((true, true), (running.IsReset, disk.Store.IsDisposed));
    }

    [Fact]
    public void A_function_that_waits_for_a_command_is_answered_with_it()
    {
        using Disk disk = new();
        disk.Store.Holds = true;
        _ = disk.Send(Read, 512, tag: 7);
        ManagementResult? answer = null;
        disk.Target.Manage(new TaskManagement(TaskManagementFunction.AbortTask, disk.Nexus, 7, r => answer = r), 0, 0);
        Assert.Null(answer);
        disk.Target.Cancel(static task => task.IsAborted);
        Assert.Equal(ManagementResult.Complete, answer);
    }

    [Theory]
    [InlineData("ring")]
    [InlineData("threads")]
    public void An_engine_gives_back_what_it_has_not_done(string kind)
    {
        using LoopThread thread = new();
        IIoEngine engine;
        if (kind == "ring")
        {
            Assert.SkipWhen(RingEngine.Create(out RingEngine? ring).IsError, "no io_uring here");
            engine = ring!;
        }
        else
        {
            engine = new ThreadEngine(1);
        }

        // A read that nothing comes for, and more than there is room for behind it.
        Files.CreatePipe(nonBlocking: false, out OwnedFd? read, out OwnedFd? write).Ok();
        PipeRead[] requests = [.. Enumerable.Range(0, kind == "ring" ? 1500 : 1).Select(_ => new PipeRead(read!.Fd))];
        using Worker worker = new("test-slow");
        using ManualResetEventSlim gate = new();
        thread.Invoke(() =>
        {
            engine.Attach(thread.Loop);
            if (kind == "threads")
                worker.Add(new Gate(thread.Loop, gate));
            foreach (PipeRead request in requests)
            {
                request.Worker = worker;
                if (kind == "ring")
                    engine.Begin(request);
                else
                    engine.BeginOnThread(request);
            }
        });
        thread.Invoke(() => Assert.All(requests, static r => Assert.Null(r.Ended)));
        thread.Invoke(() =>
        {
            foreach (PipeRead request in requests)
            {
                request.IsCancelled = true;
                engine.Cancel(request);
            }
        });
        thread.Until(() => Array.TrueForAll(requests, static r => r.Ended == Errno.ECANCELED), "the end of all");
        gate.Set();
        // One that is not there is nothing to an engine; and none came back twice.
        thread.Invoke(() => engine.Cancel(requests[0]));
        thread.Invoke(() => Assert.All(requests, static r => Assert.Equal(1, r.Times)));
        thread.Invoke(engine.Dispose);
        read!.Dispose();
        write!.Dispose();
    }

    [Theory]
    [InlineData("ring")]
    [InlineData("threads")]
    public void A_slow_store_holds_up_no_other(string kind)
    {
        using LoopThread thread = new();
        IIoEngine engine;
        if (kind == "ring")
        {
            Assert.SkipWhen(RingEngine.Create(out RingEngine? ring).IsError, "no io_uring here");
            engine = ring!;
        }
        else
        {
            engine = new ThreadEngine();
        }

        string[] paths = [.. Enumerable.Range(0, 2).Select(i => Path.Combine("/var/tmp", $"scsi-slow-{i}-{Guid.NewGuid():N}"))];
        foreach (string path in paths)
            File.WriteAllBytes(path, new byte[1 << 16]);
        FileStore[] stores = [.. paths.Select(p => FileStore.Open(p, default, engine, out _)!)];
        using ManualResetEventSlim gate = new();
        PatientZero[] requests = [new(), new()];
        thread.Invoke(() =>
        {
            engine.Attach(thread.Loop);
            stores[0].Worker.Add(new Gate(thread.Loop, gate));
            for (int i = 0; i < 2; i++)
                Assert.False(stores[i].Submit(requests[i]));
        });
        thread.Until(() => requests[1].Ended is not null, "the quick store's");
        thread.Invoke(() => Assert.Null(requests[0].Ended));
        gate.Set();
        thread.Until(() => requests[0].Ended is not null, "the slow store's");
        thread.Invoke(() =>
        {
            foreach (FileStore store in stores)
                store.Dispose();
            engine.Dispose();
        });
        foreach (string path in paths)
            File.Delete(path);
    }

    /// <summary>A request of which the end is kept.</summary>
    private abstract class Kept : BlockRequest
    {
        internal Errno? Ended { get; private set; }

        internal int Times { get; private set; }

        protected override void Done()
        {
            Ended = Error;
            Times++;
        }
    }

    /// <summary>Sixteen bytes of a pipe.</summary>
    private sealed unsafe class PipeRead : Kept
    {
        private readonly byte[] _memory = GC.AllocateArray<byte>(16, pinned: true);

        internal PipeRead(int fd)
        {
            Operation = BlockOperation.Read;
            Fd = fd;
            // The position of a pipe.
            Offset = ulong.MaxValue;
            Length = 16;
            fixed (byte* p = _memory)
                AddPiece(new IoVec(p, 16));
        }
    }

    /// <summary>Zeroes, on a thread.</summary>
    private sealed class PatientZero : Kept
    {
        internal PatientZero()
        {
            IsPatient = true;
            Operation = BlockOperation.Zero;
            Length = 4096;
        }
    }

    /// <summary>Has its thread until the gate opens.</summary>
    private sealed class Gate(EventLoop loop, ManualResetEventSlim gate) : WorkItem(loop)
    {
        protected override void Work() => gate.Wait();

        protected override void Done(Exception? fault)
        {
        }
    }
}
