// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scsi.Target;
using Xunit;

namespace VhostDevice.Devices.Tests.Scsi;

/// <summary>Commands that take their time: order, task management, units that go while they are at work.</summary>
public sealed class TaskTests
{
    private const string Read = "28 00 00000000 00 0001 00";

    [Fact]
    public void Answers_come_in_the_order_of_the_store()
    {
        using Disk disk = new();
        disk.Store.Holds = true;
        TestTask first = disk.Send(Read, 512);
        TestTask second = disk.Send(Read, 512);
        disk.Store.Release(1);
        Assert.Equal((false, true), (first.IsComplete, second.IsComplete));
        disk.Store.Release();
        Assert.True(first.IsComplete);
    }

    [Fact]
    public void Ordered_commands_keep_their_place()
    {
        using Disk disk = new();
        disk.Store.Holds = true;
        TestTask before = disk.Send(Read, 512);
        TestTask ordered = disk.Send(Read, 512, attribute: TaskAttribute.Ordered);
        TestTask after = disk.Send(Read, 512);
        Assert.Equal(1, disk.Store.Held);
        TestTask head = disk.Send(Read, 512, attribute: TaskAttribute.HeadOfQueue);
        Assert.Equal(2, disk.Store.Held);
        disk.Store.Release();
        disk.Store.Release();
        Assert.Equal((true, true, 1), (before.IsComplete, head.IsComplete, disk.Store.Held));
        disk.Store.Release();
        Assert.Equal((true, false, 1), (ordered.IsComplete, after.IsComplete, disk.Store.Held));
        disk.Store.Release();
        Assert.True(after.IsComplete);
    }

    [Fact]
    public void Nothing_comes_between_compare_and_write()
    {
        using Disk disk = new();
        disk.Store.Holds = true;
        TestTask atomic = disk.Send("89 00 0000000000000000 000000 01 00 00", data: new byte[1024]);
        TestTask write = disk.Send("2A 00 00000000 00 0001 00", data: new byte[512]);
        Assert.Equal(1, disk.Store.Held);
        disk.Store.Release();
        Assert.Equal((1, false), (disk.Store.Held, write.IsComplete));
        disk.Store.Release();
        Assert.Equal((true, 1), (atomic.IsComplete, disk.Store.Held));
        disk.Store.Release();
        Assert.True(write.IsComplete);
    }

    [Fact]
    public void An_abort_waits_for_what_runs_and_ends_what_waits()
    {
        using Disk disk = new();
        disk.Store.Holds = true;
        TestTask running = disk.Send(Read, 512, tag: 7);
        TestTask waiting = disk.Send(Read, 512, tag: 8, attribute: TaskAttribute.Ordered);
        List<string> answers = [];
        disk.Target.Manage(new TaskManagement(TaskManagementFunction.AbortTask, disk.Nexus, 8, r => answers.Add($"8 {r}")), 0, 0);
        Assert.Equal((true, true, false), (waiting.IsComplete, waiting.IsAborted, waiting.IsReset));
        Assert.Equal(["8 Complete"], answers);
        disk.Target.Manage(
            new TaskManagement(
                TaskManagementFunction.AbortTask, disk.Nexus, 7, r => answers.Add($"7 {r}, {running.IsComplete}")),
            0,
            0);
        Assert.Equal(["8 Complete"], answers);
        disk.Store.Release();
        Assert.Equal((true, false), (running.IsAborted, running.IsReset));
        Assert.Equal(["8 Complete", "7 Complete, True"], answers);
        // One that is not there is aborted already.
        disk.Target.Manage(new TaskManagement(TaskManagementFunction.AbortTask, disk.Nexus, 7, r => answers.Add($"again {r}")), 0, 0);
        Assert.Equal("again Complete", answers[^1]);
    }

    [Fact]
    public void Queries()
    {
        using Disk disk = new();
        disk.Store.Holds = true;
        _ = disk.Send(Read, 512, tag: 7);
        Assert.Equal(ManagementResult.Succeeded, Ask(disk, TaskManagementFunction.QueryTask, 7));
        Assert.Equal(ManagementResult.Complete, Ask(disk, TaskManagementFunction.QueryTask, 8));
        Assert.Equal(ManagementResult.Succeeded, Ask(disk, TaskManagementFunction.QueryTaskSet, 0));
        Assert.Equal(ManagementResult.Rejected, Ask(disk, TaskManagementFunction.ClearAca, 0));
        Assert.Equal(ManagementResult.IncorrectLun, Ask(disk, TaskManagementFunction.AbortTask, 0, lun: 3));
        Assert.Equal(ManagementResult.NoTarget, Ask(disk, TaskManagementFunction.AbortTask, 0, target: 3));
        disk.Store.Release();
        Assert.Equal(ManagementResult.Complete, Ask(disk, TaskManagementFunction.QueryTaskSet, 0));
    }

    [Fact]
    public void A_reset_ends_everything_and_is_told_at_the_next_command()
    {
        using Disk disk = new();
        ScsiNexus other = disk.Another(2);
        Assert.Equal(ScsiStatus.Good, disk.Do("16 00 00 00 00 00").Status);
        Assert.Equal(ScsiStatus.ReservationConflict, disk.Do(Read, 512, nexus: other).Status);
        disk.Store.Holds = true;
        TestTask task = disk.Send(Read, 512), waiting = disk.Send(Read, 512, attribute: TaskAttribute.Ordered);
        ManagementResult? answer = null;
        disk.Target.Manage(new TaskManagement(TaskManagementFunction.LogicalUnitReset, disk.Nexus, 0, r => answer = r), 0, 0);
        Assert.Null(answer);
        disk.Store.Holds = false;
        disk.Store.Release();
        Assert.Equal((true, ManagementResult.Complete), (task.IsAborted, answer));
        // A driver sends what a reset ended again.
        Assert.Equal((true, true), (task.IsReset, waiting.IsReset));
        Assert.Equal("06/29/03", disk.Do(Read, 512).SenseText);
        Assert.Equal("06/29/03", disk.Do(Read, 512, nexus: other).SenseText);
        Assert.Equal(ScsiStatus.Good, disk.Do(Read, 512, nexus: other).Status);
    }

    [Fact]
    public void The_loss_of_a_nexus_concerns_only_that()
    {
        using Disk disk = new();
        ScsiNexus other = disk.Another(2);
        disk.Store.Holds = true;
        TestTask own = disk.Send(Read, 512);
        TestTask others = disk.Send(Read, 512, nexus: other);
        Assert.Null(Ask(disk, TaskManagementFunction.NexusReset, 0));
        disk.Store.Holds = false;
        disk.Store.Release();
        disk.Store.Release();
        Assert.Equal((true, false), (own.IsReset, others.IsAborted));
        Assert.Equal("06/29/07", disk.Do(Read, 512).SenseText);
        Assert.Equal(ScsiStatus.Good, disk.Do(Read, 512, nexus: other).Status);
    }

    [Fact]
    public void Whoever_did_not_ask_hears_that_its_commands_were_cleared()
    {
        using Disk disk = new();
        ScsiNexus other = disk.Another(2);
        ScsiNexus third = disk.Another(3);
        disk.Store.Holds = true;
        TestTask own = disk.Send(Read, 512);
        TestTask others = disk.Send(Read, 512, nexus: other);
        TestTask waiting = disk.Send(Read, 512, nexus: other, attribute: TaskAttribute.Ordered);
        Assert.Null(Ask(disk, TaskManagementFunction.ClearTaskSet, 0));
        disk.Store.Holds = false;
        disk.Store.Release();
        disk.Store.Release();
        Assert.True(own.IsAborted && others.IsAborted && waiting.IsAborted);
        Assert.Equal("06/2F/00", disk.Do(Read, 512, nexus: other).SenseText);
        Assert.Equal("", disk.Do(Read, 512, nexus: other).SenseText);
        Assert.Equal("", disk.Do(Read, 512).SenseText);
        Assert.Equal("", disk.Do(Read, 512, nexus: third).SenseText);
    }

    [Fact]
    public void A_unit_that_goes_finishes_what_runs()
    {
        using Disk disk = new();
        disk.Store.Holds = true;
        TestTask running = disk.Send(Read, 512);
        TestTask waiting = disk.Send(Read, 512, attribute: TaskAttribute.Ordered);
        Assert.True(disk.Target.TryRemove(0, 0));
        Assert.Equal((false, true, false), (running.IsComplete, waiting.IsAborted, disk.Store.IsDisposed));
        disk.Store.Release();
        Assert.Equal((true, ScsiStatus.Good, true), (running.IsComplete, running.Status, disk.Store.IsDisposed));
        Assert.False(disk.Target.TryExecute(new TestTask(Disk.Bytes(Read), 512, []) { Nexus = disk.Nexus }, 0, 0));
    }

    [Fact]
    public void A_new_size_is_told()
    {
        using Disk disk = new();
        int changes = 0;
        disk.Target.CapacityChanged += _ => changes++;
        disk.Target.Resize(disk.Unit);
        Assert.Equal(0, changes);
        disk.Store.Resize(2048 * 512);
        disk.Target.Resize(disk.Unit);
        Assert.Equal(1, changes);
        Assert.Equal("06/2A/09", disk.Do(Read, 512).SenseText);
        Assert.Equal("000007FF00000200", disk.Do("25 00 00000000 0000 00 00", 8).InHex);
    }

    [Fact]
    public void Mode_changes_are_told_to_others()
    {
        using Disk disk = new();
        ScsiNexus other = disk.Another(2);
        Assert.Equal(ScsiStatus.Good, disk.Do("15 10 0000 10 00", data: Disk.Bytes("00000000 0A0A 00 10 08 00 0000 0000 0000")).Status);
        Assert.Equal(ScsiStatus.Good, disk.Do(Read, 512).Status);
        Assert.Equal("06/2A/01", disk.Do(Read, 512, nexus: other).SenseText);
    }

    private static ManagementResult? Ask(Disk disk, TaskManagementFunction function, ulong tag, byte target = 0, ushort lun = 0)
    {
        ManagementResult? answer = null;
        disk.Target.Manage(new TaskManagement(function, disk.Nexus, tag, r => answer = r), target, lun);
        return answer;
    }
}
