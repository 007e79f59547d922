// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.Virtio;

namespace VhostDevice.Program.Tests.Hostile;

/// <summary>Descriptors that the daemon is to signal and cannot: the ring goes on, the loop does not wait.</summary>
public sealed unsafe class NotificationTests(Survivor daemon) : IClassFixture<Survivor>
{
    private const ulong FullCounter = ulong.MaxValue - 1;

    // Without EVENT_IDX every batch interrupts.
    private static readonly FrontEndDeviceOptions s_options =
        Guest.Options with { Features = VirtioFeatures.Version1 | VirtioFeatures.ProtocolFeatures };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_counter_that_is_full_does_not_matter(bool nonBlocking)
    {
        using (Guest guest = Guest.Connect(daemon.Socket, s_options))
        {
            Assert.True(EventFd.Create(nonBlocking, out OwnedFd? call).IsSuccess);
            using (call)
            {
                ulong full = FullCounter;
                Assert.Equal(8, FileIo.Write(call!.Fd, (byte*)&full, 8, out _));
                guest.Device.Connection.SetVringCall(0, call).ThrowIfNegative();
                AssertServes(guest);
                // Somebody reads it, and it counts again.
                Assert.True(EventFd.Consume(call.Fd, out ulong count).IsSuccess);
                Assert.Equal(FullCounter, count);
                AssertServes(guest);
                Assert.True(EventFd.Wait(call.Fd, Patience.Milliseconds));
            }
        }

        daemon.AssertUnharmed();
    }

    // O_NONBLOCK belongs to all who have the file: the front-end can take back what the daemon has set.
    [Fact]
    public void A_pipe_that_is_full_and_made_to_block_again_does_not_matter()
    {
        (OwnedFd read, OwnedFd write) = Pipe();
        using (read)
        using (write)
            AssertNotWaitedFor(write, () => Sockets.Fill(write));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_channel_that_nobody_reads_does_not_matter(bool blocksAgain)
    {
        using (Guest guest = Guest.Connect(daemon.Socket, s_options with { Notifications = QueueNotifications.InBand }))
        {
            (OwnedFd read, OwnedFd write) = Pipe();
            using (read)
            using (write)
            {
                guest.Device.Connection.SetBackendReqFd(write).ThrowIfNegative();
                Sockets.Fill(write);
                if (blocksAgain)
                    Block(write);
                for (int i = 0; i < 10; i++)
                    AssertServes(guest);
                // Of all the calls that found no room at least one comes when there is.
                Assert.True(ReadsMoreThanZeroes(read), "No call came.");
            }
        }

        daemon.AssertUnharmed();
    }

    private void AssertNotWaitedFor(OwnedFd call, Action fill)
    {
        using (Guest guest = Guest.Connect(daemon.Socket, s_options))
        {
            guest.Device.Connection.SetVringCall(0, call).ThrowIfNegative();
            fill();
            Block(call);
            for (int i = 0; i < 10; i++)
                AssertServes(guest);
        }

        daemon.AssertUnharmed();
    }

    // Looks for the answer, for nobody is called. The answered message tells that the loop is alive after it signalled.
    private static void AssertServes(Guest guest)
    {
        guest.Submit(guest.Room, 64);
        Assert.True(guest.Queue.SpinForUsed(Patience.Time), "No answer came.");
        Assert.True(guest.Queue.TryPop(out UsedChain used));
        Assert.Equal(64u, used.Length);
        Assert.NotEqual(0ul, guest.Device.Connection.GetFeatures());
    }

    private static (OwnedFd Read, OwnedFd Write) Pipe()
    {
        Assert.True(Files.CreatePipe(nonBlocking: true, out OwnedFd? read, out OwnedFd? write).IsSuccess);
        return (read!, write!);
    }

    private static void Block(OwnedFd fd) => Assert.Equal(0, Libc.fcntl(fd.Fd, Libc.F_SETFL, Libc.O_WRONLY));

    // What filled the pipe was zeroes.
    private static bool ReadsMoreThanZeroes(OwnedFd fd)
    {
        byte* buffer = stackalloc byte[4096];
        while (EventFd.Wait(fd.Fd, Patience.Milliseconds))
        {
            nint n = FileIo.Read(fd.Fd, buffer, 4096, out _);
            if (new ReadOnlySpan<byte>(buffer, (int)n).ContainsAnyExcept((byte)0))
                return true;
        }

        return false;
    }
}
