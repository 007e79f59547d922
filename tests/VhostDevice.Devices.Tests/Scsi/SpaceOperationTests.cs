// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scsi.Storage;
using VhostDevice.Linux;
using Xunit;

namespace VhostDevice.Devices.Tests.Scsi;

/// <summary>In which order files and devices are asked to give space back and to zero it.</summary>
public sealed class SpaceOperationTests
{
    private const int EOPNOTSUPP = 95;

    [Theory]
    [InlineData(BlockOperation.Discard, SpaceWay.File, 0, "PunchHole", 0)]
    [InlineData(BlockOperation.Discard, SpaceWay.File, EOPNOTSUPP, "PunchHole", EOPNOTSUPP)]
    [InlineData(BlockOperation.Discard, SpaceWay.Device, 0, "PunchHole", 0)]
    [InlineData(BlockOperation.Discard, SpaceWay.Device, EOPNOTSUPP, "PunchHole ZeroOut", 0)]
    [InlineData(BlockOperation.Discard, SpaceWay.Device, 5, "PunchHole", 5)]
    [InlineData(BlockOperation.Discard, SpaceWay.DiscardingDevice, EOPNOTSUPP, "Discard", 0)]
    [InlineData(BlockOperation.Zero, SpaceWay.File, EOPNOTSUPP, "ZeroRange", EOPNOTSUPP)]
    [InlineData(BlockOperation.Zero, SpaceWay.Device, 0, "ZeroRange", 0)]
    [InlineData(BlockOperation.Zero, SpaceWay.Device, EOPNOTSUPP, "ZeroRange ZeroOut", 0)]
    [InlineData(BlockOperation.Zero, SpaceWay.Device, 28, "ZeroRange", 28)]
    [InlineData(BlockOperation.Zero, SpaceWay.DiscardingDevice, EOPNOTSUPP, "ZeroRange ZeroOut", 0)]
    internal void Calls_are_tried_in_order(BlockOperation operation, SpaceWay way, int allocate, string asked, int result)
    {
        Calls calls = new() { Allocated = new Errno(allocate) };
        Request request = new() { Operation = operation, SpaceWay = way, Fd = 7, Offset = 4096, Length = 8192 };
        Assert.Equal(new Errno(result), SpaceOperation.Run(request, calls));
        Assert.Equal(asked, string.Join(' ', calls.Asked));
    }

    [Fact]
    public void What_a_device_refuses_altogether_is_for_the_command_to_write()
    {
        Calls calls = new() { Allocated = Errno.EOPNOTSUPP, ZeroedOut = Errno.EOPNOTSUPP };
        Request request = new() { Operation = BlockOperation.Zero, SpaceWay = SpaceWay.Device, Fd = 7, Offset = 4096, Length = 8192 };
        Assert.Equal(Errno.EOPNOTSUPP, SpaceOperation.Run(request, calls));
        Assert.Equal(["ZeroRange", "ZeroOut"], calls.Asked);
    }

    [Theory]
    [InlineData(BlockOperation.Read, SpaceWay.Device, 0, false)]
    [InlineData(BlockOperation.Write, SpaceWay.Device, EOPNOTSUPP, false)]
    [InlineData(BlockOperation.Flush, SpaceWay.Device, EOPNOTSUPP, false)]
    [InlineData(BlockOperation.Discard, SpaceWay.File, EOPNOTSUPP, false)]
    [InlineData(BlockOperation.Discard, SpaceWay.Device, 0, false)]
    [InlineData(BlockOperation.Discard, SpaceWay.Device, EOPNOTSUPP, true)]
    [InlineData(BlockOperation.Discard, SpaceWay.Device, 5, false)]
    [InlineData(BlockOperation.Discard, SpaceWay.DiscardingDevice, 0, true)]
    [InlineData(BlockOperation.Zero, SpaceWay.DiscardingDevice, 0, false)]
    [InlineData(BlockOperation.Zero, SpaceWay.DiscardingDevice, EOPNOTSUPP, true)]
    [InlineData(BlockOperation.Prefetch, SpaceWay.File, 0, true)]
    internal void The_ring_leaves_to_a_thread_what_only_that_can_do(BlockOperation operation, SpaceWay way, int error, bool needs) =>
        Assert.Equal(needs, SpaceOperation.NeedsThread(new Request { Operation = operation, SpaceWay = way }, new Errno(error)));

    private sealed class Request : BlockRequest
    {
        protected override void Done()
        {
        }
    }

    private sealed class Calls : ISpaceCalls
    {
        internal List<string> Asked { get; } = [];

        internal Errno Allocated { get; init; }

        internal Errno ZeroedOut { get; init; }

        public Errno Allocate(int fd, AllocateMode mode, ulong offset, ulong length) => Note(mode.ToString(), fd, offset, length, Allocated);

        public Errno Discard(int fd, ulong offset, ulong length) => Note("Discard", fd, offset, length, Errno.Success);

        public Errno ZeroOut(int fd, ulong offset, ulong length) => Note("ZeroOut", fd, offset, length, ZeroedOut);

        private Errno Note(string call, int fd, ulong offset, ulong length, Errno errno)
        {
            Assert.Equal((7, 4096ul, 8192ul), (fd, offset, length));
            Asked.Add(call);
            return errno;
        }
    }
}
