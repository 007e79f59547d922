// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.TestKit;
using VhostDevice.TestKit.Devices;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>A device says how long a stop waits before it is asked to hurry.</summary>
[Collection(BackEndCollection.Name)]
public sealed class StopPatienceTests : LeakChecked
{
    [Fact]
    public void A_device_without_patience_is_asked_at_once()
    {
        using TestBackEnd<HoldingDevice> backEnd = new(
            static () => new HoldingDevice { Cancels = true, Patience = TimeSpan.Zero }, stopPatience: TimeSpan.FromHours(1));
        using FrontEndDevice front = backEnd.Attach();
        front.Post(0, 4);
        backEnd.Until(static d => d.Held.Count == 1, "request taken");
        Assert.Equal(1u, front.Connection.GetVringBase(0));
        Assert.Equal(1, backEnd.With(static d => d.Journal.Count("cancel 0")));
    }

    [Fact]
    public void A_device_with_patience_is_not_asked_when_others_would_be()
    {
        using TestBackEnd<HoldingDevice> backEnd = new(
            static () => new HoldingDevice { Cancels = true, Patience = TimeSpan.FromHours(1) }, stopPatience: TimeSpan.Zero);
        using FrontEndDevice front = backEnd.Attach();
        front.Post(0, 4);
        backEnd.Until(static d => d.Held.Count == 1, "request taken");
        front.Connection.Send(VhostUser.Wire.FrontEndRequest.GetVringBase, Payloads.State(0, 0));
        backEnd.Until(static d => d.Journal.Count("stopping 0") == 1, "stopping");
        backEnd.Settle();
        backEnd.With(static d => d.Complete(0));
        Payloads.AssertAnswer(front.Connection, VhostUser.Wire.FrontEndRequest.GetVringBase, Payloads.State(0, 1));
        Assert.Equal(0, backEnd.With(static d => d.Journal.Count("cancel 0")));
    }
}
