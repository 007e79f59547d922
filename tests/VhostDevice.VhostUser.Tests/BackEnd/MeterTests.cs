// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics.Metrics;
using VhostDevice.TestKit;
using VhostDevice.TestKit.Devices;
using VhostDevice.VhostUser.BackEnd;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>The counters as a user of the library listens to them.</summary>
[Collection(BackEndCollection.Name)]
public sealed class MeterTests : LeakChecked
{
    [Fact]
    public void A_listener_hears_of_each_queue_with_its_tags()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice(2));
        using BackEndMeter meter = new();
        meter.Add("echo", "here", backEnd.Counters);
        using (FrontEndDevice front = backEnd.Attach(TestOptions.Queues(2)))
        {
            Assert.Equal([1, 2], front.Request(1, [1, 2], 2));
            front.Reset();
            front.Start();
            Assert.Equal([3], front.Request(1, [3], 1));
            backEnd.Settle();
        }

        backEnd.WaitForConnections(0);
        Dictionary<string, long> heard = Listen();
        Assert.Equal(0, heard["vhost_device.queue.chains device=echo socket=here queue=0"]);
        Assert.Equal(2, heard["vhost_device.queue.chains device=echo socket=here queue=1"]);
        Assert.Equal(3, heard["vhost_device.queue.read device=echo socket=here queue=1"]);
        Assert.Equal(3, heard["vhost_device.queue.written device=echo socket=here queue=1"]);
        Assert.Equal(0, heard["vhost_device.connections device=echo socket=here"]);
        Assert.Equal(1, heard["vhost_device.connections.accepted device=echo socket=here"]);
    }

    [Fact]
    public void Faults_of_a_device_are_errors_of_the_queue()
    {
        using TestBackEnd<ThrowingDevice> backEnd = new(() => new ThrowingDevice(Fault.Serve));
        using (FrontEndDevice front = backEnd.Attach())
        {
            front.Post(0, 4);
            backEnd.Settle();
        }

        backEnd.WaitForConnections(0);
        Assert.NotEqual(0ul, backEnd.Counters.Queues[0].Errors);
    }

    private static Dictionary<string, long> Listen()
    {
        Dictionary<string, long> heard = [];
        using MeterListener listener = new();
        listener.InstrumentPublished = static (i, l) =>
        {
            if (i.Meter.Name == BackEndMeter.Name)
                l.EnableMeasurementEvents(i);
        };
        listener.SetMeasurementEventCallback<long>((i, value, tags, _) =>
            heard[$"{i.Name} {string.Join(' ', tags.ToArray().Select(t => $"{t.Key}={t.Value}"))}"] = value);
        listener.Start();
        listener.RecordObservableInstruments();
        return heard;
    }
}
