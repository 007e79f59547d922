// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Input;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.Virtio;
using Xunit;

namespace VhostDevice.Devices.Tests.Input;

/// <summary>From the device to the guest: whole reports, in their order, or what makes up for them.</summary>
[Collection(DeviceCollection.Name)]
public sealed class EventTests : LeakChecked
{
    public static TheoryData<int, int> Sizes => new() { { 3, 64 }, { 6, 4 }, { 20, 4 }, { 61, 4 }, { 700, 1 }, { 20, 64 } };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void A_report_arrives_whole_however_few_buffers_there_are(int events, int buffers)
    {
        TestSource source = new();
        using InputGuest guest = new(source, buffers);
        for (int round = 0; round < 3; round++)
        {
            InputEvent[] report = [.. Enumerable.Range(0, events).Select(i => new InputEvent(InputTypes.Misc, 4, (round * 1000) + i))];
            source.Report(report);
            Assert.Equal(report, guest.TakeReport());
        }

        Assert.Equal((3ul, 0ul), (guest.Statistics.Reports, guest.Statistics.Dropped));
    }

    [Theory]
    [InlineData(0ul)]
    [InlineData(VirtioFeatures.RingPacked)]
    [InlineData(VirtioFeatures.RingPacked | VirtioFeatures.InOrder)]
    public void Event_index_is_not_needed(ulong more)
    {
        TestSource source = new();
        FrontEndDeviceOptions options = TestOptions.Small with { QueueSizes = [4, 4] };
        options = options with { Features = (options.Features & ~VirtioFeatures.EventIdx) | more };
        using InputGuest guest = new(source, buffers: 4, options);
        for (int i = 0; i < 100; i++)
        {
            source.Report(TestSource.Key(30, i & 1), TestSource.Key(42, i & 1));
            Assert.Equal([TestSource.Key(30, i & 1), TestSource.Key(42, i & 1)], guest.TakeReport());
        }
    }

    [Fact]
    public void Reports_wait_for_buffers()
    {
        TestSource source = new();
        using InputGuest guest = new(source, buffers: 0);
        source.Report(TestSource.Key(30, 1));
        source.Report(TestSource.Key(30, 0));
        guest.BackEnd.Settle();
        Assert.Equal(0ul, guest.Statistics.Events);
        guest.Offer(2);
        Assert.Equal([TestSource.Key(30, 1)], guest.TakeReport());
        Assert.Equal([TestSource.Key(30, 0)], guest.TakeReport());
    }

    [Fact]
    public void A_buffer_that_is_too_small_costs_no_event()
    {
        TestSource source = new();
        using InputGuest guest = new(source, buffers: 0);
        ulong small = guest.Front.Post(0, 7).Address;
        source.Report(TestSource.Key(30, 1));
        Assert.Equal(0u, guest.Front.Queues[0].Take().Length);
        Assert.NotEqual(0ul, small);
        // One that is not the device's to write into, and one in pieces.
        Assert.Empty(guest.Front.Request(0, new byte[8], 0));
        ulong at = guest.Front.Memory.Allocate(16);
        guest.Front.Queues[0].Add(DriverBuffer.Writable(at, 3), DriverBuffer.Writable(at + 3, 13));
        guest.Front.Queues[0].Submit();
        Assert.Equal(8u, guest.Front.Queues[0].Take().Length);
        Assert.Equal([1, 0, 30, 0, 1, 0, 0, 0], guest.Front.Memory.Span(at, 8).ToArray());
        Assert.Equal(2ul, guest.Statistics.TooSmall);
    }

    [Fact]
    public void When_too_much_waits_the_guest_gets_what_leads_to_the_state_instead()
    {
        TestSource source = new();
        using InputGuest guest = new(source, buffers: 0);
        source.Report(TestSource.Key(42, 1));
        int sent = 0;
        while (guest.Statistics.Dropped == 0)
        {
            source.Report(TestSource.Key(30, ++sent & 1), TestSource.Absolute(0, sent));
            Assert.InRange(sent, 1, 1 << 16);
        }

        // Lost, all of them: the guest must not take them for pressed, nor for released.
        source.Report(TestSource.Key(42, 0));
        source.Report(TestSource.Key(1, 1), TestSource.Absolute(0x2F, 3), TestSource.Absolute(0x39, 17), TestSource.Absolute(0x35, 99));
        source.Report(TestSource.Key(1, 0), TestSource.Key(0x14A, 1));
        source.Report(TestSource.Absolute(0, 1234));
        guest.Offer(InputGuest.Size);
        InputState seen = new(source.Description);
        List<InputEvent> report = [];
        for (int i = 0; i < sent; i++)
        {
            report = guest.TakeReport();
            report.ForEach(e => seen.Apply(e));
        }

        Assert.Equal([TestSource.Key(30, (sent - 1) & 1), TestSource.Absolute(0, sent - 1)], report);
        List<InputEvent> rest = guest.TakeReport();
        Assert.Contains(TestSource.Key(42, 0), rest);
        Assert.DoesNotContain(TestSource.Key(1, 1), rest);
        Assert.Contains(TestSource.Absolute(0, 1234), rest);
        Assert.Equal([TestSource.Absolute(0x2F, 3), TestSource.Absolute(0x39, 17), TestSource.Absolute(0x35, 99)], rest[^3..]);
        rest.ForEach(e => seen.Apply(e));
        List<InputEvent> missing = [];
        seen.ListChanges(source.Now, missing);
        Assert.Empty(missing);
        // From here on everything arrives again.
        source.Report(TestSource.Key(1, 1));
        Assert.Equal([TestSource.Key(1, 1)], guest.TakeReport());
    }

    [Fact]
    public void What_the_host_lost_is_read_again()
    {
        TestSource source = new();
        using InputGuest guest = new(source);
        source.Report(TestSource.Key(42, 1));
        Assert.Equal([TestSource.Key(42, 1)], guest.TakeReport());
        source.Now.Apply(TestSource.Key(42, 0));
        source.Now.Apply(TestSource.Key(30, 1));
        source.Guest!.ReportLoss();
        Assert.Equal([TestSource.Key(30, 1), TestSource.Key(42, 0)], guest.TakeReport());
        // Nothing is different, so nothing is said.
        source.Guest.ReportLoss();
        guest.BackEnd.Settle();
        source.Report(TestSource.Key(30, 0));
        Assert.Equal([TestSource.Key(30, 0)], guest.TakeReport());
    }

    [Fact]
    public void A_device_that_is_gone_has_nothing_pressed_and_stays_where_it_was()
    {
        TestSource source = new();
        using InputGuest guest = new(source);
        source.Report(
            TestSource.Key(42, 1),
            TestSource.Absolute(0, 77),
            TestSource.Absolute(0x2F, 2),
            TestSource.Absolute(0x39, 5),
            TestSource.Absolute(0x2F, 0));
        _ = guest.TakeReport();
        source.IsReadable = false;
        source.Guest!.ReportLoss();
        Assert.Equal(
            [TestSource.Key(42, 0), TestSource.Absolute(0x2F, 2), TestSource.Absolute(0x39, -1), TestSource.Absolute(0x2F, 0)],
            guest.TakeReport());
    }

    [Fact]
    public void No_byte_is_allocated_however_many_reports_there_are()
    {
        TestSource source = new();
        using LoopThread thread = new();
        using InputGuest guest = new(source, buffers: 0, shared: thread);
        InputEvent[] report = [TestSource.Key(30, 1), TestSource.Absolute(0, 4), InputEvent.EndOfReport];
        ulong at = guest.Front.Memory.Allocate(8);
        for (int i = 0; i < InputGuest.Size; i++)
            guest.Front.Queues[0].Add(DriverBuffer.Writable(at, 8));
        guest.Front.Queues[0].Submit();
        Run(2_000);
        Assert.Equal(0, Allocations.Least(thread, () => Run(20_000)));

        void Run(int reports)
        {
            DriverQueue queue = guest.Front.Queues[0];
            for (int i = 0; i < reports; i++)
            {
                source.Guest!.Report(report);
                for (int taken = 0; taken < report.Length;)
                {
                    if (!queue.WaitForUsed(LoopThread.Patience))
                        throw new TimeoutException();
                    for (; queue.TryPop(out _); taken++)
                        queue.Add(DriverBuffer.Writable(at, 8));
                }

                queue.Submit();
            }
        }
    }
}
