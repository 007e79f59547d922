// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;

namespace VhostDevice.Program.Tests.Life;

/// <summary>Several sockets do not notice each other.</summary>
public sealed unsafe class IndependenceTests : IDisposable
{
    private readonly Daemon _daemon = Daemon.Start(new TemporaryFolder(), 3);

    public void Dispose() => _daemon.Dispose();

    [Fact]
    public void Each_has_its_own_guest()
    {
        using Guest first = _daemon.Connect(0);
        using Guest second = _daemon.Connect(1);
        using Guest third = _daemon.Connect(2);
        for (int i = 0; i < 10; i++)
        {
            Assert.NotEmpty(first.Ask(64));
            Assert.NotEmpty(second.Ask(64));
            Assert.NotEmpty(third.Ask(64));
        }
    }

    [Fact]
    public void A_front_end_that_is_stuck_or_hostile_stays_alone()
    {
        using Guest good = _daemon.Connect(2);

        // Asks and never reads an answer, until it is thrown out.
        using FrontEndConnection deaf = FrontEndConnection.Connect(_daemon.Socket(0));
        deaf.ReplyTimeout = TimeSpan.FromSeconds(1);
        Assert.Throws<FrontEndException>(() =>
        {
            for (int i = 0; i < 1_000_000; i++)
                deaf.Send(FrontEndRequest.GetFeatures);
        });

        // Stops in the middle of a message.
        using FrontEndConnection half = FrontEndConnection.Connect(_daemon.Socket(1));
        half.SendRaw([5, 0, 0, 0, 1, 0]);
        Assert.NotEmpty(good.Ask(64));

        // Makes everything available and never takes anything back.
        using Guest greedy = _daemon.Connect(0);
        for (int i = 0; i < 64; i++)
            greedy.Queue.Add(DriverBuffer.Writable(greedy.Room, 64));
        greedy.Queue.Submit();
        *greedy.Queue.AvailableIndex += 1000;
        greedy.Queue.Kick();
        for (int i = 0; i < 100; i++)
            Assert.NotEmpty(good.Ask(64));

        half.Dispose();
        using Guest next = _daemon.Connect(1);
        Assert.NotEmpty(next.Ask(64));
        _daemon.Stop();
    }

    // The flag belongs to all who have the eventfd, so it can become blocking later than the daemon was told.
    [Fact]
    public void A_front_end_that_would_make_its_loop_wait_loses_its_connection()
    {
        using Guest good = _daemon.Connect(2);
        using (Guest bad = _daemon.Connect(0))
        {
            Assert.True(EventFd.Create(nonBlocking: true, out OwnedFd? call).IsSuccess);
            using (call)
            {
                bad.Device.Connection.SetVringCall(0, call);
                ulong full = ulong.MaxValue - 1;
                Assert.Equal(8, FileIo.Write(call!.Fd, (byte*)&full, 8, out _));
                Assert.Equal(0, Libc.fcntl(call.Fd, Libc.F_SETFL, Libc.O_RDWR));
                bad.Submit(bad.Room, 64);
                bad.Queue.Kick();
                _daemon.Log.WaitFor("made blocking and full");
                Assert.True(bad.Device.Connection.WaitForDisconnect(Patience.Time));
            }
        }

        Assert.NotEmpty(good.Ask(64));
        using (Guest next = _daemon.Connect(0))
            Assert.NotEmpty(next.Ask(64));
        _daemon.Stop();
    }
}
