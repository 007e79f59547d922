// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;
using Xunit;
using static VhostDevice.VhostUser.Tests.FrontEnd.RequestBytesTests;

namespace VhostDevice.VhostUser.Tests.FrontEnd;

/// <summary>Descriptors that come with answers nobody wants, and those of whole objects.</summary>
[Collection(FdLeaks.Name)]
public sealed class ConnectionLeakTests
{
    [Fact]
    public void Unwanted_descriptors_are_closed() => FdLeaks.AssertNone(() =>
    {
        using FakeBackEnd backEnd = new();
        FrontEndConnection c = backEnd.FrontEnd;
        backEnd.Write(Message(1, 5, "0000000000000000"), backEnd.Fd, backEnd.Fd);
        _ = c.GetFeatures();
        backEnd.Write(Message(42, 5, "0500000000000000"), backEnd.Fd);
        using OwnedFd file = NewFile();
        Assert.Null(c.SetDeviceStateFd(DeviceStateDirection.Save, DeviceStatePhase.Stopped, file).File);
        backEnd.Write(Message(28, 5, ""), backEnd.Fd, backEnd.Fd);
        c.PostcopyAdvise()!.Dispose();
        backEnd.Write("01000000 05000000 ffffffff", backEnd.Fd);
        Assert.Throws<FrontEndException>(() => c.GetFeatures());
    });

    [Fact]
    public void Channel_is_closed_with_the_connection() => FdLeaks.AssertNone(() =>
    {
        using FakeBackEnd backEnd = new();
        backEnd.FrontEnd.OpenBackEndChannel();
        backEnd.FrontEnd.OpenBackEndChannel();
    });

    [Fact]
    public void Refused_channel_is_closed() => FdLeaks.AssertNone(() =>
    {
        using FakeBackEnd backEnd = new();
        backEnd.FrontEnd.AckPolicy = AckPolicy.Always;
        backEnd.Write(Message(21, 5, "0100000000000000"));
        Assert.Throws<FrontEndException>(() => backEnd.FrontEnd.OpenBackEndChannel());
    });

    [Fact]
    public void Memory_and_notifiers_are_closed() => FdLeaks.AssertNone(() =>
    {
        using FrontEndMemory memory = new([new RegionLayout(0, 4096), new RegionLayout(1 << 20, 4096)]);
        memory.RemoveRegion(memory.Regions[0]);
        memory.AddRegion(new RegionLayout(0, 8192, FileSize: 16384));
        memory.AddRegion(new RegionLayout(1 << 24, 4096, MmapOffset: 8192, SharesFileOf: memory.Regions[1]));
        using EventFdNotifier notifier = new();
        using EventFdNotifier silent = new(withCall: false);
    });

    private static OwnedFd NewFile()
    {
        Assert.True(MemFd.Create("leak", 4096, out OwnedFd? fd).IsSuccess);
        return fd!;
    }
}
