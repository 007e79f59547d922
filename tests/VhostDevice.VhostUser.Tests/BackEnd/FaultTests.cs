// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.TestKit;
using VhostDevice.TestKit.Devices;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>A bug in a device costs at most its connection.</summary>
[Collection(BackEndCollection.Name)]
public sealed class FaultTests : LeakChecked
{
    [Theory]
    [InlineData(Fault.None)]
    [InlineData(Fault.Features)]
    [InlineData(Fault.Config)]
    [InlineData(Fault.Attached)]
    [InlineData(Fault.AcceptFeatures)]
    [InlineData(Fault.Started)]
    [InlineData(Fault.Serve)]
    [InlineData(Fault.Stopping)]
    [InlineData(Fault.Reset)]
    [InlineData(Fault.WriteConfig)]
    [InlineData(Fault.Dispose)]
    [InlineData(Fault.QueueCount)]
    public void The_next_guest_is_served_whatever_the_first_one_met(Fault fault)
    {
        int made = 0;
        using TestBackEnd<ThrowingDevice> backEnd = new(() => new ThrowingDevice(made++ == 0 ? fault : Fault.None));
        ProcessResources before = ProcessResources.Take();
        try
        {
            Exercise(backEnd);
        }
        catch (FrontEndException e) when (e.Failure == FrontEndFailure.Disconnected)
        {
            // Some faults cost the connection.
        }

        backEnd.WaitForConnections(0);
        Assert.Equal("", ProcessResources.LeftSince(before));
        if (fault != Fault.None)
            Assert.Contains(backEnd.Log.From(LogLevel.Error), l => l.Contains($"fault in {fault}", StringComparison.Ordinal));
        backEnd.Log.Clear();
        Exercise(backEnd);
        backEnd.WaitForConnections(0);
        Assert.Empty(backEnd.Log.From(LogLevel.Warning));
    }

    [Theory]
    [InlineData(Fault.Started)]
    [InlineData(Fault.Serve)]
    [InlineData(Fault.Stopping)]
    public void A_fault_in_a_queue_is_no_reason_to_stop_serving_it(Fault fault)
    {
        using TestBackEnd<ThrowingDevice> backEnd = new(() => new ThrowingDevice(fault));
        using FrontEndDevice front = backEnd.Attach(TestOptions.Queues(2));
        for (int i = 0; i < 5; i++)
        {
            Assert.Empty(front.Request(i & 1, [1], 4));
            front.Stop();
            front.Start();
        }
    }

    private static void Exercise(TestBackEnd<ThrowingDevice> backEnd)
    {
        using FrontEndDevice front = backEnd.Attach(
            TestOptions.Queues(2) with
            {
                ProtocolFeatures = new FrontEndDeviceOptions().ProtocolFeatures & ~ProtocolFeatures.ConfigureMemSlots,
            });
        Assert.Empty(front.Request(0, [1], 4));
        Assert.Empty(front.Request(1, [1], 4));
        _ = front.ReadConfig(0, 4);
        front.Connection.SetConfig(0, [1]).ThrowIfNegative();
        front.Stop();
        front.Start();
        front.Reset();
    }
}
