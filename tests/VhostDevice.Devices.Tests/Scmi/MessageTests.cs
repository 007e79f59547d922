// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using VhostDevice.Devices.Scmi.Messages;
using VhostDevice.Linux;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.Devices.Tests.Scmi;

/// <summary>Messages of every shape, whatever they ask.</summary>
[Collection(DeviceCollection.Name)]
public sealed class MessageTests : LeakChecked
{
    [Theory]
    [InlineData(ScmiStatus.NotSupported, 0x11, 0, 0)] // no such protocol
    [InlineData(ScmiStatus.NotSupported, 0xff, 0, 0)]
    [InlineData(ScmiStatus.NotSupported, 0x10, 0x0c, 0)] // no such command
    [InlineData(ScmiStatus.NotSupported, 0x15, 0xff, 0)]
    [InlineData(ScmiStatus.ProtocolError, 0x10, 0, 1)] // too long and too short
    [InlineData(ScmiStatus.ProtocolError, 0x10, 2, 0)]
    [InlineData(ScmiStatus.ProtocolError, 0x15, 5, 3)]
    [InlineData(ScmiStatus.ProtocolError, 0x15, 5, 5)]
    [InlineData(ScmiStatus.ProtocolError, 0x15, 3, 200)]
    [InlineData(ScmiStatus.ProtocolError, 0x15, 3, 300)] // more than any command has
    public void What_makes_no_sense_is_answered(ScmiStatus expected, byte protocol, byte message, int parameters)
    {
        using ScmiFixture scmi = new([new TestSensor("t")]);
        Assert.Equal(expected, scmi.Status(protocol, message, new uint[parameters]));
        Assert.Equal(0x20001u, scmi.Words(0x10, 0)[0]);
    }

    // A delayed response, a notification, and a type that there is not.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Only_commands_are_served(byte type)
    {
        using ScmiFixture scmi = new([]);
        uint header = ScmiFixture.Header(0x10, 0, type);
        Assert.Equal(ScmiFixture.Bytes(header, unchecked((uint)-1)), scmi.Guest.Request(0, ScmiFixture.Bytes(header), 136));
    }

    [Fact]
    public void Half_a_header_gets_an_error()
    {
        using ScmiFixture scmi = new([]);
        Assert.Equal(ScmiFixture.Bytes(0, unchecked((uint)-10)), scmi.Guest.Request(0, [0, 0x40, 1], 136));
        Assert.Equal(ScmiFixture.Bytes(0, unchecked((uint)-10)), scmi.Guest.Request(0, [], 136));
        // Half a parameter, too.
        uint header = ScmiFixture.Header(0x10, 2);
        Assert.Equal(ScmiFixture.Bytes(header, unchecked((uint)-10)), scmi.Guest.Request(0, [.. ScmiFixture.Bytes(header), 1, 0], 136));
    }

    [Fact]
    public void An_answer_that_has_no_room_is_an_error_and_without_room_even_for_that_nothing()
    {
        using ScmiFixture scmi = new([new TestSensor("t")]);
        byte[] ask = ScmiFixture.Command(0x10, 0);
        Assert.Equal(12, scmi.Guest.Request(0, ask, 12).Length);
        for (uint room = 8; room < 12; room++)
            Assert.Equal(ScmiFixture.Bytes(ScmiFixture.Header(0x10, 0), unchecked((uint)-7)), scmi.Guest.Request(0, ask, room));
        for (uint room = 0; room < 8; room++)
            Assert.Empty(scmi.Guest.Request(0, ask, room));
        // A list of which not one part fits would be asked for ever.
        Assert.Equal(unchecked((uint)-7), ScmiFixture.ToWords(scmi.Guest.Request(0, ScmiFixture.Command(0x15, 3, 0), 60))[1]);
        Assert.Equal(unchecked((uint)-7), ScmiFixture.ToWords(scmi.Guest.Request(0, ScmiFixture.Command(0x10, 6, 0), 12))[1]);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(4, 1)]
    [InlineData(1, 12)]
    [InlineData(3, 5)]
    public void Any_split_into_descriptors_is_served(int readable, int writable)
    {
        using ScmiFixture scmi = new([]);
        byte[] ask = ScmiFixture.Command(0x10, 2, 3);
        ulong from = scmi.Guest.Memory.Allocate(64), to = scmi.Guest.Memory.Allocate(64);
        scmi.Guest.Memory.Write(from, ask);
        List<DriverBuffer> buffers = [];
        Cut(from, (uint)ask.Length, readable, static (at, length) => DriverBuffer.Readable(at, length));
        Cut(to, 12, writable, static (at, length) => DriverBuffer.Writable(at, length));
        DriverQueue queue = scmi.Guest.Queues[0];
        _ = queue.Add([.. buffers]);
        queue.Submit();
        Assert.Equal(12u, queue.Take().Length);
        Assert.Equal(0, BinaryPrimitives.ReadInt32LittleEndian(scmi.Guest.Memory.Span(to + 4, 4)));

        void Cut(ulong at, uint length, int pieces, Func<ulong, uint, DriverBuffer> make)
        {
            for (int left = pieces; left > 0; left--)
            {
                uint part = length / (uint)left;
                buffers.Add(make(at, part));
                at += part;
                length -= part;
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_sensor_that_takes_its_time_keeps_nobody_else_waiting_for_ever(bool leaves)
    {
        using HostCalls calls = new("sensor");
        using ManualResetEventSlim door = new(false);
        TestSensor slow = new("slow", calls: calls) { Door = door };
        using ScmiFixture scmi = new([slow], calls);
        // The first one is made on the loop, and shows that the sensor is slow.
        for (int i = 0; i < 2; i++)
        {
            door.Reset();
            byte[] read = ScmiFixture.Command(0x15, 6, 0, 0);
            ulong at = scmi.Guest.Memory.Allocate(256);
            scmi.Guest.Memory.Write(at, read);
            _ = scmi.Guest.Queues[0].Add(DriverBuffer.Readable(at, (uint)read.Length), DriverBuffer.Writable(at + 128, 24));
            scmi.Guest.Queues[0].Submit();
            if (i == 0)
                Thread.Sleep(20);
            else
                Assert.Equal(1, scmi.BackEnd.ConnectionCount); // the loop answers
            if (i == 1 && leaves)
                break;
            door.Set();
            Assert.Equal(24u, scmi.Guest.Queues[0].Take().Length);
        }

        if (!leaves)
            return;
        scmi.Guest.Dispose();
        door.Set();
        scmi.Guest = scmi.BackEnd.Attach(ScmiFixture.Options);
        Assert.Equal(0u, scmi.Words(0x15, 6, 0, 0)[0]);
    }

    [Fact]
    public void A_sensor_that_does_not_work_is_said_and_costs_that_command()
    {
        TestSensor sensor = new("t") { Answer = ScmiStatus.HardwareError };
        using ScmiFixture scmi = new([sensor]);
        Assert.Equal(ScmiStatus.HardwareError, scmi.Status(0x15, 6, 0, 0));
        sensor.Answer = ScmiStatus.Success;
        sensor.Value = 42_000;
        Assert.Equal([42_000, 0, 0, 0], scmi.Words(0x15, 6, 0, 0));
    }

    [Fact]
    public void What_happened_is_counted()
    {
        using ScmiFixture scmi = new([]);
        _ = scmi.Ask(0x10, 0);
        _ = scmi.Status(0x77, 0);
        Assert.Equal((1ul, 1ul), (scmi.Agent.Statistics.Answered, scmi.Agent.Statistics.Refused));
    }
}
