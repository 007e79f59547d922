// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.TestKit;
using VhostDevice.TestKit.Devices;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>
/// A guest that is paused, or stopped at the end of its migration. QEMU up to 7.2 sets the status to 0 and only then asks
/// where the rings stopped; later ones do it the other way round.
/// </summary>
[Collection(BackEndCollection.Name)]
public sealed class PausedGuestTests : LeakChecked
{
    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void A_guest_goes_on_where_it_was_paused(bool statusFirst, bool packed)
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice front = backEnd.Attach(packed ? TestOptions.Small.Packed() : TestOptions.Small);
        for (int i = 0; i < 30; i++)
        {
            Assert.Equal([(byte)i], front.Request(0, [(byte)i], 1));
            if (i % 7 != 0)
                continue;
            if (statusFirst)
                front.Connection.SetStatus(0).ThrowIfNegative();
            Assert.Equal(front.Queues[0].RingBase, front.Stop()[0]);
            if (!statusFirst)
                front.Connection.SetStatus(0).ThrowIfNegative();
            front.Start();
        }

        Assert.Empty(backEnd.Log.From(LogLevel.Warning));
    }

    [Fact]
    public void A_status_of_0_waits_for_requests_in_flight_whose_answers_are_wanted()
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice());
        using FrontEndDevice front = backEnd.Attach();
        (ushort id, _) = front.Post(0, 8);
        backEnd.Until(d => d.Held.Count == 1, "request taken");
        front.Connection.Send(FrontEndRequest.SetStatus, Payloads.Number(0), flags: MessageFlags.NeedReply);
        backEnd.Until(d => d.Journal.Count("stopping 0") == 1, "stopping");
        backEnd.With(d => d.Complete(0));
        Payloads.AssertAnswer(front.Connection, FrontEndRequest.SetStatus, Payloads.Number(0));
        Assert.Equal(1u, front.Connection.GetVringBase(0));
        Assert.Equal(new UsedChain(id, 8), front.Queues[0].Take());
    }
}
