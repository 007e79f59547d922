// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using VhostDevice.Devices.Scsi;
using VhostDevice.Devices.Scsi.Storage;
using VhostDevice.Devices.Scsi.Target;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.Devices.Tests.Scsi;

/// <summary>Which events a driver gets (virtio 1.3 §5.6.6.3): only those of features that it took.</summary>
[Collection(DeviceCollection.Name)]
public sealed class EventTests : LeakChecked
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void Only_what_was_negotiated_is_told(bool hotplug, bool change)
    {
        TestStore store = new(1 << 20);
        using ScsiFixture fixture = new(store);
        ulong features = ScsiGuest.Options.Features & ~(ScsiFeatures.Hotplug | ScsiFeatures.Change);
        features |= (hotplug ? ScsiFeatures.Hotplug : 0) | (change ? ScsiFeatures.Change : 0);
        using FrontEndDevice guest = fixture.Attach(ScsiGuest.Options with { Features = features });
        ulong memory = guest.Memory.Allocate(64);
        for (int i = 0; i < 3; i++)
            guest.Queues[1].Add(DriverBuffer.Writable(memory + (ulong)(i * 16), 16));
        guest.Queues[1].Submit();
        store.Resize(2 << 20);
        fixture.BackEnd.With(_ =>
        {
            Assert.True(fixture.Target.TryAdd(new LogicalUnit(new LogicalUnitOptions { Target = 9 }, new NullStore(1 << 20))));
            fixture.Target.Resize(fixture.Target.Find(0, 0)!);
            Assert.True(fixture.Target.TryRemove(9, 0));
        });
        fixture.BackEnd.Settle();
        fixture.BackEnd.Settle();
        List<uint> events = [];
        while (guest.Queues[1].HasUsed)
        {
            _ = guest.Queues[1].Take();
            events.Add(BinaryPrimitives.ReadUInt32LittleEndian(guest.Memory.Span(memory + (ulong)(events.Count * 16), 4)));
        }

        uint[] expected = [.. hotplug ? [1u] : Array.Empty<uint>(), .. change ? [3u] : Array.Empty<uint>(), .. hotplug ? [1u] : Array.Empty<uint>()];
        Assert.Equal(expected, events);
    }
}
