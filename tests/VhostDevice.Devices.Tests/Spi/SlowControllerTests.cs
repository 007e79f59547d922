// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Tests.I2c;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.Devices.Tests.Spi;

/// <summary>A controller that takes its time delays stops, and its own guest.</summary>
[Collection(DeviceCollection.Name)]
public sealed class SlowControllerTests : LeakChecked
{
    [Fact]
    public async Task A_stop_waits_for_the_transfer_that_is_being_made()
    {
        using TestController controller = new(mayBlock: true) { IsGated = true };
        using SpiFixture f = new(controller);
        ushort id = f.Guest.Add(SpiGuest.Head(), [1, 2], 2);
        f.Guest.Submit();
        f.BackEnd.Thread.Until(() => controller.Transfers.Count == 1, "the transfer");
        Task<IReadOnlyList<uint>> stop = Task.Run(f.Guest.Front.Stop, TestContext.Current.CancellationToken);
        f.BackEnd.Settle();
        Assert.False(stop.IsCompleted);
        controller.LetOneGo();
        await stop.WaitAsync(LoopThread.Patience, TestContext.Current.CancellationToken);
        Assert.True(f.Guest.Answer(id).IsOk);
        Assert.Equal(1, controller.Left);
    }

    [Fact]
    public void What_waits_behind_it_is_not_made_for_a_guest_that_has_left()
    {
        using TestController controller = new(mayBlock: true) { IsGated = true };
        using SpiFixture f = new(controller);
        using (FrontEndDevice front = f.Guest.Front)
        {
            f.Guest.Add(SpiGuest.Head(), [1], 1);
            f.Guest.Add(SpiGuest.Head(), [2], 1);
            f.Guest.Submit();
            f.BackEnd.Thread.Until(() => controller.Transfers.Count == 1, "the transfer");
        }

        f.BackEnd.WaitForConnections(0);
        f.BackEnd.Settle();
        controller.LetOneGo();
        controller.IsGated = false;
        SpiGuest next = new(f.BackEnd.Attach(I2cFixture.Options));
        Assert.True(next.Transfer(SpiGuest.Head(), [3], 1).IsOk);
        next.Front.Dispose();
        Assert.Equal(["0:01/1", "0:03/1"], controller.Transfers);
    }

    [Fact]
    public void A_reset_ends_what_is_in_the_ring()
    {
        using TestController controller = new(mayBlock: true);
        using SpiFixture f = new(controller);
        Assert.True(f.Guest.Transfer(SpiGuest.Head(), [1], 1).IsOk);
        f.Guest.Front.Stop();
        f.Guest.Front.Start();
        Assert.True(f.Guest.Transfer(SpiGuest.Head(), [2], 1).IsOk);
        Assert.Equal(["0:01/1", "0:02/1"], controller.Transfers);
    }
}
