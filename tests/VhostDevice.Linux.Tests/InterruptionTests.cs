// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace VhostDevice.Linux.Tests;

/// <summary>
/// Signals that arrive while a call waits. The handler is a harmless function of the C library, installed
/// without SA_RESTART, so that the kernel really ends the call with EINTR.
/// </summary>
public unsafe class InterruptionTests : LeakChecked
{
    private const int Signal = Native.SIGUSR2;
    private static readonly string s_futex = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? "202" : "98";

    public InterruptionTests()
    {
        nint handler = NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "abs");
        Assert.Equal(0, Native.siginterrupt(Signal, 1));
        Assert.NotEqual(-1, Libc.signal(Signal, handler));
    }

    /// <summary>The control: without the retry, the call does end.</summary>
    [Fact]
    public void A_bare_call_is_interrupted()
    {
        Errno errno = Errno.Success;
        Interrupt(fd =>
        {
            byte cell;
            errno = Libc.read(fd, &cell, 1) < 0 ? Errno.Last : Errno.Success;
        });
        Assert.Equal(Errno.EINTR, errno);
    }

    [Fact]
    public void Read_goes_on() => Interrupt(fd =>
    {
        byte cell;
        Assert.Equal(1, FileIo.Read(fd, &cell, 1, out Errno errno));
        errno.Ok();
    });

    [Fact]
    public void ReadV_goes_on() => Interrupt(fd =>
    {
        byte cell;
        Assert.Equal(1, FileIo.ReadV(fd, [new IoVec(&cell, 1)], out Errno errno));
        errno.Ok();
    });

    [Fact]
    public void Wait_goes_on() => Interrupt(fd => Assert.True(EventFd.Wait(fd, -1)));

    [Fact]
    public void Receive_goes_on() => Interrupt(fd =>
    {
        Assert.Equal(1, FdMessage.Receive(fd, new byte[1], 0, [], out _, out Errno errno));
        errno.Ok();
    });

    [Fact]
    public void A_turn_of_the_loop_counts_it_as_no_event()
    {
        int dispatched = -1;
        Interrupt(fd =>
        {
            using EventLoop loop = Expect.NewLoop();
            loop.Turn(-1, out dispatched).Ok();
        });
        Assert.Equal(0, dispatched);
    }

    /// <summary>Runs a call that waits for a socket's byte, interrupts it while it waits, then sends the byte.</summary>
    private static void Interrupt(Action<int> call)
    {
        (OwnedFd near, OwnedFd far) = Expect.NewPair();
        using (near)
        using (far)
        {
            int id = 0;
            using ManualResetEventSlim started = new();
            using ManualResetEventSlim ended = new();
            OnThread thread = OnThread.Start(() =>
            {
                id = Native.gettid();
                started.Set();
                try
                {
                    call(near.Fd);
                }
                finally
                {
                    ended.Set();
                }
            });
            Assert.True(started.Wait(Expect.Timeout, TestContext.Current.CancellationToken));
            long sleeps = WaitUntilAsleep(id, after: -1, ended);
            Assert.Equal(0, Native.tgkill(Native.getpid(), id, Signal));
            // It either ended or went to sleep once more: the signal was taken before the byte comes.
            _ = WaitUntilAsleep(id, after: sleeps, ended);
            byte one = 1;
            Assert.Equal(1, FileIo.Write(far.Fd, &one, 1, out _));
            thread.Join();
        }
    }

    /// <summary>Until the thread sleeps inside a system call, other than for a lock of the runtime.</summary>
    /// <returns>How often it has gone to sleep since it began.</returns>
    private static long WaitUntilAsleep(int thread, long after, ManualResetEventSlim ended)
    {
        long start = Stopwatch.GetTimestamp();
        while (!ended.IsSet)
        {
            Assert.True(Stopwatch.GetElapsedTime(start).TotalMilliseconds < Expect.Timeout, "The thread did not wait.");
            try
            {
                string folder = $"/proc/self/task/{thread}";
                // "running", "-1 …" outside of any call, or the call's number with its arguments.
                string call = File.ReadAllText(folder + "/syscall").Split(' ')[0];
                bool waits = char.IsAsciiDigit(call[0]) && call != s_futex;
                long sleeps = long.Parse(
                    File.ReadLines(folder + "/status").Single(l => l.StartsWith("voluntary", StringComparison.Ordinal)).Split('\t')[1],
                    CultureInfo.InvariantCulture);
                if (waits && sleeps > after)
                    return sleeps;
            }
            catch (IOException)
            {
                // The thread ended between the look at the event and now.
            }

            Thread.Yield();
        }

        return 0;
    }
}
