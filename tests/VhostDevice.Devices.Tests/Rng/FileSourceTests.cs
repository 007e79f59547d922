// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using VhostDevice.Devices.Rng;
using VhostDevice.Linux;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.Devices.Tests.Rng;

/// <summary>Sources that make their reader wait, end, or fail. The loop notices nothing, the guest waits.</summary>
[Collection(DeviceCollection.Name)]
public sealed class FileSourceTests : LeakChecked
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public void Without_a_writer_a_request_waits_and_control_messages_do_not()
    {
        RecordingLogger log = new();
        using Fifo fifo = new();
        using IEntropySource source = fifo.OpenSource(log);
        using TestBackEnd<RngDevice> backEnd = RngFixture.Serve(source);
        using FrontEndDevice guest = backEnd.Attach(RngFixture.Options);
        guest.Post(0, 64);
        long start = Stopwatch.GetTimestamp();
        Assert.Equal(0u, guest.Connection.GetVringBase(0));
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(4));
        backEnd.Thread.AssertIdle();
        guest.StartQueue(guest.Queues[0]);
        using OwnedFd writer = fifo.OpenWriter();
        Expect.Write(writer, [1, 2, 3]);
        Assert.Equal(3u, guest.Queues[0].Take().Length);
        Assert.Empty(log.From(LogLevel.Warning));
    }

    [Fact]
    public void A_slow_writer_is_passed_on_as_it_comes()
    {
        using Fifo fifo = new();
        using IEntropySource source = fifo.OpenSource(new RecordingLogger());
        using TestBackEnd<RngDevice> backEnd = RngFixture.Serve(source);
        using FrontEndDevice guest = backEnd.Attach(RngFixture.Options);
        using OwnedFd writer = fifo.OpenWriter();
        for (byte i = 1; i <= 50; i++)
        {
            (_, ulong address) = guest.Post(0, 64);
            Expect.Write(writer, [i, (byte)(i + 100)]);
            // One byte may come alone, but none gets lost or changes its place.
            uint first = guest.Queues[0].Take().Length;
            Assert.InRange(first, 1u, 2u);
            Assert.Equal(i, guest.Memory.Span(address, 1)[0]);
            if (first == 1)
                Assert.Equal([(byte)(i + 100)], RngFixture.Ask(guest, 64));
            else
                Assert.Equal(i + 100, guest.Memory.Span(address, 2)[1]);
        }
    }

    [Fact]
    public void Writers_come_and_go()
    {
        RecordingLogger log = new();
        using Fifo fifo = new();
        using IEntropySource source = fifo.OpenSource(log);
        using TestBackEnd<RngDevice> backEnd = RngFixture.Serve(source);
        using FrontEndDevice guest = backEnd.Attach(RngFixture.Options);
        for (byte i = 1; i <= 2; i++)
        {
            (_, ulong address) = guest.Post(0, 64);
            using (OwnedFd writer = fifo.OpenWriter())
                Expect.Write(writer, [i]);
            Assert.Equal(1u, guest.Queues[0].Take().Length);
            Assert.Equal(i, guest.Memory.Span(address, 1)[0]);
        }
    }

    [Fact]
    public void A_file_that_ends_makes_the_guest_wait_until_it_goes_on()
    {
        RecordingLogger log = new();
        using TempFile file = new([10, 20, 30]);
        using IEntropySource source = Open(file.Path, log);
        using TestBackEnd<RngDevice> backEnd = RngFixture.Serve(source);
        using FrontEndDevice guest = backEnd.Attach(RngFixture.Options);
        Assert.Equal([10, 20, 30], RngFixture.Ask(guest, 64));
        (_, ulong address) = guest.Post(0, 64);
        backEnd.Thread.Until(() => log.From(LogLevel.Warning).Count > 0, "the end is logged");
        Assert.False(guest.Queues[0].HasUsed);
        file.Append([40, 50]);
        Assert.Equal(2u, guest.Queues[0].Take().Length);
        Assert.Equal([40, 50], guest.Memory.Span(address, 2).ToArray());
        Assert.Contains("no more bytes", log.From(LogLevel.Warning)[0], StringComparison.Ordinal);
        backEnd.Thread.Until(
            () => log.From(LogLevel.Information).Any(l => l.Contains("delivers again", StringComparison.Ordinal)),
            "the way back is logged");
    }

    [Fact]
    public void A_source_that_fails_is_logged_once_and_is_no_dead_queue()
    {
        RecordingLogger log = new();
        // Page 0 of a process is never mapped: EIO.
        using IEntropySource source = Open("/proc/self/mem", log);
        using TestBackEnd<RngDevice> backEnd = RngFixture.Serve(source);
        using FrontEndDevice guest = backEnd.Attach(RngFixture.Options);
        guest.Post(0, 64);
        backEnd.Thread.Until(() => log.From(LogLevel.Error).Count > 0, "the failure is logged");
        Assert.Contains("/proc/self/mem", Assert.Single(log.From(LogLevel.Warning)), StringComparison.Ordinal);
        Assert.Equal(0u, guest.Connection.GetVringBase(0));
        Assert.False(guest.Queues[0].HasUsed);
        backEnd.Thread.AssertIdle();
    }

    [Fact]
    public void Two_guests_share_a_slow_source()
    {
        using Fifo fifo = new();
        using IEntropySource source = fifo.OpenSource(new RecordingLogger());
        using OwnedFd writer = fifo.OpenWriter();
        using TestBackEnd<RngDevice> one = RngFixture.Serve(source);
        using TestBackEnd<RngDevice> two = RngFixture.Serve(source);
        FrontEndDevice[] guests = [one.Attach(RngFixture.Options), two.Attach(RngFixture.Options)];
        ulong[] got = new ulong[2];
        foreach (FrontEndDevice guest in guests)
            guest.Post(0, 64);
        // Who is not on a CPU asks for nothing: no share is promised, only that nobody goes without.
        long end = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        for (ulong written = 0; got.Min() < 100; written += 2)
        {
            Assert.True(Environment.TickCount64 < end, $"{got[0]} and {got[1]} bytes");
            Expect.Write(writer, [(byte)written, (byte)written]);
            while (got[0] + got[1] < written + 2 && Environment.TickCount64 < end)
            {
                for (int g = 0; g < 2; g++)
                {
                    if (!guests[g].Queues[0].TryPop(out UsedChain used))
                        continue;
                    got[g] += used.Length;
                    guests[g].Queues[0].Add(DriverBuffer.Writable(guests[g].Memory.Regions[0].GuestAddress + 0x100000, 64));
                    guests[g].Queues[0].Submit();
                }

                Thread.Yield();
            }
        }

        foreach (FrontEndDevice guest in guests)
            guest.Dispose();
    }

    [Fact]
    public void Bytes_go_to_who_has_waited_longest()
    {
        using Fifo fifo = new();
        using IEntropySource source = fifo.OpenSource(new RecordingLogger());
        using OwnedFd writer = fifo.OpenWriter();
        using SemaphoreSlim one = new(0), two = new(0);
        Action callOne = () => one.Release();
        Action callTwo = () => two.Release();
        Assert.Equal(0, source.Reserve(1, callOne));
        Assert.Equal(0, source.Reserve(1, callTwo));
        for (int i = 0; i < 10; i++)
        {
            Expect.Write(writer, [1]);
            Assert.True(one.Wait(Patience, TestContext.Current.CancellationToken), "the first is called");
            Take(source, callOne);
            Assert.Equal(0, source.Reserve(1, callOne)); // behind the other now
            Expect.Write(writer, [2]);
            Assert.True(two.Wait(Patience, TestContext.Current.CancellationToken), "the second is called");
            Take(source, callTwo);
            Assert.Equal(0, source.Reserve(1, callTwo));
        }

        // Called, the second takes its byte in its turn or, on a machine that is busy, asks for another.
        static void Take(IEntropySource source, Action waiter)
        {
            long end = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
            while (source.Reserve(1, waiter) == 0)
                Assert.True(Environment.TickCount64 < end);
            byte got;
            unsafe
            {
                Assert.Equal(1, source.Read([new IoVec(&got, 1)], out _));
            }
        }
    }

    [Fact]
    public void Who_is_called_and_does_not_come_holds_nobody_up_for_long()
    {
        using Fifo fifo = new();
        using IEntropySource source = fifo.OpenSource(new RecordingLogger());
        using OwnedFd writer = fifo.OpenWriter();
        using SemaphoreSlim absent = new(0), present = new(0);
        Action callAbsent = () => absent.Release();
        Action callPresent = () => present.Release();
        Assert.Equal(0, source.Reserve(1, callAbsent));
        Assert.Equal(0, source.Reserve(1, callPresent));
        Expect.Write(writer, [1]);
        Assert.True(absent.Wait(Patience, TestContext.Current.CancellationToken));
        Assert.True(present.Wait(Patience, TestContext.Current.CancellationToken));
        Assert.Equal(1, source.Reserve(1, callPresent));
        source.Release(1);
        // Nobody waits any more, so the byte is anybody's.
        Assert.Equal(1, source.Reserve(1, callAbsent));
        source.Release(1);
    }

    [Fact]
    public void Bytes_come_in_order_and_none_twice()
    {
        byte[] content = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 7 + (i >> 8)))];
        using TempFile file = new(content);
        using IEntropySource source = Open(file.Path, new RecordingLogger());
        using TestBackEnd<RngDevice> backEnd = RngFixture.Serve(source);
        using FrontEndDevice guest = backEnd.Attach(RngFixture.Options);
        List<byte> got = [];
        for (uint size = 1; got.Count < content.Length; size = (size * 3 % 9000) + 1)
            got.AddRange(RngFixture.Ask(guest, (uint)Math.Min(size, content.Length - got.Count)));
        Assert.Equal(content, got);
    }

    [Theory]
    [InlineData("/nowhere/at/all", 2)]
    [InlineData("/tmp", 21)]
    public void What_cannot_be_opened_is_an_error(string path, int errno)
    {
        Assert.Equal(new Errno(errno), EntropySources.Open(path, new RecordingLogger(), out IEntropySource? source));
        Assert.Null(source);
    }

    [Theory]
    [InlineData("/dev/urandom")]
    [InlineData("/dev/random")]
    public void The_kernels_nodes_are_the_kernels_generator(string path)
    {
        using IEntropySource source = Open(path, new RecordingLogger());
        Assert.IsType<KernelEntropySource>(source);
    }

    private static IEntropySource Open(string path, ILogger log)
    {
        IEntropySource made = Expect.Made(EntropySources.Open(path, log, out IEntropySource? source), source);
        made.Start();
        return made;
    }
}
