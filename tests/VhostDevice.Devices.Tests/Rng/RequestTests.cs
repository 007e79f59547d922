// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Rng;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;
using VhostDevice.Virtio;
using Xunit;

namespace VhostDevice.Devices.Tests.Rng;

/// <summary>Requests of every shape, from the kernel's generator.</summary>
[Collection(DeviceCollection.Name)]
public sealed class RequestTests : LeakChecked
{
    [Fact]
    public void The_device_is_what_the_specification_says()
    {
        using KernelEntropySource source = RngFixture.Kernel();
        using TestBackEnd<RngDevice> backEnd = RngFixture.Serve(source);
        using FrontEndConnection c = backEnd.Connect();
        ProbeResult result = BackEndProbe.Run(c);
        Assert.Null(result.Problem);
        Assert.Equal(1UL, result.QueueCount);
        // The device type has no feature bits of its own.
        Assert.Equal(VirtioFeatures.Transport | VirtioFeatures.ProtocolFeatures | VirtioFeatures.LogAll | VirtioFeatures.InOrder, result.Features);
        Assert.Equal(ProtocolFeatures.None, result.ProtocolFeatures & ProtocolFeatures.Config);
        RngDevice device = backEnd.Device;
        Assert.Equal(4u, device.DeviceId);
        Assert.Equal(1024, device.MaxQueueSize);
        Assert.True(device.Config.IsEmpty);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void The_used_length_is_what_was_written_and_the_rest_is_untouched(bool useVdso, bool hasNode)
    {
        using KernelEntropySource source = RngFixture.Kernel(useVdso, hasNode);
        using TestBackEnd<RngDevice> backEnd = RngFixture.Serve(source);
        using FrontEndDevice guest = backEnd.Attach(RngFixture.Options);
        foreach (int size in (int[])[16, 64, 255, 256, 257, 4096, 65536])
        {
            ulong at = RngFixture.Clean(guest, size + 64);
            guest.Queues[0].Add(DriverBuffer.Writable(at + 32, (uint)size));
            guest.Queues[0].Submit();
            Assert.Equal((uint)size, guest.Queues[0].Take().Length);
            RngFixture.AssertRandom(guest.Memory.Span(at + 32, size));
            RngFixture.AssertUntouched(guest.Memory.Span(at, 32));
            RngFixture.AssertUntouched(guest.Memory.Span(at + 32 + (ulong)size, 32));
        }
    }

    [Fact]
    public void A_short_answer_leaves_the_rest_of_the_buffer_alone()
    {
        using KernelEntropySource source = RngFixture.Kernel();
        using TestBackEnd<RngDevice> backEnd = RngFixture.Serve(source, new RateLimit(100, TimeSpan.FromHours(1)));
        using FrontEndDevice guest = backEnd.Attach(RngFixture.Options);
        ulong at = RngFixture.Clean(guest, 256);
        guest.Queues[0].Add(DriverBuffer.Writable(at, 256));
        guest.Queues[0].Submit();
        Assert.Equal(100u, guest.Queues[0].Take().Length);
        RngFixture.AssertRandom(guest.Memory.Span(at, 100));
        RngFixture.AssertUntouched(guest.Memory.Span(at + 100, 156));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Several_descriptors_are_filled_in_order(bool indirect)
    {
        using KernelEntropySource source = RngFixture.Kernel();
        using TestBackEnd<RngDevice> backEnd = RngFixture.Serve(source);
        using FrontEndDevice guest = backEnd.Attach(RngFixture.Options);
        ulong at = RngFixture.Clean(guest, 400);
        DriverBuffer[] buffers = [DriverBuffer.Writable(at, 32), DriverBuffer.Writable(at + 100, 64), DriverBuffer.Writable(at + 300, 16)];
        if (indirect)
            guest.Queues[0].AddIndirect(buffers);
        else
            guest.Queues[0].Add(buffers);
        guest.Queues[0].Submit();
        Assert.Equal(112u, guest.Queues[0].Take().Length);
        RngFixture.AssertRandom(guest.Memory.Span(at, 32));
        RngFixture.AssertUntouched(guest.Memory.Span(at + 32, 68));
        RngFixture.AssertRandom(guest.Memory.Span(at + 100, 64));
        RngFixture.AssertUntouched(guest.Memory.Span(at + 164, 136));
        RngFixture.AssertRandom(guest.Memory.Span(at + 300, 16));
        RngFixture.AssertUntouched(guest.Memory.Span(at + 316, 84));
    }

    [Fact]
    public void A_long_indirect_chain_is_filled_whole()
    {
        using KernelEntropySource source = RngFixture.Kernel();
        using TestBackEnd<RngDevice> backEnd = RngFixture.Serve(source);
        using FrontEndDevice guest = backEnd.Attach(RngFixture.Options);
        ulong at = RngFixture.Clean(guest, 1024 * 32);
        guest.Queues[0].AddIndirect([.. Enumerable.Range(0, 1024).Select(i => DriverBuffer.Writable(at + (ulong)(i * 32), 16))]);
        guest.Queues[0].Submit();
        Assert.Equal(1024u * 16, guest.Queues[0].Take().Length);
        RngFixture.AssertRandom(guest.Memory.Span(at + (1023 * 32), 16));
    }

    [Fact]
    public void Two_chains_in_one_kick_are_both_answered()
    {
        using KernelEntropySource source = RngFixture.Kernel();
        using TestBackEnd<RngDevice> backEnd = RngFixture.Serve(source);
        using FrontEndDevice guest = backEnd.Attach(RngFixture.Options);
        ulong at = RngFixture.Clean(guest, 128);
        ushort first = guest.Queues[0].Add(DriverBuffer.Writable(at, 64));
        ushort second = guest.Queues[0].Add(DriverBuffer.Writable(at + 64, 32));
        guest.Queues[0].Submit();
        Assert.Equal(new UsedChain(first, 64), guest.Queues[0].Take());
        Assert.Equal(new UsedChain(second, 32), guest.Queues[0].Take());
        RngFixture.AssertRandom(guest.Memory.Span(at, 64));
        RngFixture.AssertRandom(guest.Memory.Span(at + 64, 32));
    }

    [Fact]
    public void A_request_without_room_comes_back_empty_and_the_next_is_served()
    {
        using KernelEntropySource source = RngFixture.Kernel();
        using TestBackEnd<RngDevice> backEnd = RngFixture.Serve(source);
        using FrontEndDevice guest = backEnd.Attach(RngFixture.Options);
        ulong at = RngFixture.Clean(guest, 256);
        ushort bad = guest.Queues[0].Add(DriverBuffer.Readable(at, 64));
        ushort none = guest.Queues[0].Add(DriverBuffer.Writable(at, 0));
        ushort good = guest.Queues[0].Add(DriverBuffer.Writable(at + 64, 64));
        ushort mixed = guest.Queues[0].Add(DriverBuffer.Readable(at, 64), DriverBuffer.Writable(at + 128, 64));
        guest.Queues[0].Submit();
        Dictionary<ushort, uint> used = [];
        for (int i = 0; i < 4; i++)
        {
            UsedChain one = guest.Queues[0].Take();
            used.Add(one.Id, one.Length);
        }

        Assert.Equal(new() { [bad] = 0, [none] = 0, [good] = 64, [mixed] = 64 }, used);
        RngFixture.AssertUntouched(guest.Memory.Span(at, 64));
    }

    [Fact]
    public void Buffers_larger_than_one_answer_get_a_short_one()
    {
        using KernelEntropySource source = RngFixture.Kernel();
        using TestBackEnd<RngDevice> backEnd = RngFixture.Serve(source);
        using FrontEndDevice guest = backEnd.Attach(RngFixture.Options);
        for (int i = 0; i < 8; i++)
            guest.Post(0, 200_000);
        for (int i = 0; i < 8; i++)
            Assert.InRange(guest.Queues[0].Take().Length, 1u, (uint)RngDevice.MaxAnswer);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void Good_requests_are_never_answered_empty(bool useVdso, bool hasNode)
    {
        using KernelEntropySource source = RngFixture.Kernel(useVdso, hasNode);
        using TestBackEnd<RngDevice> backEnd = RngFixture.Serve(source);
        using FrontEndDevice guest = backEnd.Attach(RngFixture.Options);
        Random random = new(4711);
        ulong at = RngFixture.Clean(guest, 1 << 20);
        for (int round = 0; round < 200; round++)
        {
            Dictionary<ushort, uint> asked = [];
            while (guest.Queues[0].FreeDescriptors >= 4 && asked.Count < 40)
            {
                DriverBuffer[] buffers =
                [
                    .. Enumerable.Range(0, random.Next(1, 5))
                        .Select(
                            _ => DriverBuffer.Writable(at + (uint)random.Next(1 << 19), (uint)random.Next(1, 3000))),
                ];
                ushort id = random.Next(2) == 0 ? guest.Queues[0].Add(buffers) : guest.Queues[0].AddIndirect(buffers);
                asked.Add(id, (uint)buffers.Sum(b => b.Length));
            }

            guest.Queues[0].Submit();
            while (asked.Count > 0)
            {
                UsedChain used = guest.Queues[0].Take();
                Assert.True(asked.Remove(used.Id, out uint size));
                Assert.InRange(used.Length, 1u, size);
            }
        }
    }
}
