// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Can;
using VhostDevice.Devices.Tests.Boards;
using VhostDevice.Linux;
using Xunit;

namespace VhostDevice.Devices.Tests.Can;

/// <summary>A bus with a bit rate: how long frames take, who comes first, and what errors do to controllers.</summary>
public sealed class TimedBusTests : IDisposable
{
    // A bit takes two microseconds.
    private static readonly CanBitRate s_rate = new(500_000, 2_000_000);

    private readonly ManualTime _time = new();
    private readonly Lock _gate = new();
    private readonly List<string> _seen = [];
    private readonly SimulatedCanBus _bus;

    public TimedBusTests() => _bus = new SimulatedCanBus("a", _gate, See, s_rate, _time);

    public void Dispose() => _bus.Dispose();

    [Fact]
    public void A_frame_takes_its_time()
    {
        Player one = Join(), other = Join();
        CanFrame frame = new(0x123, 8), fd = new(0x123, 64, isFd: true);
        Assert.Equal(CanSend.Sent, one.Send(frame));
        Pass(Microseconds(frame) - 0.1);
        Assert.Equal((0, 0), (other.Got.Count, one.Confirmed));
        Pass(0.1);
        Assert.Equal((1, 1), (other.Got.Count, one.Confirmed));
        Assert.Empty(one.Got);
        Assert.Equal(CanSend.Sent, one.Send(fd));
        Pass(Microseconds(fd) - 0.1);
        Assert.Single(other.Got);
        Pass(0.2);
        Assert.Equal(2, other.Got.Count);
    }

    [Fact]
    public void Frames_follow_each_other_without_a_gap_however_late_the_timer_is()
    {
        Player one = Join();
        CanFrame frame = new(0x123, 8);
        for (int i = 0; i < 16; i++)
            Assert.Equal(CanSend.Sent, one.Send(frame));
        _time.Pass(TimeSpan.FromMicroseconds(15.5 * Microseconds(frame)));
        Assert.Equal(15, one.Confirmed);
        Pass(0.5 * Microseconds(frame));
        Assert.Equal(16, one.Confirmed);
    }

    [Fact]
    public void Of_those_that_wait_the_lowest_identifier_comes_first()
    {
        Player first = Join(), second = Join(), third = Join();
        first.Send(new CanFrame(0x700, 0));
        // While that one is on its way.
        first.Send(new CanFrame(0x400, 0));
        first.Send(new CanFrame(0x001, 0));
        second.Send(new CanFrame(0x300 << 18, 0, isExtended: true));
        second.Send(new CanFrame(0x2FF << 18, 0, isExtended: true));
        third.Send(new CanFrame(0x300, 0, isRemote: true));
        third.Send(new CanFrame(0x300, 0));
        Pass(10_000);
        // A controller keeps the order of its own; a standard frame comes before an extended one, and data before a request.
        Assert.Equal(["700", "300r", "300", "C000000x", "BFC0000x", "400", "1"], _seen);
    }

    [Fact]
    public void A_controller_keeps_sixteen_frames()
    {
        Player one = Join();
        for (int i = 0; i < 16; i++)
            Assert.Equal(CanSend.Sent, one.Send(new CanFrame(1, 0)));
        Assert.Equal(CanSend.Busy, one.Send(new CanFrame(1, 0)));
        Assert.Equal(0, one.Again);
        Pass(Microseconds(new CanFrame(1, 0)));
        Assert.Equal(1, one.Again);
        Assert.Equal(CanSend.Sent, one.Send(new CanFrame(1, 0)));
    }

    [Fact]
    public void Nobody_waits_for_a_guest_that_does_not_receive()
    {
        Player one = Join(), deaf = Join();
        deaf.IsFull = true;
        for (int i = 0; i < 100; i++)
        {
            Assert.Equal(CanSend.Sent, one.Send(new CanFrame(1, 0)));
            Pass(1_000);
        }

        Assert.Equal((100, 100), (one.Confirmed, deaf.Lost));
    }

    [Fact]
    public void Destroyed_frames_come_again_and_are_counted_as_a_controller_counts()
    {
        CanNode node = new(), others = new();
        Player one = Join(node), other = Join(others);
        node.Faults.Destroy(CanFault.Stuff, 3);
        CanFrame frame = new(0x123, 8);
        one.Send(frame);
        double attempt = Microseconds(frame) + (CanBits.ErrorFrame * 2);
        Pass(3 * attempt);
        Assert.Equal((24, 3, 0), (node.TransmitErrors, others.ReceiveErrors, other.Got.Count));
        Pass(Microseconds(frame));
        Assert.Equal((23, 2, 1), (node.TransmitErrors, others.ReceiveErrors, other.Got.Count));
        Assert.Equal((3ul, CanErrorState.Active), (node.Destroyed, node.State));
        Assert.Equal((ulong)(3 * attempt) + (ulong)Microseconds(frame), node.BusyMicroseconds);
    }

    [Fact]
    public void Sixteen_errors_make_a_controller_passive_and_thirty_two_take_it_off_the_bus()
    {
        CanNode node = new();
        List<CanErrorState> states = [];
        node.StateChanged = () => states.Add(node.State);
        Player one = Join(node), other = Join();
        node.Faults.Destroy(CanFault.Bit, 1_000);
        one.Send(new CanFrame(1, 0));
        one.Send(new CanFrame(2, 0));
        Pass(100_000);
        Assert.Equal([CanErrorState.Passive, CanErrorState.BusOff], states);
        Assert.Equal((1, 32ul, 256), (one.BusOffs, node.Destroyed, node.TransmitErrors));
        Assert.Equal(CanSend.Failed, one.Send(new CanFrame(3, 0)));
        // Back after 128 times 11 bits of rest; what waited before is gone.
        node.Faults.Destroy(CanFault.None, 0);
        one.Station.Start();
        Assert.Equal((CanErrorState.Active, 0), (node.State, node.TransmitErrors));
        one.Send(new CanFrame(4, 0));
        Pass((1408 * 2) + Microseconds(new CanFrame(4, 0)) - 1);
        Assert.Empty(other.Got);
        Pass(1);
        Assert.Equal(4u, Assert.Single(other.Got).Id);
    }

    [Fact]
    public void A_passive_controller_lets_others_come_first()
    {
        CanNode node = new();
        Player one = Join(node), other = Join();
        node.Faults.Destroy(CanFault.Form, 17);
        one.Send(new CanFrame(1, 0));
        one.Send(new CanFrame(2, 0));
        while (node.State == CanErrorState.Active)
            Pass(10);
        other.Send(new CanFrame(0x700, 0));
        Pass(10_000);
        Assert.Equal(["700", "1", "2"], _seen);
    }

    [Fact]
    public void A_controller_that_nobody_acknowledges_repeats_its_frame_and_never_goes_bus_off()
    {
        CanNode node = new();
        Player one = Join(node), other = Join();
        node.Faults.WithholdAcknowledgement(_time.GetTimestamp() + TimeSpan.TicksPerSecond);
        one.Send(new CanFrame(1, 0));
        Pass(999_000);
        Assert.Equal((128, CanErrorState.Passive, 0), (node.TransmitErrors, node.State, one.BusOffs));
        Assert.Empty(other.Got);
        Pass(2_000);
        Assert.Single(other.Got);
        Assert.Equal(127, node.TransmitErrors);
    }

    [Fact]
    public void An_error_of_the_bus_is_for_whoever_sends_next()
    {
        CanNode first = new(), second = new();
        Player one = Join(first), other = Join(second);
        _bus.Faults.Destroy(CanFault.Checksum, 2);
        one.Send(new CanFrame(1, 0));
        Pass(10_000);
        other.Send(new CanFrame(2, 0));
        Pass(10_000);
        Assert.Equal((2ul, 0ul), (first.Destroyed, second.Destroyed));
        Assert.Equal(["1", "2"], _seen);
    }

    [Fact]
    public void Who_leaves_takes_his_frames_along_and_the_wires_stay_busy_for_what_was_on_its_way()
    {
        Player one = Join(), other = Join();
        CanFrame frame = new(1, 8);
        one.Send(frame);
        one.Send(frame);
        one.Station.Stop();
        other.Send(new CanFrame(2, 0));
        Pass(Microseconds(frame));
        Assert.Empty(_seen);
        Pass(Microseconds(new CanFrame(2, 0)));
        Assert.Equal(["2"], _seen);
        Assert.Equal(0, one.Confirmed);
    }

    [Fact]
    public void The_load_is_that_of_the_last_second()
    {
        Player one = Join();
        CanFrame frame = new(0x123, 8);
        for (int i = 0; i < 1_000; i++)
        {
            one.Send(frame);
            Pass(1_000);
        }

        lock (_gate)
            Assert.Equal(Microseconds(frame) / 1_000, _bus.Load, 2);
        Pass(1_500_000);
        lock (_gate)
            Assert.Equal(0, _bus.Load, 2);
        Assert.Equal((ulong)(1_000 * Microseconds(frame)), _bus.BusyMicroseconds);
    }

    [Fact]
    public void People_take_part_and_are_refused_when_too_many_frames_wait()
    {
        Player one = Join();
        one.Send(new CanFrame(0x10, 0));
        int sent = 0;
        while (_bus.Inject(new CanFrame(0x20, 0)))
            sent++;
        Assert.Equal(256, sent);
        one.Send(new CanFrame(0x10, 0));
        Pass(100_000);
        Assert.Equal("10", _seen[1]);
        Assert.Equal(258, _seen.Count);
        Assert.True(_bus.Inject(new CanFrame(0x20, 0)));
    }

    [Fact]
    public void What_sends_for_people_comes_back_by_itself_after_bus_off()
    {
        _bus.Faults.Destroy(CanFault.Bit, 32);
        Assert.True(_bus.Inject(new CanFrame(1, 0)));
        Pass(100_000);
        Assert.Empty(_seen);
        Assert.True(_bus.Inject(new CanFrame(2, 0)));
        Pass(100_000);
        Assert.Equal(["2"], _seen);
    }

    [Fact]
    public void Where_frames_take_no_time_an_error_costs_the_frame()
    {
        SimulatedCanBus bus = new("b", _gate, See, null, _time);
        CanNode node = new();
        Player one = new(), other = new();
        one.Station = bus.Join(one, node);
        other.Station = bus.Join(other, new CanNode());
        one.Station.Start();
        other.Station.Start();
        node.Faults.Destroy(CanFault.Stuff, 2);
        Assert.Equal(CanSend.Failed, one.Send(new CanFrame(1, 0)));
        Assert.Equal(CanSend.Failed, one.Send(new CanFrame(1, 0)));
        Assert.Equal(CanSend.Sent, one.Send(new CanFrame(1, 0)));
        bus.Faults.WithholdAcknowledgement(_time.GetTimestamp() + 10);
        Assert.Equal(CanSend.Failed, other.Send(new CanFrame(1, 0)));
        Pass(1);
        Assert.Equal(CanSend.Sent, other.Send(new CanFrame(1, 0)));
        Assert.Equal((2ul, CanErrorState.Active, false), (node.Destroyed, node.State, bus.ConfirmsSending));
    }

    private static double Microseconds(CanFrame frame)
    {
        CanBits bits = CanBits.Of(frame);
        return (bits.Nominal * 2) + (bits.Data * 0.5);
    }

    private Player Join(CanNode? node = null)
    {
        Player player = new();
        player.Station = _bus.Join(player, node ?? new CanNode());
        player.Station.Start();
        return player;
    }

    private void Pass(double microseconds) => _time.Pass(TimeSpan.FromTicks((long)Math.Round(microseconds * 10)));

    private void See(in CanFrame frame) =>
        _seen.Add(frame.Id.ToString("X", null) + (frame.IsExtended ? "x" : "") + (frame.IsRemote ? "r" : ""));

    private sealed class Player : ICanGuest
    {
        internal ICanStation Station { get; set; } = null!;

        internal List<CanFrame> Got { get; } = [];

        internal bool IsFull { get; set; }

        internal int Lost { get; private set; }

        internal int Confirmed { get; private set; }

        internal int Again { get; private set; }

        internal int BusOffs { get; private set; }

        public bool HasRoom => !IsFull;

        public bool TryReceive(in CanFrame frame)
        {
            if (IsFull)
                Lost++;
            else
                Got.Add(frame);
            return !IsFull;
        }

        public void ReportBusOff() => BusOffs++;

        public void SendAgain() => Again++;

        public void Confirm(bool wasSent) => Confirmed++;

        internal CanSend Send(in CanFrame frame) => Station.Send(frame, mayWait: true);
    }
}
