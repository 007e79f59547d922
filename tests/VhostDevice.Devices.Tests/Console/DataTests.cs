// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Security.Cryptography;
using VhostDevice.Devices.Console.Ends;
using VhostDevice.Devices.Console.Ports;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.Devices.Tests.Console;

/// <summary>Bytes from the guest and to it.</summary>
[Collection(DeviceCollection.Name)]
public sealed class DataTests : LeakChecked
{
    [Fact]
    public void What_is_written_in_pieces_arrives_whole_and_comes_back_with_nothing_in_it()
    {
        TestEnd end = new();
        using ConsoleGuest guest = new(1, ends: end);
        guest.Open(0);
        byte[] bytes = RandomNumberGenerator.GetBytes(24);
        ulong at = guest.Front.Memory.Allocate(24);
        guest.Front.Memory.Write(at, bytes);
        for (uint cut = 1; cut < 24; cut++)
        {
            guest.Front.Queues[1].Add(DriverBuffer.Readable(at, cut), DriverBuffer.Readable(at + cut, 24 - cut));
            guest.Front.Queues[1].Submit();
            Assert.Equal(0u, guest.Front.Queues[1].Take().Length);
            Assert.Equal(bytes, guest.Thread.Invoke(() => end.Written[^24..].ToArray()));
        }

        // A buffer of the other direction is nothing to write.
        Assert.Empty(guest.Front.Request(1, [], 16));
        guest.Write(0, [1]);
        Assert.Equal((23 * 24) + 1, guest.Thread.Invoke(() => end.Written.Count));
    }

    [Fact]
    public void Many_buffers_are_written_with_one_call()
    {
        TestEnd end = new();
        using ConsoleGuest guest = new(1, ends: end);
        guest.Open(0);
        guest.Post(0, [.. Enumerable.Range(0, 16).Select(static i => new[] { (byte)i, (byte)i })]);
        for (int i = 0; i < 16; i++)
            _ = guest.Front.Queues[1].Take();
        Assert.Equal([.. Enumerable.Range(0, 32).Select(static i => (byte)(i / 2))], guest.Thread.Invoke(() => end.Written.ToArray()));
        Assert.Equal(1, guest.Thread.Invoke(() => end.Writes));
    }

    [Fact]
    public void Each_buffer_comes_back_once_with_what_was_put_into_it_and_only_those_that_are_needed()
    {
        TestEnd end = new();
        using ConsoleGuest guest = new(1, ends: end);
        guest.Open(0);
        ulong[] buffers = [.. Enumerable.Range(0, 6).Select(_ => guest.Offer(0, 4))];
        guest.Thread.Invoke(() => end.Send([1, 2, 3, 4, 5, 6]));
        Assert.Equal([1, 2, 3, 4], guest.Take(0, buffers[0]));
        Assert.Equal([5, 6], guest.Take(0, buffers[1]));
        guest.Thread.Invoke(() => end.Send([7]));
        Assert.Equal([7], guest.Take(0, buffers[2]));
        guest.Thread.Invoke(() => end.Send([.. Enumerable.Range(0, 13).Select(static i => (byte)i)]));
        Assert.Equal([0, 1, 2, 3], guest.Take(0, buffers[3]));
        Assert.Equal([4, 5, 6, 7], guest.Take(0, buffers[4]));
        Assert.Equal([8, 9, 10, 11], guest.Take(0, buffers[5]));
        Assert.Equal([12], guest.Take(0, guest.Offer(0, 4)));
    }

    [Fact]
    public void A_buffer_that_cannot_be_written_costs_nothing_but_itself()
    {
        TestEnd end = new();
        using ConsoleGuest guest = new(1, ends: end);
        guest.Open(0);
        ulong first = guest.Offer(0, 2);
        guest.Thread.Invoke(() => end.Send([1, 2, 3]));
        Assert.Equal([1, 2], guest.Take(0, first));
        Assert.Empty(guest.Front.Request(0, new byte[8], 0));
        Assert.Equal([3], guest.Take(0, guest.Offer(0, 2)));
    }

    [Fact]
    public void What_nobody_in_the_guest_reads_stays_where_it_is()
    {
        TestEnd end = new();
        using ConsoleGuest guest = new(1, ends: end);
        ulong at = guest.Offer(0);
        guest.Thread.Invoke(() => end.Send([1]));
        guest.BackEnd.Settle();
        Assert.Equal((1, InputWish.Nobody), guest.Thread.Invoke(() => (end.Input, end.Wish)));
        guest.Open(0);
        Assert.Equal([1], guest.Take(0, at));
        guest.Tell(0, 6, 0);
        guest.BackEnd.Settle();
        Assert.Equal(InputWish.Nobody, guest.Thread.Invoke(() => end.Wish));
    }

    [Fact]
    public void A_host_that_takes_nothing_holds_the_guest_back_and_nothing_is_lost()
    {
        TestEnd end = new();
        using ConsoleGuest guest = new(1, ends: end);
        guest.Open(0);
        guest.Thread.Invoke(() => end.Limit(3));
        guest.Post(0, [1, 2], [3, 4], [5, 6]);
        Assert.Equal(0u, guest.Front.Queues[1].Take().Length);
        guest.BackEnd.Settle();
        Assert.False(guest.Front.Queues[1].HasUsed);
        guest.Thread.Invoke(() => end.MakeRoom(1));
        _ = guest.Front.Queues[1].Take();
        guest.Thread.Invoke(() => end.MakeRoom(int.MaxValue));
        _ = guest.Front.Queues[1].Take();
        Assert.Equal([1, 2, 3, 4, 5, 6], guest.Thread.Invoke(() => end.Written.ToArray()));
        guest.Thread.AssertIdle();
    }

    [Fact]
    public void A_stop_waits_for_no_host_and_what_was_begun_is_written_first_later_on()
    {
        TestEnd end = new();
        using ConsoleGuest guest = new(1, ends: end);
        guest.Open(0);
        guest.Thread.Invoke(() => end.Limit(1));
        guest.Post(0, [1, 2, 3], [4, 5]);
        guest.Thread.Until(() => end.Written.Count == 1, "the first byte");
        IReadOnlyList<uint> bases = guest.Front.Stop();
        // The first one is done with, the second one is still in the ring.
        Assert.Equal(1u, bases[1] & 0xFFFF);
        Assert.True(guest.Front.Queues[1].TryPop(out _));
        guest.Front.Start();
        guest.Thread.Invoke(() => end.MakeRoom(int.MaxValue));
        guest.Thread.Until(() => end.Written.Count == 5, "the rest");
        Assert.Equal([1, 2, 3, 4, 5], guest.Thread.Invoke(() => end.Written.ToArray()));
    }

    [Fact]
    public void A_console_that_nobody_looks_at_keeps_its_last_words_and_counts_the_others()
    {
        TestEnd end = new(isOpen: false);
        using ConsoleGuest guest = new(1, ends: end);
        guest.Open(0);
        byte[] bytes = RandomNumberGenerator.GetBytes(ConsolePort.RecentBytes + 1000);
        for (int at = 0; at < bytes.Length; at += 1000)
            guest.Write(0, bytes[at..Math.Min(at + 1000, bytes.Length)]);
        Assert.Equal(1000ul, guest.Table[0]!.Statistics.Lost);
        guest.Thread.Invoke(() => end.Limit(100));
        guest.Thread.Invoke(() => end.SetOpen(true));
        guest.Post(0, [[7]]);
        guest.BackEnd.Settle();
        Assert.False(guest.Front.Queues[1].HasUsed);
        guest.Thread.Invoke(() => end.MakeRoom(int.MaxValue));
        _ = guest.Front.Queues[1].Take();
        Assert.Equal([.. bytes[1000..], 7], guest.Thread.Invoke(() => end.Written.ToArray()));
    }

    [Fact]
    public void A_channel_for_programs_that_nobody_has_open_loses_what_is_written()
    {
        TestEnd end = new(isOpen: false);
        using ConsoleGuest guest = new(1);
        guest.Add("agent", isConsole: false, end);
        guest.Open(0);
        guest.Write(0, new byte[10]);
        guest.Thread.Invoke(() => end.SetOpen(true));
        guest.Write(0, [1]);
        Assert.Equal([1], guest.Thread.Invoke(() => end.Written.ToArray()));
        Assert.Equal(10ul, guest.Table[0]!.Statistics.Lost);
    }

    [Fact]
    public void A_stop_with_a_buffer_that_is_too_large_to_keep_takes_a_moment_and_loses_its_rest()
    {
        TestEnd end = new();
        using ConsoleGuest guest = new(1, ends: end);
        guest.Open(0);
        guest.Thread.Invoke(() => end.Limit(1));
        guest.Post(0, [new byte[ConsolePort.RecentBytes + 2]]);
        guest.Thread.Until(() => end.Written.Count == 1, "the first byte");
        _ = guest.Front.Stop();
        Assert.Equal((ulong)ConsolePort.RecentBytes + 1, guest.Table[0]!.Statistics.Lost);
    }

    [Fact]
    public void One_port_does_not_wait_for_another()
    {
        TestEnd stuck = new(), free = new();
        using ConsoleGuest guest = new(2, ends: [stuck, free]);
        guest.Open(0, 1);
        guest.Thread.Invoke(() => stuck.Limit(0));
        guest.Post(0, [[1]]);
        guest.Write(1, [2]);
        Assert.Equal([2], guest.Thread.Invoke(() => free.Written.ToArray()));
        guest.Thread.Invoke(() => stuck.MakeRoom(int.MaxValue));
        _ = guest.Front.Queues[1].Take();
    }
}
