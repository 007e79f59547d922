// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scsi.Storage;
using VhostDevice.Devices.Scsi.Target;
using VhostDevice.Linux;
using Xunit;

namespace VhostDevice.Devices.Tests.Scsi;

/// <summary>PRE-FETCH: what it asks of the store.</summary>
public sealed class PreFetchTests
{
    private const int Size = Disk.Blocks * 512;

    [Theory]
    [InlineData("34 00 00000010 00 0008 00", "Prefetch 8192+4096")]
    [InlineData("34 02 00000010 00 0008 00", "Prefetch 8192+4096")]
    [InlineData("90 00 0000000000000010 00000008 00 00", "Prefetch 8192+4096")]
    [InlineData("34 00 000003FE 00 0000 00", "Prefetch 523264+1024")]
    [InlineData("90 02 0000000000000000 00000000 00 00", "Prefetch 0+524288")]
    public void Blocks_are_fetched_into_the_cache(string cdb, string asked)
    {
        using Disk disk = new(store: new TestStore(Size) { HasACache = true });
        TestTask task = disk.Do(cdb);
        Assert.Equal((ScsiStatus.Good, ""), (task.Status, task.SenseText));
        Assert.Equal([asked], disk.Store.Asked);
    }

    [Fact]
    public void Only_a_fetch_that_waits_has_memory_to_read_into()
    {
        using Disk disk = new(store: new TestStore(Size) { HasACache = true, Holds = true });
        TestTask waits = disk.Send("34 00 00000010 00 0008 00");
        TestTask immediate = disk.Send("34 02 00000010 00 0008 00");
        Assert.Equal((1, 0), (waits.PieceCount, immediate.PieceCount));
        Assert.False(waits.IsComplete);
        disk.Store.Release();
        disk.Store.Release();
        Assert.Equal((ScsiStatus.Good, ScsiStatus.Good), (waits.Status, immediate.Status));
    }

    [Fact]
    public void Without_a_cache_nothing_is_fetched()
    {
        using Disk disk = new();
        Assert.Equal(ScsiStatus.Good, disk.Do("34 00 00000010 00 0008 00").Status);
        Assert.Equal(ScsiStatus.Good, disk.Do("90 02 0000000000000010 00000008 00 00").Status);
        Assert.Empty(disk.Store.Asked);
    }

    [Fact]
    public void No_more_is_fetched_than_the_cache_should_take()
    {
        using Disk disk = new(new LogicalUnitOptions(), new BottomlessStore());
        Assert.Equal(ScsiStatus.Good, disk.Do("90 00 0000000000000000 00020000 00 00").Status);
        Assert.Equal(ScsiStatus.Good, disk.Do("90 00 0000000000000000 00000000 00 00").Status);
    }

    [Fact]
    public void A_block_that_cannot_be_read_is_a_medium_error()
    {
        using Disk disk = new(store: new TestStore(Size) { HasACache = true, Fault = static _ => Errno.EIO });
        Assert.Equal("03/11/00", disk.Do("34 00 00000010 00 0008 00").SenseText);
    }

    /// <summary>A cache for 5 TiB.</summary>
    private sealed class BottomlessStore : BlockStore
    {
        public override ulong Length => 5ul << 40;

        public override bool IsReadOnly => false;

        public override bool HasCache => true;

        public override bool Submit(BlockRequest request)
        {
            Assert.Equal(64ul << 20, request.Length);
            return End(request, Errno.Success);
        }
    }
}
