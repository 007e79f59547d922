// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Vsock;
using Xunit;

namespace VhostDevice.Devices.Tests.Vsock;

/// <summary>Counting what a guest's end may be sent.</summary>
public sealed class CreditTests
{
    [Fact]
    public void Nothing_before_the_peer_has_said_what_it_has() => Assert.Equal(0u, default(VsockCredit).Allowance());

    [Theory]
    [InlineData(1u)]
    [InlineData(100u)]
    [InlineData(1000u)]
    [InlineData(2000u)]
    public void However_small_a_buffer_is_one_packet_gets_through(uint buffer)
    {
        VsockCredit credit = default;
        Assert.True(credit.Update(buffer, 0));
        Assert.True(credit.Allowance() > VsockCredit.PacketCost);
        Assert.InRange(credit.Allowance() - VsockCredit.PacketCost, 1u, buffer);
    }

    /// <summary>Bytes and packets on their way, whatever is sent and read, never exceed what the kernel charges.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Never_more_than_the_buffer_holds_and_never_stuck(int seed)
    {
        const uint buffer = 64 * 1024;
        Random random = new(seed);
        VsockCredit credit = default;
        uint sent = 0;
        uint forwarded = 0;
        Queue<uint> packets = new();
        // Counters go around their end on the way.
        for (int i = 0; i < 300_000; i++)
        {
            uint allowance = credit.Allowance();
            if (allowance > VsockCredit.PacketCost && random.Next(3) > 0)
            {
                uint bytes = Math.Min(allowance - VsockCredit.PacketCost, (uint)random.Next(1, seed == 1 ? 10 : 60_000));
                credit.Sent(bytes, 1);
                sent += bytes;
                packets.Enqueue(bytes);
                Assert.True(packets.Sum(p => (long)p + 576) <= buffer);
            }
            else if (packets.TryDequeue(out uint read))
            {
                forwarded += read;
            }

            Assert.True(credit.Update(buffer, forwarded));
            Assert.Equal(sent - forwarded, credit.InFlight);
            // What was made before and is sent after changes nothing.
            if (forwarded >= 1000)
                Assert.True(credit.Update(1, forwarded - 1000));
            Assert.Equal((sent - forwarded, buffer), (credit.InFlight, credit.PeerBuffer));
            Assert.True(packets.Count > 0 || credit.Allowance() > VsockCredit.PacketCost);
        }

        Assert.False(credit.Update(buffer, sent + 1));
    }

    [Theory]
    [InlineData(1u, false)]
    [InlineData(0u, true)]
    [InlineData(3000u, true)]
    [InlineData(2999u, true)]
    [InlineData(1u << 31, false)]
    [InlineData(uint.MaxValue, false)]
    public void Counters_of_the_past_are_passed_over_and_those_of_the_future_are_lies(uint forwarded, bool isTrue)
    {
        VsockCredit credit = default;
        Assert.True(credit.Update(10_000, 0));
        if (forwarded != 1)
        {
            credit.Sent(3000, 1);
            Assert.True(credit.Update(10_000, 3000));
        }

        Assert.Equal(isTrue, credit.Update(10_000, forwarded));
        Assert.Equal(0u, credit.InFlight);
    }
}
