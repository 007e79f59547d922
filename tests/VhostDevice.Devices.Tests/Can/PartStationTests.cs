// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Can;
using VhostDevice.Linux;
using Xunit;

namespace VhostDevice.Devices.Tests.Can;

/// <summary>Parts of a board on a simulated bus, beside guests.</summary>
[Collection(DeviceCollection.Name)]
public sealed class PartStationTests
{
    [Fact]
    public void Everybody_sees_a_question_before_its_answer()
    {
        SimulatedCanBus bus = new("a");
        Part answers = new(bus, id => id + 1), listens = new(bus, _ => null);
        bus.Inject(new CanFrame(1, 0));
        Assert.Equal([1], answers.Got);
        Assert.Equal([1, 2], listens.Got);
    }

    [Fact]
    public void An_answer_may_have_an_answer()
    {
        SimulatedCanBus bus = new("a");
        Part first = new(bus, id => id == 2 ? 3 : null), second = new(bus, id => id is 1 or 3 ? id + 1 : null);
        bus.Inject(new CanFrame(1, 0));
        Assert.Equal([1, 2, 4], first.Got);
        Assert.Equal([1, 3], second.Got);
    }

    [Fact]
    public void Parts_know_whether_a_guest_is_there()
    {
        SimulatedCanBus bus = new("a");
        Part part = new(bus, _ => null), other = new(bus, _ => null);
        using CanGuest first = new(bus), second = new(bus);
        Assert.False(bus.HasGuests);
        first.Start();
        second.Start();
        first.Start();
        Assert.True(bus.HasGuests);
        first.Stop();
        Assert.True(bus.HasGuests);
        second.Front.Dispose();
        second.BackEnd.WaitForConnections(0);
        Assert.False(bus.HasGuests);
        Assert.Equal([true, false], part.Guests);
        Assert.Equal(part.Guests, other.Guests);
    }

    private sealed class Part : ICanPart
    {
        private readonly SimulatedCanBus _bus;
        private readonly ICanStation _station;
        private readonly Func<uint, uint?> _answer;
        private readonly Queue<uint> _waits = [];

        internal Part(SimulatedCanBus bus, Func<uint, uint?> answer)
        {
            _bus = bus;
            _answer = answer;
            _station = bus.Join(this);
        }

        internal List<uint> Got { get; } = [];

        internal List<bool> Guests { get; } = [];

        public bool HasRoom => true;

        public bool TryReceive(in CanFrame frame)
        {
            Got.Add(frame.Id);
            if (_answer(frame.Id) is { } answer)
                _waits.Enqueue(answer);
            return true;
        }

        public void ReportBusOff()
        {
        }

        public void SendAgain()
        {
        }

        public bool TakeTurn()
        {
            if (!_waits.TryDequeue(out uint id))
                return false;
            Assert.Equal(CanSend.Sent, _station.Send(new CanFrame(id, 0), mayWait: true));
            return true;
        }

        public void GuestsChanged() => Guests.Add(_bus.HasGuests);
    }
}
