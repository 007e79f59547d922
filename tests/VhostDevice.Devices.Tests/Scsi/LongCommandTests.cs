// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scsi.Storage;
using VhostDevice.Devices.Scsi.Target;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.Devices.Tests.Scsi;

/// <summary>Commands over more than any store does in no time: others have their turn meanwhile, and they can be ended.</summary>
[Collection(DeviceCollection.Name)]
public sealed class LongCommandTests : LeakChecked
{
    private const uint AbortTask = 0;
    private const uint QueryTaskSet = 7;
    private const byte Ordered = 1; // VIRTIO_SCSI_S_ORDERED
    private const byte FunctionSucceeded = 10;

    // VIRTIO_SCSI_S_ABORTED, VIRTIO_SCSI_S_RESET.
    private const byte Aborted = 2;
    private const byte Reset = 4;
    private const string VerifyAll = "8F 00 0000000000000000 FFFFFFFF 00 00"; // 2 TiB
    private const string TestUnitReady = "00 00 00 00 00 00";

    [Theory]
    [InlineData(VerifyAll, 0, null)]
    [InlineData(VerifyAll, 0, 3)]
    [InlineData("8F 06 0000000000000000 FFFFFFFF 00 00", 512, null)]
    public void A_command_over_terabytes_of_a_store_that_never_waits_can_be_ended(string cdb, int sent, int? loops)
    {
        using ScsiFixture fixture = new(new NullStore(1UL << 41), loops: loops);
        using FrontEndDevice guest = fixture.Attach();
        DriverQueue queue = guest.Queues[2];
        (ulong memory, ushort verify) = Add(guest, cdb, new byte[sent], tag: 7);
        (_, ushort ready) = Add(guest, TestUnitReady, [], tag: 8);
        queue.Submit();
        Assert.Equal(ready, Take(queue));
        Assert.Equal(0, guest.Manage(AbortTask, tag: 7));
        Assert.Equal(verify, Take(queue));
        Assert.Equal(Aborted, Answer(guest, memory)[11]);
        // The unit is as it was.
        Assert.Equal(0, guest.Scsi(TestUnitReady).Status);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(3)]
    public void Others_hear_that_the_unit_is_being_sanitized(int? loops)
    {
        using ScsiFixture fixture = new(new NullStore(1UL << 41), loops: loops);
        using FrontEndDevice guest = fixture.Attach();
        // Overwrites 31 times, and is answered at once.
        Assert.Equal(0, guest.Scsi("48 81 0000000000 0005 00", data: Disk.Bytes("1F 00 0001 5A")).Status);
        Assert.Equal("02/04/1B", guest.Scsi(TestUnitReady).Sense);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(3)]
    public void A_stop_ends_it_as_a_reset_does(int? loops)
    {
        using ScsiFixture fixture = new(new NullStore(1UL << 41), loops: loops);
        using FrontEndDevice guest = fixture.Attach();
        DriverQueue queue = guest.Queues[2];
        (ulong memory, _) = Add(guest, VerifyAll, [], tag: 7);
        (ulong waiting, _) = Add(guest, VerifyAll, [], tag: 8, Ordered);
        queue.Submit();
        _ = guest.Stop();
        for (int i = 0; i < 2; i++)
            Assert.True(queue.TryPop(out _));
        Assert.Equal((Reset, Reset), (Answer(guest, memory)[11], Answer(guest, waiting)[11]));
    }

    [Fact]
    public void It_ends_with_its_connection()
    {
        using ScsiFixture fixture = new(new NullStore(1UL << 41));
        using (FrontEndDevice guest = fixture.Attach())
        {
            _ = Add(guest, VerifyAll, [], tag: 7);
            guest.Queues[2].Submit();
            // It is under way by then.
            Assert.Equal(FunctionSucceeded, guest.Manage(QueryTaskSet));
        }

        LogicalUnit unit = fixture.Target.Units.Single();
        Assert.True(SpinWait.SpinUntil(() => fixture.BackEnd.Thread.Invoke(() => unit.TaskCount) == 0, TimeSpan.FromSeconds(30)));
        using FrontEndDevice next = fixture.Attach();
        Assert.Equal(0, next.Scsi(TestUnitReady).Status);
    }

    [Fact]
    public void A_copy_within_a_store_that_never_waits_lets_others_have_their_turn()
    {
        const int segments = 16;
        const int blocks = 0xFFFF; // of 512 bytes: nearly 32 MiB
        using ScsiFixture fixture = new(new NullStore(1UL << 41), options: new LogicalUnitOptions { Wwn = 0x3000000000000001 });
        using FrontEndDevice guest = fixture.Attach();
        string segment = ExtendedCopyTests.Blocks(0, 0, blocks, from: 0, to: blocks);
        byte[] list = Disk.Bytes(ExtendedCopyTests.List(ExtendedCopyTests.Naa(1), string.Concat(Enumerable.Repeat(segment, segments))));
        DriverQueue queue = guest.Queues[2];
        (ulong memory, ushort copy) = Add(guest, $"83 00 0000000000000000 {list.Length:X8} 00 00", list, tag: 7);
        (_, ushort ready) = Add(guest, TestUnitReady, [], tag: 8);
        queue.Submit();
        Assert.Equal([ready, copy], (ushort[])[Take(queue), Take(queue)]);
        byte[] answer = Answer(guest, memory);
        Assert.Equal((0, 0), (answer[11], answer[10]));
    }

    private static byte[] Answer(FrontEndDevice guest, ulong memory)
    {
        byte[] answer = new byte[ScsiGuest.AnswerSize];
        guest.Memory.Read(memory, answer);
        return answer;
    }

    private static (ulong Answer, ushort Id) Add(FrontEndDevice guest, string cdb, byte[] data, ulong tag, byte attribute = 0)
    {
        byte[] request = [.. ScsiGuest.Head(cdb, "0100400000000000", tag, attribute), .. data];
        ulong memory = guest.Memory.Allocate(8192);
        guest.Memory.Write(memory, request);
        ulong answer = memory + 4096;
        ushort id = guest.Queues[2].Add(DriverBuffer.Readable(memory, (uint)request.Length), DriverBuffer.Writable(answer, ScsiGuest.AnswerSize));
        return (answer, id);
    }

    private static ushort Take(DriverQueue queue)
    {
        UsedChain used;
        while (!queue.TryPop(out used))
            Assert.True(queue.WaitForUsed(TimeSpan.FromSeconds(30)));
        return used.Id;
    }
}
