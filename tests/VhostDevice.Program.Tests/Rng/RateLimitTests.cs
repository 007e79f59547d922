// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;

namespace VhostDevice.Program.Tests.Rng;

/// <summary>
/// --max-bytes and --period. Before period k of a limit begins, k periods have passed since the daemon was started, so a
/// stopwatch that was started earlier gives a bound that no busy machine can break.
/// </summary>
public sealed class RateLimitTests
{
    private const int PeriodMilliseconds = 60;

    private readonly long _start = Stopwatch.GetTimestamp();

    [Fact]
    public void A_period_has_so_many_bytes()
    {
        using Daemon daemon = Limited("10");
        using Guest guest = daemon.Connect();
        Assert.Equal(10, guest.Ask(100).Length);
        Assert.Equal(10, guest.Ask(100).Length);
        Assert.Equal(4, guest.Ask(4).Length);
        Assert.Equal(6, guest.Ask(100).Length);
        Assert.Equal(10, guest.Ask(100).Length);
        AssertPeriodsPassed(3);
    }

    [Fact]
    public void A_limit_beyond_all_needs_does_not_wait()
    {
        using Daemon daemon = Daemon.Start("-m", "1000000", "-p", "65536");
        using Guest guest = daemon.Connect();
        Assert.Equal(100_000, guest.Collect(100_000).Length);
    }

    [Fact]
    public void Sockets_have_equal_shares()
    {
        using Daemon daemon = Daemon.Start(new TemporaryFolder(), 3, "-m", "20", "-p", "65536");
        for (int i = 0; i < 3; i++)
        {
            using Guest guest = daemon.Connect(i);
            Assert.Equal(6, guest.Ask(100).Length);
        }
    }

    [Fact]
    public void Who_reconnects_does_not_get_more()
    {
        using Daemon daemon = Limited("10");
        for (int i = 0; i < 4; i++)
        {
            using Guest guest = daemon.Connect();
            Assert.Equal(10, guest.Collect(10).Length);
        }

        AssertPeriodsPassed(3);
    }

    [Fact]
    public void Several_requests_share_what_there_is()
    {
        using Daemon daemon = Limited("100");
        using Guest guest = daemon.Connect();
        for (int i = 0; i < 8; i++)
            guest.Submit(guest.Room + (ulong)(i * 64), 64);
        long total = 0;
        for (int i = 0; i < 8; i++)
        {
            uint length = guest.Next().Length;
            Assert.InRange(length, 1u, 64u);
            total += length;
        }

        AssertPeriodsPassed((int)((total - 1) / 100));
    }

    [Fact]
    public void A_guest_that_waits_can_be_talked_to_and_stopped()
    {
        using Daemon daemon = Daemon.Start("-m", "1", "-p", "65536");
        using Guest guest = daemon.Connect();
        Assert.Single(guest.Ask(1));
        guest.Submit(guest.Room, 64);
        Assert.NotEqual(0ul, guest.Device.Connection.GetFeatures());
        // Only one request was taken out of the ring.
        Assert.Equal([1u], guest.Device.Stop());
        guest.Device.Start();
        Assert.NotEqual(0ul, guest.Device.Connection.GetFeatures());
    }

    private static Daemon Limited(string bytes) =>
        Daemon.Start("-m", bytes, "-p", PeriodMilliseconds.ToString(System.Globalization.CultureInfo.InvariantCulture));

    private void AssertPeriodsPassed(int periods) =>
        Assert.InRange(Stopwatch.GetElapsedTime(_start).TotalMilliseconds, periods * PeriodMilliseconds, double.MaxValue);
}
