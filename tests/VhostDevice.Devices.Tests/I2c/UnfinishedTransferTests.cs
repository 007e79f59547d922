// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.Virtio;
using Xunit;

namespace VhostDevice.Devices.Tests.I2c;

/// <summary>A transfer begins when its last request is there; if that never comes, the others go back.</summary>
[Collection(DeviceCollection.Name)]
public sealed class UnfinishedTransferTests : LeakChecked
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Nothing_is_done_before_the_last_request_is_there(bool mayBlock)
    {
        using TestBus bus = I2cFixture.Memories(mayBlock);
        using I2cFixture f = new(bus);
        ushort first = f.Guest.Write(0x50, [3, 7], more: true);
        f.Guest.Submit();
        f.BackEnd.Settle();
        ushort second = f.Guest.Write(0x50, [3], more: true);
        f.Guest.Submit();
        f.BackEnd.Settle();
        Assert.Equal([], bus.Transfers);
        ushort third = f.Guest.ReadFrom(0x50, 1);
        f.Guest.Submit();
        Assert.True(f.Guest.Answer(first).IsOk && f.Guest.Answer(second).IsOk);
        Assert.Equal(new byte[] { 7 }, f.Guest.Answer(third).Data);
        Assert.Equal(["w50:0307 w50:03 r50:1"], bus.Transfers);
    }

    [Fact]
    public void A_transfer_whose_end_does_not_come_fails_and_the_next_one_does_not()
    {
        using TestBus bus = I2cFixture.Memories();
        using I2cFixture f = new(TimeSpan.FromMilliseconds(50), bus);
        ushort first = f.Guest.Write(0x50, [1], more: true);
        ushort second = f.Guest.ReadFrom(0x50, 2, more: true);
        Assert.Equal([(1, 1u), (1, 3u)], f.Guest.Run(first, second).Select(a => a.Said));
        Assert.Equal([], bus.Transfers);
        Assert.True(f.Guest.Run(f.Guest.Write(0x50, [2]))[0].IsOk);
        Assert.Equal(1ul, f.Statistics.Cut);
    }

    /// <summary>QEMU gives the device a ring of 4, where indirect requests take an entry each.</summary>
    [Fact]
    public void A_transfer_that_fills_the_ring_fails_at_once_and_the_ring_goes_on()
    {
        using TestBus bus = I2cFixture.Memories();
        using I2cFixture f = new(I2cFixture.Options with { QueueSizes = [4] }, bus);
        for (int round = 0; round < 3; round++)
        {
            ushort[] ids =
            [
                .. Enumerable.Range(0, 4).Select(
                    _ =>
                        f.Guest.Add(
                            I2cGuest.Header(0x50, I2cGuest.Read | I2cGuest.FailNext), [8], [1, 1], indirect: true)),
            ];
            Assert.All(f.Guest.Run(ids), a => Assert.Equal((byte)1, a.Status));
        }

        Assert.Equal([], bus.Transfers);
        ushort[] whole =
        [
            .. Enumerable.Range(0, 4).Select(
                i =>
                    f.Guest.Add(
                        I2cGuest.Header(0x50, I2cGuest.Read | (i < 3 ? I2cGuest.FailNext : 0)),
                        [8],
                        [1, 1],
                        indirect: true)),
        ];
        Assert.All(f.Guest.Run(whole), a => Assert.True(a.IsOk));
        Assert.Equal(["r50:1 r50:1 r50:1 r50:1"], bus.Transfers);
    }

    /// <summary>Without indirect tables a request takes two or three entries, so a ring is full with fewer requests.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_ring_without_room_for_another_request_is_full(bool packed)
    {
        using TestBus bus = I2cFixture.Memories();
        FrontEndDeviceOptions options = I2cFixture.Options with { QueueSizes = [4] };
        options = packed ? options.Packed() : options;
        using I2cFixture f = new(options with { Features = options.Features & ~VirtioFeatures.IndirectDesc }, bus);
        for (int round = 0; round < 3; round++)
            Assert.Equal((byte)1, f.Guest.Run(f.Guest.Add(I2cGuest.Header(0x50, I2cGuest.FailNext), [4, 4, 1], [1]))[0].Status);
        Assert.True(f.Guest.Run(f.Guest.Write(0x50, [1]))[0].IsOk);
    }

    [Fact]
    public void A_stop_gives_the_unfinished_transfer_back()
    {
        using TestBus bus = I2cFixture.Memories();
        using I2cFixture f = new(bus);
        ushort first = f.Guest.Write(0x50, [1], more: true);
        f.Guest.Submit();
        f.BackEnd.Settle();
        Assert.Equal([1u], f.Guest.Front.Stop());
        Assert.Equal((byte)1, f.Guest.Answer(first).Status);
        f.Guest.Front.Start();
        // What was to follow stands alone now.
        Assert.True(f.Guest.Run(f.Guest.Write(0x50, [2]))[0].IsOk);
        Assert.Equal(["w50:02"], bus.Transfers);
    }

    [Fact]
    public async Task A_stop_waits_for_the_transfer_that_is_being_made()
    {
        using TestBus bus = I2cFixture.Memories(mayBlock: true);
        using I2cFixture f = new(bus);
        bus.IsGated = true;
        ushort id = f.Guest.ReadFrom(0x50, 2);
        f.Guest.Submit();
        f.BackEnd.Thread.Until(() => bus.Transfers.Count == 1, "the transfer");
        Task<IReadOnlyList<uint>> stop = Task.Run(f.Guest.Front.Stop, TestContext.Current.CancellationToken);
        f.BackEnd.Settle();
        bus.LetOneGo();
        await stop.WaitAsync(LoopThread.Patience, TestContext.Current.CancellationToken);
        Assert.True(f.Guest.Answer(id).IsOk);
    }

    [Fact]
    public void A_transfer_that_outlasts_its_guest_harms_nobody()
    {
        using TestBus bus = I2cFixture.Memories(mayBlock: true);
        using I2cFixture f = new(bus);
        bus.IsGated = true;
        using (FrontEndDevice front = f.Guest.Front)
        {
            f.Guest.ReadFrom(0x50, 2);
            f.Guest.Submit();
            f.BackEnd.Thread.Until(() => bus.Transfers.Count == 1, "the transfer");
        }

        f.BackEnd.WaitForConnections(0);
        bus.LetOneGo();
        bus.LetOneGo();
        I2cGuest next = new(f.BackEnd.Attach(I2cFixture.Options));
        Assert.True(next.Run(next.Write(0x51, [1, 2]))[0].IsOk);
        next.Front.Dispose();
    }

    [Fact]
    public void A_guest_that_leaves_in_the_middle_leaves_nothing()
    {
        using TestBus bus = I2cFixture.Memories();
        using I2cFixture f = new(bus);
        f.Guest.Write(0x50, [1], more: true);
        f.Guest.Submit();
        f.BackEnd.Settle();
        f.Guest.Front.Dispose();
        f.BackEnd.WaitForConnections(0);
        I2cGuest next = new(f.BackEnd.Attach(I2cFixture.Options));
        Assert.True(next.Run(next.Write(0x51, [1, 2]))[0].IsOk);
        next.Front.Dispose();
        Assert.Equal(["w51:0102"], bus.Transfers);
    }
}
