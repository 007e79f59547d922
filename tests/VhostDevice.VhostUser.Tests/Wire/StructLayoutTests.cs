// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.Wire;
using Xunit;

namespace VhostDevice.VhostUser.Tests.Wire;

/// <summary>Sizes and offsets as the specification draws them.</summary>
public sealed unsafe class StructLayoutTests
{
    [Fact]
    public void Header()
    {
        MessageHeader s;
        Assert.Equal(MessageHeader.Size, sizeof(MessageHeader));
        Offsets(&s, ((nint)(&s.Request), 0), ((nint)(&s.Flags), 4), ((nint)(&s.PayloadSize), 8));
    }

    [Fact]
    public void Vring_state()
    {
        VringState s;
        Assert.Equal(8, sizeof(VringState));
        Offsets(&s, ((nint)(&s.Index), 0), ((nint)(&s.Num), 4));
    }

    [Fact]
    public void Vring_address()
    {
        VringAddress s;
        Assert.Equal(40, sizeof(VringAddress));
        Offsets(
            &s,
            ((nint)(&s.Index), 0),
            ((nint)(&s.Flags), 4),
            ((nint)(&s.Descriptor), 8),
            ((nint)(&s.Used), 16),
            ((nint)(&s.Available), 24),
            ((nint)(&s.Log), 32));
    }

    [Fact]
    public void Memory_regions()
    {
        MemoryRegionEntry s;
        Assert.Equal(32, sizeof(MemoryRegionEntry));
        Offsets(&s, ((nint)(&s.GuestAddress), 0), ((nint)(&s.Size), 8), ((nint)(&s.UserAddress), 16), ((nint)(&s.MmapOffset), 24));

        MemoryTableHeader head;
        Assert.Equal(8, sizeof(MemoryTableHeader));
        Offsets(&head, ((nint)(&head.Count), 0), ((nint)(&head.Padding), 4));

        SingleMemoryRegion single;
        Assert.Equal(40, sizeof(SingleMemoryRegion));
        Offsets(&single, ((nint)(&single.Padding), 0), ((nint)(&single.Region), 8));
    }

    [Fact]
    public void Config()
    {
        ConfigHeader s;
        Assert.Equal(ConfigHeader.HeaderSize, sizeof(ConfigHeader));
        Offsets(&s, ((nint)(&s.Offset), 0), ((nint)(&s.Size), 4), ((nint)(&s.Flags), 8));
    }

    [Fact]
    public void Log_and_inflight()
    {
        LogDescription log;
        Assert.Equal(16, sizeof(LogDescription));
        Offsets(&log, ((nint)(&log.MmapSize), 0), ((nint)(&log.MmapOffset), 8));

        InflightDescription s;
        Assert.Equal(24, sizeof(InflightDescription));
        Offsets(&s, ((nint)(&s.MmapSize), 0), ((nint)(&s.MmapOffset), 8), ((nint)(&s.QueueCount), 16), ((nint)(&s.QueueSize), 18));
    }

    [Fact]
    public void Device_state()
    {
        DeviceStateTransfer s;
        Assert.Equal(8, sizeof(DeviceStateTransfer));
        Offsets(&s, ((nint)(&s.Direction), 0), ((nint)(&s.Phase), 4));
    }

    [Fact]
    public void Iotlb()
    {
        IotlbMessage s;
        Assert.Equal(32, sizeof(IotlbMessage));
        Offsets(&s, ((nint)(&s.Iova), 0), ((nint)(&s.Size), 8), ((nint)(&s.UserAddress), 16), ((nint)(&s.Permissions), 24), ((nint)(&s.Type), 25));
    }

    [Fact]
    public void Vring_area_and_shared_memory()
    {
        VringArea area;
        Assert.Equal(24, sizeof(VringArea));
        Offsets(&area, ((nint)(&area.IndexAndFlags), 0), ((nint)(&area.Size), 8), ((nint)(&area.Offset), 16));

        ShmemMapping map;
        Assert.Equal(40, sizeof(ShmemMapping));
        Offsets(
            &map,
            ((nint)(&map.RegionIdAndPadding), 0),
            ((nint)(&map.FdOffset), 8),
            ((nint)(&map.RegionOffset), 16),
            ((nint)(&map.Length), 24),
            ((nint)(&map.Flags), 32));

        ShmemConfigHeader config;
        Assert.Equal(8, sizeof(ShmemConfigHeader));
        Offsets(&config, ((nint)(&config.Count), 0), ((nint)(&config.Padding), 4));
    }


    private static void Offsets(void* start, params ReadOnlySpan<(nint At, int Offset)> fields)
    {
        foreach ((nint at, int offset) in fields)
            Assert.Equal(offset, (int)(at - (nint)start));
    }
}
