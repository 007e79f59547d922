// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Net.Sockets;
using VhostDevice.TestKit;
using VhostDevice.TestKit.Vsock;
using Xunit;

namespace VhostDevice.Devices.Tests.Vsock;

/// <summary>Packets leave nothing for the garbage collector, on the loop's thread.</summary>
[Collection(DeviceCollection.Name)]
public sealed class AllocationTests : VsockTests
{
    private const int Count = 5_000;

    [Fact]
    public void No_byte_is_allocated_however_many_packets_there_are()
    {
        using VsockFixture fixture = new();
        (VsockConnection guest, Socket host) = fixture.OpenFromGuest();
        Run(guest, host);
        Assert.Equal(0, Allocations.Least(fixture.BackEnd.Thread, () => Run(guest, host)));
    }

    private static void Run(VsockConnection guest, Socket host)
    {
        byte[] data = new byte[1000];
        for (int i = 0; i < Count; i++)
        {
            guest.WriteAll(data);
            VsockFixture.Read(host, data.Length);
            VsockFixture.Send(host, data);
            guest.Read(data.Length);
        }
    }
}
