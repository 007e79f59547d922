// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scmi;
using VhostDevice.Devices.Scmi.Messages;
using VhostDevice.TestKit;
using Xunit;

namespace VhostDevice.Devices.Tests.Scmi;

[Collection(DeviceCollection.Name)]
public sealed class BaseTests : LeakChecked
{
    [Fact]
    public void A_guest_learns_who_is_there()
    {
        using ScmiFixture scmi = new([new TestSensor("t")]);
        Assert.Equal(1ul, scmi.Guest.Features & 1);
        Assert.Equal([0x20001u], scmi.Words(0x10, 0));
        Assert.Equal([0x101u], scmi.Words(0x10, 1));
        Assert.Equal("vhost-device", ScmiFixture.Text(scmi.Ask(0x10, 3)));
        Assert.Equal("tests", ScmiFixture.Text(scmi.Ask(0x10, 4)));
        Assert.Equal([1u], scmi.Words(0x10, 5));
        Assert.Equal([1u, 0x15u], scmi.Words(0x10, 6, 0));
        Assert.Equal([0u], scmi.Words(0x10, 6, 1));
        Assert.Equal(ScmiStatus.InvalidParameters, scmi.Status(0x10, 6, 2));
    }

    [Fact]
    public void Agents_have_numbers_and_names()
    {
        using ScmiFixture scmi = new([]);
        Assert.Equal("platform", ScmiFixture.Text(scmi.Ask(0x10, 7, 0).AsSpan(4)));
        foreach (uint id in (uint[])[1, uint.MaxValue])
        {
            byte[] agent = scmi.Ask(0x10, 7, id);
            Assert.Equal((1, "guest"), (agent[0], ScmiFixture.Text(agent.AsSpan(4))));
        }

        Assert.Equal(ScmiStatus.NotFound, scmi.Status(0x10, 7, 2));
    }

    [Theory]
    [InlineData(0x10, 12)]
    [InlineData(0x15, 14)]
    public void Commands_that_there_are_have_attributes(byte protocol, uint end)
    {
        using ScmiFixture scmi = new([]);
        for (uint message = 0; message < 0x20; message++)
        {
            if (message < end || message == 0x10)
                Assert.Equal([0u], scmi.Words(protocol, 2, message));
            else
                Assert.Equal(ScmiStatus.NotFound, scmi.Status(protocol, 2, message));
        }

        Assert.Equal(ScmiStatus.InvalidParameters, scmi.Status(protocol, 2, 256));
    }

    [Theory]
    [InlineData(0x10, 0x20001, ScmiStatus.Success)]
    [InlineData(0x10, 0x20000, ScmiStatus.Success)]
    [InlineData(0x10, 0x20002, ScmiStatus.NotSupported)]
    [InlineData(0x10, 0x10000, ScmiStatus.NotSupported)]
    [InlineData(0x15, 0x30000, ScmiStatus.Success)]
    [InlineData(0x15, 0x40000, ScmiStatus.NotSupported)]
    public void Versions_that_mean_the_same_can_be_agreed_on(byte protocol, uint version, ScmiStatus expected)
    {
        using ScmiFixture scmi = new([]);
        Assert.Equal(expected, scmi.Status(protocol, 0x10, version));
    }

    /// <summary>More than four protocols take more than a word; each part says where the next begins.</summary>
    [Theory]
    [InlineData(136, 1)]
    [InlineData(16, 3)]
    [InlineData(20, 2)]
    public void A_list_of_protocols_comes_in_as_many_parts_as_it_takes(uint room, int parts)
    {
        ScmiPlatform platform = new(new Lock(), "v", "s");
        for (byte id = 0x11; id < 0x1b; id++)
            _ = new OtherProtocol(platform, id);
        using TestBackEnd<ScmiDevice> backEnd = new(() => new ScmiDevice(platform.AddAgent("a", isTrusted: false), null));
        using VhostUser.FrontEnd.FrontEndDevice guest = backEnd.Attach(ScmiFixture.Options);
        List<byte> found = [];
        int asked = 0;
        for (uint count = 1; found.Count < 10; asked++)
        {
            byte[] answer = guest.Request(0, ScmiFixture.Command(0x10, 6, (uint)found.Count), room);
            count = answer[8];
            Assert.Equal(12 + (4 * ((count + 3) / 4)), (uint)answer.Length);
            found.AddRange(answer[12..(12 + (int)count)]);
        }

        Assert.Equal([0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a], found);
        Assert.Equal(parts, asked);
    }

    [Fact]
    public void A_command_that_cannot_be_answered_is_reported_to_who_wants_to_know()
    {
        using ScmiFixture scmi = new([]);
        (ushort, ulong)[] buffers = scmi.Post(2);
        byte[] ask = ScmiFixture.Command(0x10, 0);
        Assert.Empty(scmi.Guest.Request(0, ask, 4));
        Assert.Equal(ScmiStatus.InvalidParameters, scmi.Status(0x10, 8, 2));
        _ = scmi.Ask(0x10, 8, 1);
        Assert.Empty(scmi.Guest.Request(0, ask, 7));
        Assert.Equal([ScmiFixture.Header(0x10, 0, 3, token: 0), 1, 1, ScmiFixture.Header(0x10, 0), unchecked((uint)-7)], scmi.Notice(buffers[0]));
        _ = scmi.Ask(0x10, 8, 0);
        Assert.Empty(scmi.Guest.Request(0, ask, 7));
        scmi.Settle();
        Assert.False(scmi.Guest.Queues[1].HasUsed);
    }

    [Fact]
    public void Permissions_are_for_devices_and_protocols()
    {
        using ScmiFixture scmi = new([new TestSensor("a"), new TestSensor("b")]);
        _ = scmi.Ask(0x10, 9, 1, 0, 0);
        Assert.Equal(ScmiStatus.Denied, scmi.Status(0x15, 6, 0, 0));
        _ = scmi.Ask(0x15, 6, 1, 0);
        _ = scmi.Ask(0x10, 9, 1, 0, 1);
        _ = scmi.Ask(0x15, 6, 0, 0);
        _ = scmi.Ask(0x10, 0xa, 1, 1, 0x15, 0);
        Assert.Equal(ScmiStatus.Denied, scmi.Status(0x15, 9, 1));
        // What it has set is forgotten, and what it may do only when that is asked for.
        _ = scmi.Ask(0x15, 0xb, 0, 1);
        _ = scmi.Ask(0x10, 0xb, 1, 0);
        Assert.Equal(ScmiStatus.Denied, scmi.Status(0x15, 9, 1));
        _ = scmi.Ask(0x10, 0xb, 1, 1);
        Assert.Equal([0x10001u], scmi.Words(0x15, 9, 1));
    }

    [Theory]
    [InlineData(ScmiStatus.NotFound, 9, 2, 0, 0, -1)]
    [InlineData(ScmiStatus.NotFound, 9, 0, 0, 0, -1)]
    [InlineData(ScmiStatus.NotFound, 9, 1, 1, 0, -1)]
    [InlineData(ScmiStatus.InvalidParameters, 9, 1, 0, 2, -1)]
    [InlineData(ScmiStatus.NotFound, 0xa, 1, 0, 0x14, 0)]
    [InlineData(ScmiStatus.Denied, 0xa, 1, 0, 0x10, 0)]
    [InlineData(ScmiStatus.InvalidParameters, 0xa, 1, 0, 0x15, 2)]
    [InlineData(ScmiStatus.NotFound, 0xb, 9, 0, -1, -1)]
    [InlineData(ScmiStatus.InvalidParameters, 0xb, 1, 2, -1, -1)]
    public void Permissions_that_make_no_sense_are_refused(ScmiStatus expected, byte message, int first, int second, int third, int fourth)
    {
        using ScmiFixture scmi = new([new TestSensor("a")]);
        uint[] parameters = [.. ((int[])[first, second, third, fourth]).Where(static p => p >= 0).Select(static p => (uint)p)];
        Assert.Equal(expected, scmi.Status(0x10, message, parameters));
        _ = scmi.Ask(0x15, 6, 0, 0);
    }

    private sealed class OtherProtocol(ScmiPlatform platform, byte id) : ScmiProtocol(platform, id, 0x10000)
    {
        internal override int StateWords => 0;

        private protected override int ParametersOfOwn(byte message) => NoSuchMessage;

        private protected override void PutAttributes(ScmiCall call) => call.Put(0u);

        private protected override ScmiStatus Serve(ScmiAgent agent, ScmiCall call, byte message) => ScmiStatus.NotSupported;
    }
}
