// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Program.Tests.Rng;

/// <summary>Requests of every shape get their bytes.</summary>
public sealed class BytesTests : IDisposable
{
    private readonly Daemon _daemon = Daemon.Start();

    public void Dispose() => _daemon.Dispose();

    [Theory]
    [InlineData("/dev/urandom")]
    [InlineData("/dev/random")]
    public void They_come_and_differ(string source)
    {
        using Daemon daemon = Daemon.Start("--rng-source", source);
        using Guest guest = daemon.Connect();
        HashSet<string> seen = [];
        for (int i = 0; i < 200; i++)
        {
            byte[] bytes = guest.Ask(16);
            Assert.Equal(16, bytes.Length);
            Assert.True(seen.Add(Convert.ToHexString(bytes)), "The same bytes came twice.");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(257)]
    [InlineData(4096)]
    [InlineData(65536)]
    public void A_buffer_is_filled_to_its_end(int length)
    {
        using Guest guest = _daemon.Connect();
        // The last byte is not zero for ever.
        Assert.Contains(Enumerable.Range(0, 20), _ => guest.Ask(length) is { } bytes && bytes.Length == length && bytes[^1] != 0);
    }

    [Fact]
    public void A_huge_buffer_gets_some()
    {
        using Guest guest = _daemon.Connect();
        Assert.InRange(guest.Ask(512 * 1024).Length, 1, 512 * 1024);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Several_descriptors_are_one_request(bool isIndirect)
    {
        using Guest guest = _daemon.Connect();
        int[] lengths = [1, 100, 3, 4096, 50];
        DriverBuffer[] buffers = new DriverBuffer[lengths.Length];
        ulong at = guest.Room;
        for (int i = 0; i < lengths.Length; i++)
        {
            buffers[i] = DriverBuffer.Writable(at, (uint)lengths[i]);
            at += 8192;
        }

        ushort id = isIndirect ? guest.Queue.AddIndirect(buffers) : guest.Queue.Add(buffers);
        guest.Queue.Submit();
        Assert.Equal(new UsedChain(id, (uint)lengths.Sum()), guest.Next());
        // 4096 random bytes are not all alike, and what lies between the buffers is untouched.
        Assert.True(guest.Device.Memory.Span(buffers[3].Address, 4096).ContainsAnyExcept((byte)0));
        Assert.False(guest.Device.Memory.Span(buffers[3].Address + 4096, 4096).ContainsAnyExcept((byte)0));
    }

    [Fact]
    public void A_whole_ring_of_requests_is_answered()
    {
        using Guest guest = _daemon.Connect();
        for (int round = 0; round < 50; round++)
        {
            while (guest.Queue.FreeDescriptors > 0)
                guest.Queue.Add(DriverBuffer.Writable(guest.Room, 64));
            guest.Queue.Submit();
            for (int i = 0; i < guest.Queue.Size; i++)
                Assert.Equal(64u, guest.Next().Length);
        }
    }

    [Fact]
    public void Nothing_to_write_into_gets_nothing_and_the_queue_goes_on()
    {
        using Guest guest = _daemon.Connect();
        ushort id = guest.Queue.Add(DriverBuffer.Readable(guest.Room, 64));
        guest.Queue.Submit();
        Assert.Equal(new UsedChain(id, 0), guest.Next());
        Assert.Equal(64, guest.Ask(64).Length);
    }

    [Theory]
    [InlineData(QueueNotifications.InBand)]
    [InlineData(QueueNotifications.KickOnly)]
    public void However_it_is_notified(QueueNotifications notifications)
    {
        using Guest guest = Guest.Connect(_daemon.Socket(), Guest.Options with { Notifications = notifications });
        for (int i = 0; i < 20; i++)
            Assert.Equal(64, guest.Ask(64).Length);
    }

    [Fact]
    public void While_busy_polling()
    {
        using Daemon daemon = Daemon.Start("--poll-us", "1000");
        using Guest guest = daemon.Connect();
        for (int i = 0; i < 100; i++)
            Assert.Equal(64, guest.Ask(64).Length);
    }

    [Fact]
    public void After_a_stop_and_a_start()
    {
        using Guest guest = _daemon.Connect();
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(64, guest.Ask(64).Length);
            guest.Device.Stop();
            guest.Device.Start();
        }

        guest.Device.Reset();
        guest.Device.Start();
        Assert.Equal(64, guest.Ask(64).Length);
    }
}
